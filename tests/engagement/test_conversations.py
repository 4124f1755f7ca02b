"""What members do with threads: status, snoozing, owners, priority, labels, notes, followers. Through REST, with a clock that is moved."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import http_client, served
from tests.tokens import TokenIssuer


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture
async def service(settings: EngagementSettings, clock: FixedClock) -> AsyncIterator[Service]:
    """The service by a clock that stands still until told to move."""
    issuer = TokenIssuer()
    async with (
        compose(settings, ports={"identity": issuer}, clock=clock) as app,
        served(app) as url,
        http_client(url, timeout_seconds=20) as http,
    ):
        yield Service(url, issuer, http)


async def a_thread(service: Service) -> tuple[Partner, dict[str, Any]]:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    return partner, thread


async def change(service: Service, thread: dict[str, Any], *, member: UUID | None = None, **wish: Any) -> httpx.Response:
    body = {"version": thread["version"], **wish}
    return await service.http.patch(f"/v1/conversations/{thread['id']}", json=body, headers=service.headers(member=member))


async def thread_of(service: Service, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(f"/v1/conversations/{id_}")).json()
    return found


async def events_of(service: Service, database_url: str, type_: str) -> list[dict[str, Any]]:
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        await owner.set_type_codec("json", encoder=str, decoder=str, schema="pg_catalog")
        rows = await owner.fetch("SELECT data FROM engagement.outbox WHERE type = $1 ORDER BY id", type_)
    finally:
        await owner.close()
    return [httpx.Response(200, content=row["data"]).json() for row in rows]


async def test_e19_a_snoozed_thread_wakes_at_its_time_and_not_before(service: Service, clock: FixedClock, database_url: str) -> None:
    _, thread = await a_thread(service)
    until_when = clock.now() + timedelta(minutes=2)
    snoozed = (await change(service, thread, snoozed_until=until_when.isoformat())).json()
    assert (snoozed["status"], snoozed["version"]) == ("snoozed", thread["version"] + 1)
    clock.advance(timedelta(seconds=110))
    assert (await thread_of(service, thread["id"]))["status"] == "snoozed"
    clock.advance(timedelta(seconds=20))

    async def woken() -> bool:
        return bool((await thread_of(service, thread["id"]))["status"] == "open")

    await until(woken, within_seconds=20)
    assert (await thread_of(service, thread["id"]))["snoozed_until"] is None
    told = await events_of(service, database_url, "engagement.conversation.changed")
    assert [(each["status"], each["cause"]) for each in told] == [("snoozed", ""), ("open", "time")]


@pytest.mark.parametrize("status", ["snoozed", "closed", "pending"])
async def test_e19_a_message_brings_a_thread_back_to_its_last_owner(service: Service, database_url: str, status: str) -> None:
    partner, thread = await a_thread(service)
    owner = str(uuid4())
    assert (await change(service, thread, status=status, owner_id=owner)).json()["owner_id"] == owner
    await partner.deliver(event(2, "one more thing"))

    async def reopened() -> dict[str, Any] | None:
        found = await thread_of(service, thread["id"])
        return found if found["status"] == "open" else None

    assert (await until(reopened))["owner_id"] == owner
    told = (await events_of(service, database_url, "engagement.conversation.changed"))[-1]
    assert (told["status"], told["cause"], told["owner_id"], told["by"]) == ("open", "message", owner, None)


async def test_a_closed_thread_without_owner_comes_back_to_whoever_answered_last(service: Service, database_url: str) -> None:
    partner, thread = await a_thread(service)
    sol = uuid4()
    posted = await service.http.post(
        f"/v1/conversations/{thread['id']}/replies", json={"text": "Soon."}, headers=service.headers(member=sol)
    )
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        await owner.execute("UPDATE engagement.reply SET state = 'sent' WHERE id = $1", UUID(posted.json()["reply"]["id"]))
    finally:
        await owner.close()
    assert (await change(service, await thread_of(service, thread["id"]), status="closed")).json()["owner_id"] is None
    await partner.deliver(event(2, "one more thing"))

    async def reopened() -> dict[str, Any] | None:
        found = await thread_of(service, thread["id"])
        return found if found["status"] == "open" else None

    assert (await until(reopened))["owner_id"] == str(sol)
    told = (await events_of(service, database_url, "engagement.conversation.changed"))[-1]
    assert (told["owner_id"], told["changes"]) == (str(sol), ["status", "owner"])


async def test_what_owes_nothing_reopens_nothing(service: Service) -> None:
    partner, thread = await a_thread(service)
    await change(service, thread, status="closed")
    await partner.deliver(event(2, None, kind="reaction", target="e-1"))
    await journal_settled(service, count=2)
    assert (await thread_of(service, thread["id"]))["status"] == "closed"


async def test_a_change_at_an_old_version_is_refused_and_writes_nothing(service: Service, database_url: str) -> None:
    _, thread = await a_thread(service)
    assert (await change(service, thread, priority="urgent")).json()["priority"] == "urgent"
    refused = await change(service, thread, owner_id=str(uuid4()))
    assert (refused.status_code, refused.json()["code"]) == (409, "version_conflict")
    assert (await thread_of(service, thread["id"]))["owner_id"] is None
    told = await events_of(service, database_url, "engagement.conversation.changed")
    assert [each["changes"] for each in told] == [["priority"]]


async def test_a_thread_is_given_back_to_nobody(service: Service) -> None:
    _, thread = await a_thread(service)
    owned = (await change(service, thread, owner_id=str(uuid4()))).json()
    assert (await change(service, owned, owner_id=None)).json()["owner_id"] is None


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({}, "nothing_to_change"),
        ({"snoozed_until": "2001-01-01T00:00:00Z"}, "snooze_time"),
        ({"snoozed_until": "2999-01-01T00:00:00Z", "status": "closed"}, "snooze_time"),
        ({"add_label_ids": [str(uuid4())]}, "label_not_found"),
        ({"snoozed_until": "2999-01-01T00:00:00"}, "malformed"),
        ({"priority": "enormous"}, "malformed"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(service: Service, wish: dict[str, Any], code: str) -> None:
    _, thread = await a_thread(service)
    refused = await change(service, thread, **wish)
    assert refused.status_code in {404, 422}, refused.text
    assert refused.json()["code"] == code
    assert await thread_of(service, thread["id"]) == thread


async def test_labels_are_unique_however_written_and_found_by(service: Service) -> None:
    _, thread = await a_thread(service)
    made = (await service.post("/v1/labels", {"name": " Refund  wanted ", "colour": "#FF8800"})).json()
    assert (made["name"], made["colour"]) == ("Refund wanted", "#ff8800")
    again = await service.post("/v1/labels", {"name": "REFUND wanted"})
    assert (again.status_code, again.json()["code"]) == (409, "label_exists")
    labelled = (await change(service, thread, add_label_ids=[made["id"]])).json()
    assert labelled["label_ids"] == [made["id"]]
    found = (await service.get(f"/v1/conversations?label_id={made['id']}")).json()["items"]
    assert [each["id"] for each in found] == [thread["id"]]
    assert (await service.get(f"/v1/conversations?label_id={uuid4()}")).json()["items"] == []
    cleared = (await change(service, labelled, remove_label_ids=[made["id"]])).json()
    assert cleared["label_ids"] == []


async def test_a_label_is_renamed_at_its_version_and_deleted_from_every_thread(service: Service) -> None:
    _, thread = await a_thread(service)
    made = (await service.post("/v1/labels", {"name": "VIP"})).json()
    await change(service, thread, add_label_ids=[made["id"]])
    path = f"/v1/labels/{made['id']}"
    renamed = await service.http.patch(path, json={"version": 1, "name": "Regular"}, headers=service.headers())
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Regular", 2)
    stale = await service.http.patch(path, json={"version": 1, "name": "Other"}, headers=service.headers())
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert (await service.http.delete(path, headers=service.headers())).status_code == 204
    assert (await thread_of(service, thread["id"]))["label_ids"] == []
    assert (await service.get("/v1/labels")).json()["items"] == []


async def test_e6_a_note_stays_inside_and_brings_followers(service: Service, database_url: str) -> None:
    _, thread = await a_thread(service)
    writer, named = uuid4(), uuid4()
    path = f"/v1/conversations/{thread['id']}/notes"
    body = {"text": "she is a regular", "mentioned_member_ids": [str(named), str(named)]}
    written = await service.http.post(path, json=body, headers=service.headers(member=writer))
    assert written.status_code == 201, written.text
    note = written.json()
    assert (note["kind"], note["direction"], note["public"], note["ledger"]) == ("note", "outbound", False, None)
    assert (note["mentioned_member_ids"], note["member_id"], note["reply"]) == ([str(named)], str(writer), None)
    now = await thread_of(service, thread["id"])
    assert sorted(now["follower_ids"]) == sorted([str(writer), str(named)])
    assert (now["message_count"], now["version"]) == (1, thread["version"] + 1)
    (told,) = await events_of(service, database_url, "engagement.note.added")
    assert (told["mentioned"], told["by"]) == ([str(named)], str(writer))
    assert [each["kind"] for each in await messages(service, thread["id"])] == ["note", "direct"]


async def test_a_note_makes_no_reply_stale(service: Service) -> None:
    _, thread = await a_thread(service)
    await service.post(f"/v1/conversations/{thread['id']}/notes", {"text": "mine"})
    path = f"/v1/conversations/{thread['id']}/replies"
    headers = service.headers(member=uuid4())
    answer = await service.http.post(path, json={"text": "Hello", "version": thread["version"]}, headers=headers)
    assert (answer.status_code, answer.json()["warning"]) == (201, None)


async def test_members_follow_and_leave_and_who_answers_follows(service: Service) -> None:
    _, thread = await a_thread(service)
    member, answering = uuid4(), uuid4()
    path = f"/v1/conversations/{thread['id']}"
    for _ in range(2):
        followed = await service.http.put(f"{path}/following", headers=service.headers(member=member))
        assert followed.json()["follower_ids"] == [str(member)]
    await service.http.post(f"{path}/replies", json={"text": "Hello"}, headers=service.headers(member=answering))
    left = await service.http.delete(f"{path}/following", headers=service.headers(member=member))
    assert left.json()["follower_ids"] == [str(answering)]


async def test_another_workspaces_threads_and_labels_do_not_exist(service: Service) -> None:
    _, thread = await a_thread(service)
    label = (await service.post("/v1/labels", {"name": "VIP"})).json()
    foreign = service.headers(uuid4())
    calls = [
        service.http.patch(f"/v1/conversations/{thread['id']}", json={"version": thread["version"], "status": "closed"}, headers=foreign),
        service.http.post(f"/v1/conversations/{thread['id']}/notes", json={"text": "x"}, headers=foreign),
        service.http.put(f"/v1/conversations/{thread['id']}/following", headers=foreign),
        service.http.patch(f"/v1/labels/{label['id']}", json={"version": 1, "name": "x"}, headers=foreign),
        service.http.delete(f"/v1/labels/{label['id']}", headers=foreign),
    ]
    assert [(await each).status_code for each in calls] == [404] * 5
    assert (await thread_of(service, thread["id"]))["version"] == thread["version"]
