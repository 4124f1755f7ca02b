"""Replies against a partner that says strange things, too early, too late or not at all: sent once, and told once."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import orjson
import pytest

from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.partner import event
from tests.engagement.shop import Answer, Desk
from tests.engagement.waiting import journal_settled, messages

SEND_TIMEOUT_SECONDS = 2.0
US = {"author": {"network": "shop", "external_id": "us"}, "recipient": {"network": "shop", "external_id": "person-1"}}


@pytest.fixture
def settings(database_url: str, nats_url: str, secret_key: str) -> EngagementSettings:
    return EngagementSettings(
        database_url=database_url,
        nats_url=nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        send_timeout_seconds=SEND_TIMEOUT_SECONDS,
    )


@pytest.fixture
def service(own_service: Service) -> Service:
    """With these settings."""
    return own_service


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[Desk]:
    async with Desk.opened(service, lookup="true") as opened:
        yield opened


def receipt(number: int, reference: str, state: str, *, ours: str | None = None) -> dict[str, Any]:
    """News of a reply, by the partner's own name for it, and by ours where it hands that back."""
    moment = event(number)["occurred_at"]
    told = {"external_id": reference, "state": state, **({"reference": ours} if ours else {})}
    return {"id": f"r-{number}", "kind": "receipt", "occurred_at": moment, "receipt": told}


async def test_a_refusal_in_words_that_no_database_holds_is_a_refusal(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return 400, b"no\x00thing \xff" + b"x" * 5000

    desk.shop.take = take
    failed = await desk.state(await desk.reply(), "failed")
    assert "no" in failed["reason"]


async def test_an_id_too_long_to_keep_does_not_hide_that_it_was_sent(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return 200, orjson.dumps({"external_id": str(uuid4()) * 5000})

    desk.shop.take = take
    assert (await desk.state(await desk.reply(), "sent"))["external_id"] is None


async def test_echo_and_receipt_that_overtake_the_answer_wait_for_it(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        echo = event(5, "Hello", id="p-1", direction="outbound", echo_of="p-1", **US)
        await desk.partner.deliver(echo, receipt(6, "p-1", "delivered"))
        await journal_settled(desk.service, count=3)
        return 200, b'{"external_id":"p-1"}'

    desk.shop.take = take
    settled = await desk.state(await desk.reply(), "delivered")
    assert settled["external_id"] == "p-1"
    assert (await journal_settled(desk.service, count=3))["done"] == 3
    assert [each["native"] for each in await desk.history()] == [False, False]


async def test_a_reply_in_doubt_is_recognised_by_its_echo_and_its_receipt_follows(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return 500, b""

    desk.shop.take, desk.shop.told = take, (503, b"")
    reply = await desk.reply("It is on its way.")
    await desk.state(reply, "unknown")
    await desk.partner.deliver(receipt(6, "p-7", "read"))
    assert (await journal_settled(desk.service, count=2))["parked"] == 1
    await desk.partner.deliver(event(7, "It is on its way. ", id="p-7", direction="outbound", echo_of="p-7", **US))
    settled = await desk.state(reply, "read")
    assert (settled["external_id"], len(desk.shop.posted)) == ("p-7", 1)
    assert len(await desk.history()) == 2


COMMENT = {"kind": "comment", "root": "post-1", "thread": "c-1", "public": True}


async def commented(desk: Desk) -> str:
    """The thread of a comment, beside what the desk has already."""
    before = set(await desk.threads())
    await desk.partner.deliver(event(4, "Is it red?", **{**COMMENT, "id": "c-1"}))
    await journal_settled(desk.service, count=2)
    (thread,) = set(await desk.threads()) - before
    return thread


async def test_an_echo_of_a_comment_that_names_nobody_waits_for_the_answer(desk: Desk) -> None:
    thread = await commented(desk)

    async def take(_: dict[str, Any]) -> Answer:
        us = {"network": "shop", "external_id": "us"}
        await desk.partner.deliver(event(5, "Yes.", id="c-2", direction="outbound", echo_of="c-2", author=us, **COMMENT))
        await journal_settled(desk.service, count=3)
        return 200, b'{"external_id":"c-2"}'

    desk.shop.take = take
    await desk.state(await desk.reply("Yes.", thread=thread), "sent")
    assert (await journal_settled(desk.service, count=3))["done"] == 3
    assert [each["native"] for each in await messages(desk.service, thread)] == [False, False]


async def test_a_comment_in_doubt_is_recognised_by_an_echo_that_names_nobody(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return 500, b""

    thread = await commented(desk)
    desk.shop.take, desk.shop.told = take, (503, b"")
    reply = await desk.reply("Yes.", thread=thread)
    await desk.state(reply, "unknown")
    us = {"network": "shop", "external_id": "us"}
    await desk.partner.deliver(event(5, "Yes.", id="c-2", direction="outbound", echo_of="c-2", author=us, **COMMENT))
    assert (await desk.state(reply, "sent"))["external_id"] == "c-2"
    assert len(await messages(desk.service, thread)) == 2


async def test_a_receipt_with_our_reference_settles_doubt_and_tells_the_platforms_id(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return 500, b""

    desk.shop.take, desk.shop.told = take, (503, b"")
    reply = await desk.reply("It is on its way.")
    await desk.state(reply, "unknown")
    await desk.partner.deliver(receipt(6, "p-7", "delivered", ours=str(reply)), receipt(7, "p-7", "read"))
    settled = await desk.state(reply, "read")
    assert (settled["external_id"], len(desk.shop.posted)) == ("p-7", 1)


async def test_a_receipt_up_to_a_time_is_for_all_that_was_sent_to_the_person_before(desk: Desk) -> None:
    first = await desk.reply()
    await desk.state(first, "sent")
    until = (await desk.state(first, "sent"))["sent_at"]
    person, told = {"author": {"network": "shop", "external_id": "person-1"}}, {"state": "read", "until": until}
    other = {"author": {"network": "shop", "external_id": "person-2"}}
    before = {"state": "read", "until": "2020-01-01T00:00:00Z"}
    await desk.partner.deliver(
        {**receipt(6, "", "read"), **other, "receipt": told}, {**receipt(7, "", "read"), **person, "receipt": before}
    )
    assert (await journal_settled(desk.service, count=3))["done"] == 3
    await desk.state(first, "sent")
    await desk.partner.deliver({**receipt(8, "", "read"), **person, "receipt": told})
    await desk.state(first, "read")


async def test_e7_what_a_colleague_wrote_there_is_an_answer_of_its_own(desk: Desk) -> None:
    await desk.partner.deliver(event(7, "I called you.", id="p-8", direction="outbound", echo_of="p-8", **US))
    await journal_settled(desk.service, count=2)
    assert [each["native"] for each in await desk.history()] == [True, False]


async def test_absent_is_believed_only_when_nothing_can_be_on_its_way(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return (500, b"") if len(desk.shop.posted) == 1 else (200, b"")

    desk.shop.take = take
    reply = await desk.reply()
    await desk.state(reply, "sent")
    first, second = desk.shop.posted
    assert second - first >= SEND_TIMEOUT_SECONDS
    assert desk.shop.asked[0] < second
