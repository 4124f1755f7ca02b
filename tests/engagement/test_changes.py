"""Edits and deletions of what we sent: made on the platform first, shown only when made, repeated where nobody knows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.engagement.connectors.telegram.declaration import DECLARATION
from services.engagement.pacing import pace_of
from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from tests.engagement.bot import Answer, BotDesk
from tests.engagement.clocks import running
from tests.engagement.conftest import Service
from tests.engagement.shop import Desk
from tests.engagement.waiting import conversations, until


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[BotDesk]:
    async with BotDesk.opened(service) as opened:
        yield opened


def going_wrong(desk: BotDesk, answer: Answer, *, times: int, carries_out: bool = False) -> None:
    """Let the next calls that are no sends be answered so."""
    left = [times]

    def wrong(method: str) -> Answer | None:
        if method == "sendMessage" or left[0] == 0:
            return None
        left[0] -= 1
        return answer

    desk.bot.wrong, desk.bot.carries_out = wrong, carries_out


async def told(service: Service) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = (await service.get("/internal/events?limit=100")).json()["events"]
    return events


async def test_e19_an_edit_reaches_the_platform_and_then_the_history(desk: BotDesk) -> None:
    reply = await desk.sent("Frday")
    asked = await desk.edit(reply["id"], "Friday")
    assert (asked.status_code, asked.json()["change"]["kind"], asked.json()["text"]) == (202, "edit", "Frday")
    done = await desk.changed(reply["id"], "done")
    assert (done["state"], done["text"], done["change"]["reason"]) == ("sent", "Friday", "")
    assert list(desk.bot.seen.values()) == ["Friday"]
    row = await desk.row()
    assert (row["text"], row["edited_at"] is not None, row["reply"]["change"]["state"]) == ("Friday", True, "done")
    types = [each["type"] for each in await told(desk.service)][-2:]
    assert ["reply.edited" in types[0], "interaction.edited" in types[1]] == [True, True]


async def test_e19_a_deletion_reaches_the_platform_and_then_the_history(desk: BotDesk) -> None:
    reply = await desk.sent()
    assert (await desk.delete(reply["id"])).status_code == 202
    await desk.changed(reply["id"], "done")
    assert desk.bot.seen == {}
    row = await desk.row()
    assert (row["text"], row["deleted_at"] is not None) == (None, True)
    again = await desk.edit(reply["id"], "Too late")
    assert (again.status_code, again.json()["detail"]) == (409, "It has been deleted.")


async def test_what_the_platform_refuses_stays_as_it_is_and_says_why(desk: BotDesk) -> None:
    reply = await desk.sent("Hello")
    going_wrong(desk, (400, {"ok": False, "error_code": 400, "description": "Bad Request: message is too old"}), times=1)
    await desk.edit(reply["id"], "Other")
    failed = await desk.changed(reply["id"], "failed")
    assert (failed["text"], failed["change"]["reason"]) == ("Hello", "Bad Request: message is too old")
    row = await desk.row()
    assert (row["text"], row["edited_at"]) == ("Hello", None)
    assert "reply.change_failed" in (await told(desk.service))[-1]["type"]
    await desk.edit(reply["id"], "Other")
    assert (await desk.changed(reply["id"], "done"))["text"] == "Other"


@pytest.mark.parametrize("carries_out", [True, False])
async def test_an_edit_in_doubt_is_not_shown_and_made_again(desk: BotDesk, carries_out: bool) -> None:
    reply = await desk.sent("Hello")
    going_wrong(desk, (502, {"ok": False}), times=1, carries_out=carries_out)
    await desk.edit(reply["id"], "Other")
    doubted = await desk.changed(reply["id"], "unknown")
    assert (doubted["text"], (await desk.row())["text"]) == ("Hello", "Hello")
    assert (await desk.changed(reply["id"], "done"))["text"] == "Other"
    assert list(desk.bot.seen.values()) == ["Other"]
    assert len(desk.bot.made("editMessageText")) == 2


async def test_a_deletion_in_doubt_that_was_made_is_done_when_it_is_made_again(desk: BotDesk) -> None:
    reply = await desk.sent()
    going_wrong(desk, (502, {"ok": False}), times=1, carries_out=True)
    await desk.delete(reply["id"])
    await desk.changed(reply["id"], "done")
    assert len(desk.bot.made("deleteMessage")) == 2
    assert (await desk.row())["deleted_at"] is not None


async def test_one_change_at_a_time(desk: BotDesk) -> None:
    reply = await desk.sent()
    slow = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 2}}
    going_wrong(desk, (429, slow), times=1)
    assert (await desk.edit(reply["id"], "one")).status_code == 202
    other = await desk.edit(reply["id"], "two")
    assert (other.status_code, other.json()["code"]) == (409, "reply_settled")
    assert (await desk.changed(reply["id"], "done"))["text"] == "one"


async def test_what_is_not_sent_is_cancelled_and_not_changed(desk: BotDesk) -> None:
    sent = await desk.sent()
    path = f"/v1/conversations/{sent['conversation_id']}/replies"
    queued = (await desk.service.post(path, {"text": "Later", "delay_seconds": 30})).json()["reply"]["id"]
    for refused in (await desk.edit(queued, "x"), await desk.delete(queued)):
        assert (refused.status_code, refused.json()["detail"]) == (409, "It is not sent yet: cancel it and post another.")


async def test_a_text_that_the_platform_would_not_take_is_refused_before_anything(desk: BotDesk) -> None:
    reply = await desk.sent()
    refused = await desk.edit(reply["id"], "x" * 4097)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsendable_reply")
    assert desk.bot.made("editMessageText") == []
    assert (await desk.service.get(f"/v1/replies/{reply['id']}")).json()["change"] is None


async def test_a_platform_without_edits_says_so(service: Service) -> None:
    async with Desk.opened(service) as shop:
        reply = await shop.reply()
        await shop.state(reply, "sent")
        for method, body in (("PATCH", {"text": "x"}), ("DELETE", None)):
            refused = await service.http.request(method, f"/v1/replies/{reply}", json=body, headers=service.headers())
            assert (refused.status_code, refused.json()["code"]) == (422, "not_supported")


async def test_the_reply_of_others_does_not_exist(desk: BotDesk) -> None:
    reply = await desk.sent()
    for identifier, workspace in ((reply["id"], uuid4()), (uuid4(), desk.service.workspace)):
        for method, body in (("PATCH", {"text": "x"}), ("DELETE", None)):
            headers = desk.service.headers(workspace)
            refused = await desk.service.http.request(method, f"/v1/replies/{identifier}", json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (404, "reply_not_found")


async def test_a_conversations_own_rate_is_kept(desk: BotDesk) -> None:
    first = await desk.sent("one")
    path = f"/v1/conversations/{first['conversation_id']}/replies"
    posted = [(await desk.service.post(path, {"text": text})).json()["reply"]["id"] for text in ("two", "three")]
    moments = [(await desk.once(reply, lambda found: found["state"] == "sent"))["sent_at"] for reply in posted]
    assert list(desk.bot.seen.values()) == ["one", "two", "three"]
    assert moments == sorted(moments)


async def test_edits_and_deletions_take_from_the_same_bucket_as_replies(settings: EngagementSettings) -> None:
    clock = FixedClock(datetime.now(UTC))
    async with running(settings, clock=clock) as service, BotDesk.opened(service, people=2) as desk:
        first, second = [thread["id"] for thread in await conversations(service)]
        reply = await desk.sent("one", thread=first)
        assert (await desk.edit(reply["id"], "two")).status_code == 202
        # What was asked for later leaves elsewhere: the senders have been round, and the thread's token is spent.
        await desk.sent("elsewhere", thread=second)
        waiting = (await service.get(f"/v1/replies/{reply['id']}")).json()
        assert (waiting["change"]["state"], desk.bot.made("editMessageText")) == ("queued", [])
        clock.advance(timedelta(seconds=1))
        await desk.changed(reply["id"], "done")
        assert (await desk.delete(reply["id"])).status_code == 202
        await desk.sent("elsewhere again", thread=second)
        assert desk.bot.made("deleteMessage") == []
        clock.advance(timedelta(seconds=1))
        await desk.changed(reply["id"], "done")
        assert len(desk.bot.made("deleteMessage")) == 1


async def test_edits_at_once_keep_the_channels_rate(settings: EngagementSettings) -> None:
    clock = FixedClock(datetime.now(UTC))
    pace = pace_of(next(limit for limit in DECLARATION.rate_limits if limit.per == "channel"))
    people = 2 * pace.burst
    async with running(settings, clock=clock) as service, BotDesk.opened(service, people=people) as desk:
        replies = []
        for thread in await conversations(service):
            replies.append(await desk.sent(thread=thread["id"]))
            clock.advance(timedelta(seconds=1))
        for reply in replies:
            assert (await desk.edit(reply["id"], "Other")).status_code == 202

        async def made(number: int) -> bool:
            return len(desk.bot.made("editMessageText")) >= number

        for number in range(pace.burst, people + 1):
            await until(lambda number=number: made(number), within_seconds=25)
            assert len(desk.bot.made("editMessageText")) == number
            clock.advance(timedelta(seconds=pace.interval_seconds))
