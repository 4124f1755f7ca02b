"""A platform that drops webhooks, and one that cannot be asked: what was dropped is back-filled, once, and marked so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.flows.product import Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]


async def test_what_the_platform_dropped_is_in_the_history_after_a_back_fill(desk: Desk) -> None:
    partner = await desk.connect_inlet()
    platforms = desk.product.platforms
    assert (await platforms.inlet_events(partner.account, events=[event(n) for n in range(5)]))["acked"]
    await platforms.drop_events(partner.account, events=[event(n) for n in range(5, 75)])
    await until(lambda: there(desk, 5))
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    asked = await desk.request("POST", f"/v1/channels/{partner.id}/backfill", {"since": since})
    assert (asked.status_code, asked.json()["possible"]) == (202, True)
    await until(lambda: there(desk, 75), seconds=60)
    sources = {message["external_id"]: message["source"] for message in await desk.messages()}
    assert sources == {f"e-{n}": "live" if n < 5 else "backfill" for n in range(75)}

    async def finished() -> Any:
        state = await desk.read(f"/v1/channels/{partner.id}/reconciliation")
        return state if state["finished_at"] and not state["demanded_since"] else None

    state = await until(finished)
    assert (state["found"], state["reason"], state["gaps"]) == (70, "", [])
    assert (await desk.read("/v1/ledger"))["owed"] == 75


async def test_a_platform_without_a_past_says_so_and_odd_requests_change_nothing(desk: Desk) -> None:
    bot, partner = await desk.connect_telegram(), await desk.connect_inlet()
    now = datetime.now(UTC)
    refused = await desk.request("POST", f"/v1/channels/{bot.id}/backfill", {"since": now.isoformat()})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_backfillable")
    for since in ((now + timedelta(hours=1)).isoformat(), "0001-01-01T00:00:00+14:00", "yesterday", None):
        answer = await desk.request("POST", f"/v1/channels/{partner.id}/backfill", {"since": since})
        assert answer.status_code == 422, answer.text
    assert (await desk.read(f"/v1/channels/{partner.id}/reconciliation"))["demanded_since"] is None


def event(number: int) -> dict[str, Any]:
    """A direct message of one of ten people."""
    author = {"network": "crm", "external_id": f"p-{number % 10}", "name": "Kim"}
    at = datetime.now(UTC) - timedelta(minutes=5, seconds=-number)
    return {"id": f"e-{number}", "kind": "direct", "occurred_at": at.isoformat(), "author": author, "text": f"Hello {number}"}


async def there(desk: Desk, count: int) -> bool:
    """Whether so many messages are in the history."""
    return len(await desk.messages()) == count
