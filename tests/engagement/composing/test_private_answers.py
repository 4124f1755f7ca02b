"""A public comment is answered in private, where the platform has that: once, in a thread that is linked, also when nobody has written."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from services.kit.hosting import Receive, Scope, Send
from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import served

SECRET = "lumen-app-secret-2"
PAGE = "104555000000001"
INES = {"id": "24680135", "name": "Ines Ferrer"}


@dataclass
class Meta:
    """The Graph API: takes messages, does what it is told to things on walls, and knows nothing else."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, str, bytes]] = field(default_factory=list)
    away: bool = False
    held: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; the answer to the first thing that it does waits for `held`."""
        status, said = 400, {"error": {"message": "unknown", "code": 100}}
        if scope["method"] == "POST" and scope["path"].endswith("/messages"):
            self.taken.append(orjson.loads((await receive())["body"]))
            status, said = 200, {"recipient_id": INES["id"], "message_id": f"m_{len(self.taken)}"}
        elif scope["method"] in {"POST", "DELETE"}:
            self.done.append((scope["method"], scope["path"].rpartition("/v23.0/")[2], (await receive())["body"]))
            if self.held is not None and len(self.done) == 1:
                await self.held.wait()
            status, said = (503, {"error": {"message": "away", "code": 2}}) if self.away else (200, {"success": True})
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": orjson.dumps(said)})


@dataclass
class Page:
    """A Page with one channel."""

    service: Service
    meta: Meta
    channel: str
    path: str
    delivered: int = 0

    async def hear(self, value: dict[str, Any], *, name: str = "changes") -> None:
        """Something that Meta delivers."""
        entry = {"id": PAGE, "time": 1777888803, name: [value]}
        body = orjson.dumps({"object": "page", "entry": [entry]})
        signed = "sha256=" + hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
        answer = await self.service.http.post(self.path, content=body, headers={"x-hub-signature-256": signed})
        assert answer.status_code == 200, answer.text
        self.delivered += 1
        await journal_settled(self.service, count=self.delivered)

    async def comment(self, number: int = 77, *, days_ago: int = 0, by: dict[str, str] | None = INES) -> tuple[dict[str, Any], str]:
        """A comment under a post of the Page; its thread and its id."""
        at = datetime.now(UTC) - timedelta(days=days_ago)
        value: dict[str, Any] = {"item": "comment", "verb": "add", "comment_id": f"9100_{number}", "post_id": f"{PAGE}_9100"}
        value |= {"created_time": int(at.timestamp()), "message": "Where is my lamp?", **({"from": by} if by else {})}
        await self.hear({"field": "feed", "value": value})
        for thread in await conversations(self.service):
            for each in await messages(self.service, thread["id"]):
                if each["external_id"] == value["comment_id"]:
                    return thread, each["id"]
        raise AssertionError("it is nowhere")

    async def answer(self, comment: str, text: str = "Which order is it?") -> Any:
        """A member answers in private."""
        return await self.service.post("/v1/conversations", {"channel_id": self.channel, "about_id": comment, "text": text})

    async def sent(self, answer: Any) -> None:
        """The reply, once it is sent."""

        async def there() -> bool:
            found = (await self.service.get(f"/v1/replies/{answer.json()['reply']['id']}")).json()
            return bool(found["state"] == "sent")

        await until(there, within_seconds=30)


@pytest.fixture
async def page(service: Service) -> AsyncIterator[Page]:
    meta = Meta()
    async with served(meta) as url:
        made: Any = await service.connect(
            "facebook",
            credentials={"token": "EAAtestTokenNotReal", "signing_secret": SECRET},
            config={"account": PAGE, "api_base": url},
        )
        yield Page(service, meta, made["channel"]["id"], made["channel"]["webhook_path"])


async def test_e4_a_comment_is_answered_in_private_linked_and_settled(page: Page) -> None:
    public, comment = await page.comment()
    answer = await page.answer(comment)
    assert answer.status_code == 201, answer.text
    await page.sent(answer)
    (taken,) = page.meta.taken
    assert (taken["recipient"], taken["message"]["text"], taken["messaging_type"]) == (
        {"comment_id": "9100_77"},
        "Which order is it?",
        "RESPONSE",
    )
    private = answer.json()["conversation_id"]
    linked = (await page.service.get(f"/v1/conversations/{public['id']}")).json()["linked_ids"]
    (settled,) = await messages(page.service, public["id"])
    assert (linked, settled["ledger"], settled["ledger_reason"]) == ([private], "answered", "answered in private")

    again = await page.service.post(f"/v1/conversations/{private}/replies", {"text": "Hello?"})
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (422, "window_closed", ["the person writing"])

    said = {"sender": {"id": INES["id"]}, "recipient": {"id": PAGE}, "timestamp": 1777888804000, "message": {"mid": "m_x", "text": "8812"}}
    await page.hear(said, name="messaging")
    assert {each["text"] for each in await messages(page.service, private)} == {"Which order is it?", "8812"}
    assert len(await conversations(page.service)) == 2


async def test_a_private_answer_after_a_week_is_refused_with_what_is_allowed(page: Page) -> None:
    public, comment = await page.comment(days_ago=8)
    late = await page.answer(comment)
    assert (late.status_code, late.json()["code"], late.json()["allowed"]) == (422, "window_closed", ["an answer in public"])
    assert [each["id"] for each in await conversations(page.service)] == [public["id"]]
    assert page.meta.taken == []


async def test_where_the_time_for_messages_is_over_a_comment_is_answered_in_the_thread_that_there_is(page: Page) -> None:
    long_ago = int((datetime.now(UTC) - timedelta(days=3)).timestamp() * 1000)
    said = {"sender": {"id": INES["id"]}, "recipient": {"id": PAGE}, "timestamp": long_ago, "message": {"mid": "m_old", "text": "Hello"}}
    await page.hear(said, name="messaging")
    (private,) = await conversations(page.service)
    _, comment = await page.comment()
    answer = await page.answer(comment)
    assert (answer.status_code, answer.json()["conversation_id"]) == (201, private["id"])
    await page.sent(answer)
    assert [each["recipient"] for each in page.meta.taken] == [{"comment_id": "9100_77"}]


async def test_people_whom_the_platform_does_not_name_share_no_private_thread(page: Page) -> None:
    answers = [await page.answer((await page.comment(number, by=None))[1]) for number in (81, 82)]
    assert [each.status_code for each in answers] == [201, 201]
    assert len({each.json()["conversation_id"] for each in answers}) == 2


async def test_e19_a_comment_is_hidden_shown_again_and_liked_where_it_stands(page: Page) -> None:
    _, comment = await page.comment()
    path = f"/v1/interactions/{comment}/moderation"
    headers = {**page.service.headers(member=uuid4()), "idempotency-key": "one-click"}
    hidden, again = [await page.service.http.post(path, json={"act": "hide"}, headers=headers) for _ in range(2)]
    assert (hidden.status_code, again.content) == (200, hidden.content)
    assert (hidden.json()["hidden"], hidden.json()["liked"]) == (True, False)
    other = await page.service.http.post(path, json={"act": "show"}, headers=headers)
    assert other.status_code == 422, "the key was another request's, so nothing is done"
    liked = await page.service.post(path, {"act": "like"})
    shown = await page.service.post(path, {"act": "show"})
    assert [(each.json()["hidden"], each.json()["liked"]) for each in (liked, shown)] == [(True, True), (False, True)]
    assert page.meta.done == [
        ("POST", "9100_77", b'{"is_hidden":true}'),
        ("POST", "9100_77/likes", b""),
        ("POST", "9100_77", b'{"is_hidden":false}'),
    ]
    marks = await page.service.post("/internal/moderations/by-interaction-ids", {"ids": [comment, "0197a000-0000-7000-8000-00000000ffff"]})
    assert [each and (each["hidden"], each["liked"]) for each in marks.json()] == [(False, True), None]


async def test_of_two_acts_at_once_the_one_that_the_platform_took_last_is_remembered(page: Page) -> None:
    _, comment = await page.comment()
    path = f"/v1/interactions/{comment}/moderation"
    page.meta.held = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        hidden = group.create_task(page.service.post(path, {"act": "hide"}))
        await until_done(page.meta, 1)
        shown = group.create_task(page.service.post(path, {"act": "show"}))
        # Time enough to overtake, for one that would.
        await asyncio.wait({shown}, timeout=0.5)
        page.meta.held.set()
    assert (hidden.result().status_code, shown.result().status_code) == (200, 200)
    assert [body for _, _, body in page.meta.done] == [b'{"is_hidden":true}', b'{"is_hidden":false}']
    (mark,) = (await page.service.post("/internal/moderations/by-interaction-ids", {"ids": [comment]})).json()
    assert mark["hidden"] is False


async def test_an_act_does_not_wait_for_ever_for_another(page: Page) -> None:
    _, comment = await page.comment()
    path = f"/v1/interactions/{comment}/moderation"
    page.meta.held = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(page.service.post(path, {"act": "hide"}))
        await until_done(page.meta, 1)
        late = await page.service.post(path, {"act": "show"})
        page.meta.held.set()
    assert (late.status_code, late.json()["code"], len(page.meta.done)) == (409, "moderation_underway", 1)


async def until_done(meta: Meta, count: int) -> None:
    """Wait until the platform was asked for so many things."""

    async def asked() -> bool:
        return len(meta.done) >= count

    await until(asked, within_seconds=20)


async def test_what_the_platform_does_not_do_is_told_and_not_remembered(page: Page) -> None:
    _, comment = await page.comment()
    page.meta.away = True
    away = await page.service.post(f"/v1/interactions/{comment}/moderation", {"act": "hide"})
    assert (away.status_code, away.json()["code"]) == (422, "platform_away")
    said = {"sender": {"id": INES["id"]}, "recipient": {"id": PAGE}, "timestamp": 1777888804000, "message": {"mid": "m_x", "text": "8812"}}
    await page.hear(said, name="messaging")
    private = next(each for each in await conversations(page.service) if not each["public"])
    (message,) = await messages(page.service, private["id"])
    refused = await page.service.post(f"/v1/interactions/{message['id']}/moderation", {"act": "hide"})
    assert (refused.status_code, refused.json()["code"]) == (422, "platform_refused")
    nowhere = await page.service.post("/v1/interactions/0197a000-0000-7000-8000-00000000ffff/moderation", {"act": "hide"})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "interaction_not_found")
    odd = await page.service.post(f"/v1/interactions/{comment}/moderation", {"act": "burn"})
    assert odd.status_code == 422
    marks = await page.service.post("/internal/moderations/by-interaction-ids", {"ids": [comment, message["id"]]})
    assert marks.json() == [None, None]
