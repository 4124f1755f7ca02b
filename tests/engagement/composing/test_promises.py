"""Dated promises: made in a conversation, settled once, told an hour before they are due and once they are overdue."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.simulation.client import SimulatedPlatforms
from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from tests.engagement.composing.desk import Desk
from tests.engagement.conftest import Service
from tests.engagement.waiting import until
from tests.serving import http_client, served
from tests.tokens import TokenIssuer


def in_hours(hours: float, *, clock: FixedClock | None = None) -> str:
    return ((clock.now() if clock else datetime.now(UTC)) + timedelta(hours=hours)).isoformat()


async def made(desk: Desk, thread: dict[str, Any], due_at: str, text: str = "We call you") -> dict[str, Any]:
    answer = await desk.ask("POST", f"/v1/conversations/{thread['id']}/promises", {"text": text, "due_at": due_at})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_e19_a_promise_is_made_listed_and_settled_once(desk: Desk) -> None:
    thread = await desk.hear()
    later = await made(desk, thread, in_hours(48), "The lamp is there")
    first = await made(desk, thread, in_hours(24))
    listed = (await desk.ask("GET", f"/v1/conversations/{thread['id']}/promises")).json()
    assert [each["id"] for each in listed] == [first["id"], later["id"]]
    kept = await desk.ask("PATCH", f"/v1/promises/{first['id']}", {"state": "kept", "version": 1})
    assert (kept.json()["state"], kept.json()["settled_by"]) == ("kept", str(desk.sol))
    again = await desk.ask("PATCH", f"/v1/promises/{first['id']}", {"state": "broken", "version": 2})
    assert (again.status_code, again.json()["code"]) == (409, "promise_settled")
    stale = await desk.ask("PATCH", f"/v1/promises/{later['id']}", {"state": "withdrawn", "version": 7})
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    assert [each["id"] for each in (await desk.ask("GET", "/v1/promises")).json()["items"]] == [later["id"]]


async def test_promises_for_the_past_or_for_nobody_are_refused(desk: Desk) -> None:
    thread = await desk.hear()
    path = f"/v1/conversations/{thread['id']}/promises"
    for due_at in (in_hours(-1), in_hours(24 * 800)):
        refused = await desk.ask("POST", path, {"text": "x", "due_at": due_at})
        assert (refused.status_code, refused.json()["code"]) == (422, "promise_time")
    assert (await desk.ask("POST", path, {"text": "x", "due_at": "2030-01-01T10:00:00"})).status_code == 422
    nowhere = "0197a000-0000-7000-8000-00000000ffff"
    missing = await desk.ask("POST", f"/v1/conversations/{nowhere}/promises", {"text": "x", "due_at": in_hours(1)})
    assert missing.status_code == 404
    assert (await desk.ask("PATCH", f"/v1/promises/{nowhere}", {"state": "kept", "version": 1})).status_code == 404
    assert (await desk.ask("PATCH", f"/v1/promises/{nowhere}", {"state": "open", "version": 1})).status_code == 422


@pytest.fixture
async def timed(settings: EngagementSettings, platforms: SimulatedPlatforms) -> AsyncIterator[tuple[Desk, FixedClock]]:
    """A desk whose service has a clock that stands still."""
    issuer, clock = TokenIssuer(), FixedClock(datetime.now(UTC))
    async with (
        compose(settings, ports={"identity": issuer}, clock=clock) as app,
        served(app) as url,
        http_client(url) as http,
    ):
        yield await Desk.opened(Service(url, issuer, http), platforms), clock


async def test_what_falls_due_is_told_once_before_and_once_after(timed: tuple[Desk, FixedClock]) -> None:
    desk, clock = timed
    thread = await desk.hear()
    promise = await made(desk, thread, in_hours(0.05, clock=clock))
    settled = await made(desk, thread, in_hours(0.04, clock=clock))
    await desk.ask("PATCH", f"/v1/promises/{settled['id']}", {"state": "withdrawn", "version": 1})

    async def told(kind: str) -> list[str]:
        return [each["promise_id"] for each in await desk.events(kind) if each["promise_id"] == promise["id"]]

    await until(lambda: told("engagement.promise.due"), within_seconds=30)
    assert await told("engagement.promise.overdue") == []
    clock.advance(timedelta(minutes=4))
    await until(lambda: told("engagement.promise.overdue"), within_seconds=30)
    assert await told("engagement.promise.due") == [promise["id"]]
    assert settled["id"] not in [each["promise_id"] for each in await desk.events("engagement.promise.overdue")]
