"""Notifications over REST, from an event on the bus to a member who has read it; and how a member is told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.contracts.envelope import Header
from services.contracts.events import MemberChanged, TaskAssigned
from services.contracts.ids import MemberId
from services.contracts.vocabulary import Role
from services.engagement.settings import EngagementSettings
from services.kit.bus import Bus
from tests.engagement.conftest import Service
from tests.engagement.notifications.office import task
from tests.engagement.waiting import until

ANA = MemberId(UUID("0197a000-0000-7000-8000-00000000000a"))
SETTINGS = "/v1/notification-settings"


@pytest.fixture
async def bus(settings: EngagementSettings) -> AsyncIterator[Bus]:
    opened = Bus(settings.nats_url.get_secret_value(), name="test")
    await opened.open()
    await opened.ensure_stream("routing")
    await opened.ensure_stream("identity")
    yield opened
    await opened.close()


async def say(bus: Bus, service: Service, *events: TaskAssigned | MemberChanged) -> None:
    for number, event in enumerate(events):
        header = Header(
            id=f"{event.type}-{uuid4()}",
            type=event.type,
            version=1,
            workspace=service.workspace,
            time=datetime.now(UTC),
            subject=event.aggregate(),
            sequence=number + 1,
        )
        await bus.publish(header, msgspec.json.encode(event))


async def ana_is_known(bus: Bus, service: Service) -> None:
    """Tell of a member, and wait until a task given to her is told her."""
    await say(bus, service, MemberChanged(member_id=ANA, name="Ana", role=Role.AGENT, email="ana@acme.example", version=1))

    async def told() -> bool:
        await say(bus, service, task(ANA))
        return bool(await listed(service))

    await until(told, within_seconds=30)


async def listed(service: Service, query: str = "", member: UUID = ANA) -> list[dict[str, Any]]:
    answer = await service.http.get(f"/v1/notifications{query}", headers=service.headers(member=member, role="agent"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def unread(service: Service, member: UUID = ANA) -> dict[str, Any]:
    found: dict[str, Any] = (await service.http.get("/v1/notifications/unread", headers=service.headers(member=member))).json()
    return found


async def ask(service: Service, method: str, path: str, body: object = None, *, member: UUID = ANA, role: str = "agent") -> Any:
    return await service.http.request(method, path, json=body, headers=service.headers(member=member, role=role))


async def test_what_a_member_is_to_know_of_is_listed_counted_and_read(service: Service, bus: Bus) -> None:
    await ana_is_known(bus, service)
    matter = uuid4()
    await say(bus, service, *(task(ANA, task_id=matter) for _ in range(3)))

    async def counted() -> bool:
        return any(each["matter"] == str(matter) and each["count"] == 3 for each in await listed(service))

    await until(counted, within_seconds=30)
    whole = await listed(service)
    assert (await unread(service)) == {"unread": len(whole), "more": False}
    assert await listed(service, member=uuid4()) == []

    one = next(each for each in whole if each["matter"] == str(matter))
    assert (one["kind"], one["read_at"]) == ("task_assigned", None)
    marked = await ask(service, "POST", "/v1/notifications/read", {"ids": [one["id"], str(uuid4())]})
    assert marked.json() == {"unread": len(whole) - 1, "more": False}
    assert one["id"] not in {each["id"] for each in await listed(service, "?state=unread")}

    others = await ask(service, "POST", "/v1/notifications/read", {"until": datetime.now(UTC).isoformat()}, member=uuid4())
    assert others.status_code == 200
    assert (await unread(service))["unread"] == len(whole) - 1
    await ask(service, "POST", "/v1/notifications/read", {"until": datetime.now(UTC).isoformat()})
    assert (await unread(service))["unread"] == 0
    assert len(await listed(service)) == len(whole)


async def test_pages_of_notifications_follow_one_another(service: Service, bus: Bus) -> None:
    await ana_is_known(bus, service)
    await say(bus, service, *(task(ANA) for _ in range(4)))
    await until(lambda: enough(service), within_seconds=30)
    whole = [each["id"] for each in await listed(service)]
    found, after = [], ""
    while True:
        page = (await ask(service, "GET", f"/v1/notifications?limit=2{after}")).json()
        found += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        after = f"&after={page['next_cursor']}"
    # What made Ana known may bring more meanwhile; the newest come first.
    assert found[-len(whole) :] == whole
    assert len(set(found)) == len(found)


async def enough(service: Service) -> bool:
    return len(await listed(service)) >= 5


async def test_a_member_says_how_to_be_told(service: Service) -> None:
    before = (await ask(service, "GET", SETTINGS)).json()
    assert (before["version"], before["time_zone"], before["digest"], before["has_chat"], before["email_possible"]) == (
        0,
        "UTC",
        "day",
        False,
        False,
    )
    change = {
        "version": 0,
        "time_zone": "Europe/Madrid",
        "quiet_from": 1320,
        "quiet_until": 420,
        "digest": "hour",
        "kinds": [{"kind": "overdue", "digest": True}, {"kind": "mentioned"}],
    }
    changed = await ask(service, "PATCH", SETTINGS, change)
    assert changed.status_code == 200, changed.text
    after = (await ask(service, "GET", SETTINGS)).json()
    assert after == changed.json()
    means = {each.pop("kind"): each for each in after["kinds"]}
    assert means["overdue"] == {"app": False, "email": False, "chat": False, "digest": True}
    assert not any(means["mentioned"].values())
    assert means["task_assigned"]["app"]
    assert (after["version"], after["quiet_from"], after["quiet_until"]) == (1, 1320, 420)

    stale = await ask(service, "PATCH", SETTINGS, change)
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert (await ask(service, "GET", SETTINGS, member=uuid4())).json() == before


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "unknown_time_zone"),
        ({"quiet_from": 10}, "malformed"),
        ({"quiet_from": 1440, "quiet_until": 0}, "malformed"),
        ({"digest": "year"}, "malformed"),
        ({"kinds": [{"kind": "weather"}]}, "malformed"),
    ],
)
async def test_settings_that_cannot_be_are_refused(service: Service, wrong: dict[str, Any], code: str) -> None:
    refused = await ask(service, "PATCH", SETTINGS, {"version": 0, **wrong})
    assert refused.status_code == 422
    assert code in {refused.json()["code"], "malformed"}
    assert (await ask(service, "GET", SETTINGS)).json()["version"] == 0


async def test_a_chat_is_set_and_ended_and_never_shown(service: Service) -> None:
    made = await ask(service, "PUT", f"{SETTINGS}/chat", {"url": "https://chat.example/hooks/hidden"})
    assert made.json()["secret"].startswith("whsec_")
    shown = await ask(service, "GET", SETTINGS)
    assert shown.json()["has_chat"] is True
    assert "hidden" not in shown.text
    assert (await ask(service, "DELETE", f"{SETTINGS}/chat")).status_code == 204
    assert (await ask(service, "GET", SETTINGS)).json()["has_chat"] is False
    assert (await ask(service, "PUT", f"{SETTINGS}/chat", {"url": "file:///etc/passwd"})).status_code == 422


async def test_the_room_is_for_administrators_and_is_told_by_chat_only(service: Service) -> None:
    room = f"{SETTINGS}/room"
    assert (await ask(service, "GET", room)).status_code == 403
    assert (await ask(service, "PUT", f"{room}/chat", {"url": "https://chat.example/x"})).status_code == 403
    shown = (await ask(service, "GET", room, role="admin")).json()
    assert [each["kind"] for each in shown["kinds"] if each["chat"]] == ["overdue", "channel_trouble", "crisis"]
    by_mail = {"version": 0, "kinds": [{"kind": "overdue", "email": True}]}
    assert (await ask(service, "PATCH", room, by_mail, role="admin")).status_code == 422
    by_chat = {"version": 0, "kinds": [{"kind": "overdue"}, {"kind": "low_rating", "chat": True}]}
    assert (await ask(service, "PATCH", room, by_chat, role="admin")).status_code == 200
