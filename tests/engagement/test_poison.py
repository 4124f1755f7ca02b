"""One delivery that cannot be read never holds up its channel, whatever is wrong with it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, change, event
from tests.engagement.waiting import conversations, journal_settled, messages, until

POISON: dict[str, dict[str, Any]] = {
    "before all time": {"occurred_at": "0001-01-01T00:00:00+14:00"},
    "after all time": {"occurred_at": "9999-12-31T23:59:59-14:00"},
    "NUL in its id": {"id": "nul\x00b"},
    "NUL in its text": {"text": "a\x00b"},
    "NUL in a person": {"author": {"network": "shop", "external_id": "p\x00", "name": "\x00"}},
    "half a pair in its text": {"text": "a\ud800b"},
    "half a pair in its id": {"id": "half\ud800b"},
    "half a pair in extra": {"extra": {"k\ud800": "v\udfff"}},
    "NUL in extra": {"extra": {"k\x00": "v\x00"}},
    "a huge crowd": {"author": {"network": "shop", "external_id": "p", "followers": 9_007_199_254_740_991}},
    "a huge rating": {"rating": 1.7e308},
    "an echo of nothing": {"echo_of": "x\x00y", "direction": "outbound", "recipient": {"network": "shop", "external_id": "p\x00"}},
    "a receipt of nothing": {"kind": "receipt", "receipt": {"external_id": "x\x00\ud800", "state": "read", "reason": "\x00"}},
    "an edit of nothing": {"kind": "edit", "target": "x\x00\ud800"},
    "a parent without": {"in_reply_to": {"external_id": "x\x00\ud800"}},
    "a strange file": {"attachments": [{"kind": "image", "url": "\x00\ud800", "size_bytes": 2**53 - 1}]},
    "a strange place": {"venue": {"network": "shop", "external_id": "\x00", "title": "\ud800"}, "kind": "comment", "public": True},
}


async def test_e2_what_is_strange_is_kept_and_the_rest_goes_on(service: Service) -> None:
    partner = await Partner.connected(service)
    strange = [{**event(number, "strange"), **parts} for number, parts in enumerate(POISON.values(), start=2)]
    answer = await partner.deliver(event(1, "before"), *strange, event(90, "after"))
    assert answer.status_code == 200, answer.text
    await partner.deliver(event(91, "later"))
    states = await journal_settled(service, count=len(strange) + 3)
    assert states == {"done": len(strange) - 1, "parked": 2, "unknown": 2}
    threads = await conversations(service)
    texts = [message["text"] for thread in threads for message in await messages(service, thread["id"])]
    assert {"before", "after", "later"} <= set(texts)
    assert (await service.http.get("/readyz")).status_code == 200


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=5)
    yield connection
    await connection.close()


# Refuses a text that names an SQLSTATE with just that: what a constraint of tomorrow, or a value of no platform yet, would do.
REFUSES = """
CREATE FUNCTION engagement.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text LIKE 'refuse %' THEN
        RAISE EXCEPTION 'refused' USING ERRCODE = substr(NEW.text, 8);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON engagement.interaction FOR EACH ROW EXECUTE FUNCTION engagement.refuse();
"""


async def test_e2_what_the_database_refuses_fails_alone_and_can_be_read_again_after_a_fix(
    service: Service, owner: asyncpg.Connection
) -> None:
    await owner.execute(REFUSES)
    partner = await Partner.connected(service)
    refused = [event(10 + number, f"refuse {code}") for number, code in enumerate(("22003", "23514", "54000"))]
    await partner.deliver(event(1), refused[0], event(2), refused[1], refused[2], event(3))
    assert await journal_settled(service, count=6) == {"done": 3, "failed": 3}
    await owner.execute("DROP TRIGGER refuse ON engagement.interaction")
    for row in (await service.get("/v1/journal?state=failed")).json()["items"]:
        assert (await service.post(f"/v1/journal/{row['id']}/replay", {})).status_code == 202
    assert await journal_settled(service, count=6) == {"done": 6}


async def test_an_outage_fails_nothing(service: Service, owner: asyncpg.Connection) -> None:
    await owner.execute(REFUSES)
    partner = await Partner.connected(service)
    for code in ("57014", "40P01", "53100", "42P01"):
        await partner.deliver(event(int(code[:2]), f"refuse {code}"))
    await partner.deliver(event(1))
    await owner.execute("DROP TRIGGER refuse ON engagement.interaction")
    assert await journal_settled(service, count=5) == {"done": 5}


async def test_an_edit_whose_message_never_comes_is_given_up_after_a_week(service: Service, owner: asyncpg.Connection) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(change(1, "edit", "never", text="changed"), change(2, "deletion", "e-3"))
    assert await journal_settled(service, count=2) == {"parked": 2}
    await partner.deliver(event(3))
    assert await journal_settled(service, count=3) == {"done": 2, "parked": 1}
    await owner.execute("UPDATE engagement.journal SET received_at = received_at - interval '8 days' WHERE state = 'parked'")

    async def given_up() -> list[Any]:
        rows: list[Any] = (await service.get("/v1/journal?state=failed")).json()["items"]
        return rows

    (row,) = await until(given_up)
    assert row["reason"] == "what it belongs to never came"
