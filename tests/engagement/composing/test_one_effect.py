"""The same POST twice with one Idempotency-Key: one effect, one answer; for every POST that this service describes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.engagement.main import describe
from tests.engagement.composing.desk import Desk
from tests.engagement.waiting import messages

# Shown where what they need is at hand: `test_private_answers.py`, `media/test_media.py`, `test_translating.py`, `test_authorizing.py`,
# `routing/test_service.py` (the route is the kit's).
SHOWN_ELSEWHERE = {
    "/v1/authorizations",
    "/v1/authorizations/{authorization_id}/accounts",
    "/v1/authorizations/{authorization_id}/confirmation",
    "/v1/interactions/{interaction_id}/moderation",
    "/v1/media",
    "/v1/translations",
    "/v1/interactions/{interaction_id}/translation",
    "/v1/engagement/dead-letters/{letter_id}/redrive",
}
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@dataclass
class Clicks:
    """Sends each request twice, and remembers of which route it was."""

    desk: Desk
    shown: set[str] = field(default_factory=set)

    async def twice(self, template: str, body: object = None, *, member: UUID | None = None, **ids: object) -> Any:
        """The one answer to both."""
        path, key = template.format(**ids), str(uuid4())
        first, second = [await self.desk.ask("POST", path, body, member=member, key=key) for _ in range(2)]
        assert first.is_success, (path, first.text)
        assert (second.status_code, second.content) == (first.status_code, first.content), path
        assert ("idempotency-replayed" in first.headers, second.headers.get("idempotency-replayed")) == (False, "true"), path
        self.shown.add(template)
        return first.json() if first.content else None


async def test_every_post_twice_with_one_key_has_one_effect_and_one_answer(desk: Desk) -> None:
    clicks = Clicks(desk)

    await _settle_by_hand(clicks)
    await _write(clicks)
    await _decide_about_replies(clicks)
    await _tidy_up(clicks)
    await _operate(clicks)

    described = {path for path, item in describe().openapi()["paths"].items() if "post" in item}
    assert clicks.shown | SHOWN_ELSEWHERE == described


def test_every_post_names_the_key() -> None:
    posts = [item["post"] for item in describe().openapi()["paths"].values() if "post" in item]

    assert all({"$ref": "#/components/parameters/IdempotencyKey"} in post["parameters"] for post in posts)


async def _settle_by_hand(clicks: Clicks) -> None:
    thread = await clicks.desk.hear_comment("Does it come in black?")
    await clicks.desk.hear_comment("It does.", person="person-2")
    answer, asked = await messages(clicks.desk.service, thread["id"])
    await clicks.twice("/v1/interactions/{interaction_id}/decline", {"reason": "Idle."}, interaction_id=asked["id"])
    await clicks.twice("/v1/interactions/{interaction_id}/take-back-decline", interaction_id=asked["id"])
    await clicks.twice("/v1/interactions/{interaction_id}/accept-peer-answer", {"answer_id": answer["id"]}, interaction_id=asked["id"])
    await clicks.desk.hear_comment("And in red?")
    newest = (await messages(clicks.desk.service, thread["id"]))[0]
    await clicks.twice("/v1/interactions/{interaction_id}/answered-elsewhere", {"where": "by telephone"}, interaction_id=newest["id"])


async def _write(clicks: Clicks) -> None:
    thread = await clicks.desk.hear("Where is my lamp?")
    at = {"conversation_id": thread["id"]}
    await clicks.twice("/v1/conversations/{conversation_id}/notes", {"text": "A regular."}, **at)
    await clicks.twice("/v1/conversations/{conversation_id}/promises", {"text": "We call.", "due_at": LATER}, **at)
    await clicks.twice("/v1/canned-replies", {"shortcut": "hi", "language": "en", "text": "Hello"})
    await clicks.twice("/v1/conversations/{conversation_id}/canned-replies/render", {"shortcut": "hi"}, **at)
    begun = {"channel_id": clicks.desk.partner.channel_id, "recipient": {"network": "shop", "external_id": "new"}, "text": "Hello"}
    await clicks.twice("/v1/conversations", begun)
    await clicks.twice("/v1/labels", {"name": "vip", "colour": "#112233"})
    await clicks.twice("/v1/saved-filters", {"name": "open", "status": "open"})


async def _decide_about_replies(clicks: Clicks) -> None:
    desk = clicks.desk
    rule = f"/v1/channels/{desk.partner.channel_id}/approval-rule"
    assert (await desk.ask("PUT", rule, {"all": True})).is_success
    thread = await desk.hear_comment("And in blue?")
    at = {"conversation_id": thread["id"]}
    good = (await clicks.twice("/v1/conversations/{conversation_id}/replies", {"text": "Yes."}, **at))["reply"]["id"]
    bad = (await desk.reply(thread, "No.")).json()["reply"]["id"]
    await clicks.twice("/v1/replies/{reply_id}/reject", {"reason": "Rude."}, member=desk.max, reply_id=bad)
    await clicks.twice("/v1/replies/{reply_id}/approve", {}, member=desk.max, reply_id=good)
    assert (await desk.ask("PUT", rule, {})).is_success
    waiting = (await desk.reply(thread, "Wait.", delay_seconds=30)).json()["reply"]["id"]
    await clicks.twice("/v1/replies/{reply_id}/cancel", reply_id=waiting)
    assert (await desk.ask("POST", f"/v1/replies/{waiting}/retry", {})).status_code == 409
    assert (await desk.ask("GET", "/v1/replies?state=failed")).json()["items"] == []
    await desk.platforms.misbehave("inlet", kind="forbidden")
    refused = (await desk.reply(thread, "Refused.")).json()["reply"]["id"]
    await desk.state_of(refused, "failed")
    await clicks.twice("/v1/replies/{reply_id}/retry", {}, reply_id=refused)
    await desk.state_of(refused, "sent")
    await desk.platforms.misbehave("inlet", kind="server_error")
    lost = (await desk.reply(thread, "Lost.")).json()["reply"]["id"]
    await desk.state_of(lost, "unknown")
    await clicks.twice("/v1/replies/{reply_id}/settle", {"sent": True}, reply_id=lost)


async def _tidy_up(clicks: Clicks) -> None:
    one = await clicks.desk.hear("One", author={"network": "shop", "external_id": "one"})
    two = await clicks.desk.hear("Two", author={"network": "shop", "external_id": "two"})
    at = {"conversation_id": one["id"]}
    await clicks.twice("/v1/conversations/{conversation_id}/merge", {"into_id": two["id"], "version": one["version"]}, **at)
    await clicks.twice("/v1/conversations/{conversation_id}/split", **at)
    version = (await clicks.desk.service.get(f"/v1/conversations/{one['id']}")).json()["version"]
    await clicks.twice("/v1/conversations/{conversation_id}/spam", {"version": version}, **at)
    await clicks.twice("/v1/conversations/bulk", {"action": "close", "conversation_ids": [two["id"]]})


async def _operate(clicks: Clicks) -> None:
    channel = (await clicks.twice("/v1/channels", {"platform": "inlet", "name": "Shop"}))["channel"]["id"]
    connected = {"platform": "inlet", "name": "Asked", "config": {"events_url": "http://127.0.0.1:9/events"}}
    assert UUID(channel)
    asked = (await clicks.desk.ask("POST", "/v1/channels", connected)).json()["channel"]["id"]
    await clicks.twice("/v1/channels/{channel_id}/backfill", {"since": "2026-01-01T00:00:00Z"}, channel_id=asked)
    bot = {"platform": "telegram", "name": "Bot", "credentials": {"token": "1:abcdefghijklmnopqrstuvwxyz"}}
    told = (await clicks.desk.ask("POST", "/v1/channels", bot)).json()["channel"]["id"]
    await clicks.twice("/v1/channels/{channel_id}/subscription", channel_id=told)
    item = (await clicks.desk.service.get("/v1/journal")).json()["items"][0]["id"]
    await clicks.twice("/v1/journal/{item_id}/replay", item_id=item)
    await clicks.twice("/v1/journal/replay")
    await clicks.twice("/v1/engagement/dead-letters/redrive")
    await clicks.twice("/v1/projections/members/refill")
    await clicks.twice("/v1/projections/consent/refill")
    await clicks.twice("/v1/notifications/read", {"ids": []})
