"""Approved templates: what may be said after the reply window in a conversation that there is. WhatsApp's Cloud API is a server here."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from services.kit.hosting import Receive, Scope, Send
from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import served

APP_SECRET, NUMBER, BUSINESS = "secret-of-our-app", "100200300400500", "900800700600500"
TEMPLATE = {
    "name": "we_are_back",
    "language": "en_GB",
    "named": {"first_name": "Ines"},
    "header": "Lumen",
    "buttons": [{"index": 0, "value": "still-open"}],
}
WRITTEN = {
    "name": "we_are_back",
    "language": {"policy": "deterministic", "code": "en_GB"},
    "components": [
        {"type": "header", "parameters": [{"type": "text", "text": "Lumen"}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ines"}]},
        {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{"type": "payload", "payload": "still-open"}]},
    ],
}


@dataclass
class CloudApi:
    """Takes messages, or refuses the first ones with these errors, and keeps what it was given."""

    refusals: list[dict[str, Any]] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    approved: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["path"] == f"/v23.0/{BUSINESS}/message_templates":
            await _answer(send, 200, {"data": self.approved})
            return
        assert scope["path"] == f"/v23.0/{NUMBER}/messages"
        self.given.append(orjson.loads((await receive())["body"]))
        refusal = self.refusals.pop(0) if self.refusals else None
        body = {"error": refusal} if refusal else {"messages": [{"id": f"wamid.OURS{len(self.given)}"}]}
        await _answer(send, 400 if refusal else 200, body)


async def _answer(send: Send, status: int, body: object) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": orjson.dumps(body)})


@dataclass
class Number:
    """A WhatsApp channel, to which Ines wrote two days ago."""

    service: Service
    api: CloudApi
    channel: str
    path: str
    thread: str = ""
    heard: int = 0

    async def hear(self, at: datetime, **content: Any) -> None:
        """Something that Ines says, and that is in the history then."""
        self.heard += 1
        said = {"id": f"wamid.{self.heard}", "from": "34600100200", "timestamp": str(int(at.timestamp())), **content}
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, "messages": [said]}
        entry = {"id": BUSINESS, "changes": [{"field": "messages", "value": value}]}
        body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
        signature = "sha256=" + hmac.digest(APP_SECRET.encode(), body, hashlib.sha256).hex()
        delivered = await self.service.http.post(self.path, content=body, headers={"x-hub-signature-256": signature})
        assert delivered.status_code == 200, delivered.text
        await journal_settled(self.service, count=self.heard)

    async def reply(self, **body: Any) -> httpx.Response:
        """Post a reply in the conversation."""
        return await self.service.post(f"/v1/conversations/{self.thread}/replies", body)

    async def once(self, reply: str, state: str) -> dict[str, Any]:
        """The reply, once it is in this state."""

        async def there() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.service.get(f"/v1/replies/{reply}")).json()
            return found if found["state"] == state else None

        found: dict[str, Any] = await until(there, within_seconds=25)
        return found


@pytest.fixture
async def number(service: Service) -> AsyncIterator[Number]:
    api = CloudApi()
    async with served(api) as url:
        config = {"account": NUMBER, "business_account": BUSINESS, "api_base": url}
        credentials = {"token": "t", "verify_token": "v", "signing_secret": APP_SECRET}
        made: Any = await service.connect("whatsapp", credentials=credentials, config=config)
        found = Number(service, api, made["channel"]["id"], made["channel"]["webhook_path"])
        await found.hear(datetime.now(UTC) - timedelta(days=2), type="text", text={"body": "Hello?"})
        (thread,) = await conversations(service)
        found.thread = thread["id"]
        yield found


CHOICES = {"options": [{"title": "Monday", "id": "day-1"}, {"title": "Tuesday", "id": "day-2"}]}


async def test_e3_a_person_is_given_something_to_choose_from_and_what_was_chosen_is_told(number: Number) -> None:
    await number.hear(datetime.now(UTC), type="text", text={"body": "When could you come?"})
    refused = await number.reply(text="When?", choices={"options": [{"title": "x" * 25, "id": "a"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsendable_reply")
    assert "takes titles of 20 characters, not 25" in refused.json()["detail"]
    for odd in ({"options": []}, {"options": [{"title": "Both", "id": "a", "url": "https://lumen.example"}]}):
        assert (await number.reply(text="When?", choices=odd)).status_code == 422
    number.api.refusals.append({"message": "(#131009) Parameter value is not valid", "code": 131009})
    posted = await number.reply(text="When may we come?", choices=CHOICES)
    assert posted.status_code == 201, posted.text
    failed = await number.once(posted.json()["reply"]["id"], "failed")
    assert (await number.service.post(f"/v1/replies/{failed['id']}/retry", {})).status_code == 200
    sent = await number.once(failed["id"], "sent")
    shown = [{"type": "reply", "reply": {"id": f"day-{day}", "title": title}} for day, title in ((1, "Monday"), (2, "Tuesday"))]
    body = {"type": "button", "body": {"text": "When may we come?"}, "action": {"buttons": shown}}
    assert [(each["type"], each["interactive"]) for each in number.api.given] == [("interactive", body)] * 2
    assert [(each["title"], each["id"]) for each in sent["choices"]["options"]] == [("Monday", "day-1"), ("Tuesday", "day-2")]

    pressed = {"type": "button_reply", "button_reply": {"id": "day-2", "title": "Tuesday"}}
    await number.hear(datetime.now(UTC), type="interactive", interactive=pressed)
    said = {each["text"]: each for each in await messages(number.service, number.thread)}
    assert (said["Tuesday"]["choice"], said["Hello?"]["choice"]) == ("day-2", None)
    assert said["When may we come?"]["reply"]["choices"] == sent["choices"]


async def test_e4_after_the_window_a_template_answers(number: Number) -> None:
    late = await number.reply(text="Is your question still open?")
    assert (late.status_code, late.json()["code"]) == (422, "window_closed")
    assert late.json()["allowed"] == ["a template that WhatsApp has approved", "the person writing again"]
    posted = await number.reply(text="We are back, Ines.", template=TEMPLATE)
    assert posted.status_code == 201, posted.text
    await number.once(posted.json()["reply"]["id"], "sent")
    (given,) = number.api.given
    assert (given["to"], given["type"], given["template"]) == ("34600100200", "template", WRITTEN)
    assert "context" not in given
    said = await messages(number.service, number.thread)
    assert sorted(each["text"] for each in said) == ["Hello?", "We are back, Ines."]


async def test_a_template_that_failed_is_sent_again_as_a_template(number: Number) -> None:
    number.api.refusals.append({"message": "(#132015) Template is paused", "code": 132015})
    posted = await number.reply(template=TEMPLATE)
    failed = await number.once(posted.json()["reply"]["id"], "failed")
    assert failed["reason"] == "(#132015) Template is paused"
    again = await number.service.post(f"/v1/replies/{failed['id']}/retry", {})
    assert again.status_code == 200, again.text
    await number.once(failed["id"], "sent")
    assert [each["template"] for each in number.api.given] == [WRITTEN, WRITTEN]


@pytest.mark.parametrize(
    "odd",
    [
        {"parameters": ["Ines"]},
        {"name": ""},
        {"buttons": [{"index": 0, "value": "a"}, {"index": 0, "value": "b"}]},
        {"buttons": [{"index": 10, "value": "a"}]},
        {"buttons": [{"index": 0, "value": "a", "kind": "song"}]},
        {"named": {"first_name": "x" * 1001}},
        {"colour": "red"},
    ],
)
async def test_an_odd_template_is_refused(number: Number, odd: dict[str, Any]) -> None:
    refused = await number.reply(template={**TEMPLATE, **odd})
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
    assert len(await messages(number.service, number.thread)) == 1
    assert number.api.given == []


async def test_what_may_be_sent_is_listed_as_the_platform_says(number: Number) -> None:
    body = {"type": "BODY", "text": "Hello {{first_name}}: is it still open?"}
    number.api.approved.append(
        {"name": "we_are_back", "language": "en_GB", "category": "UTILITY", "parameter_format": "NAMED", "components": [body]}
    )
    path = f"/v1/channels/{number.channel}/templates"
    listed = await number.service.get(path)
    assert listed.status_code == 200, listed.text
    (template,) = listed.json()
    assert (template["name"], template["named"], template["places"]) == ("we_are_back", True, ["first_name"])
    stranger = await number.service.http.get(path, headers=number.service.headers(uuid4()))
    assert (stranger.status_code, stranger.json()["code"]) == (404, "channel_not_found")


async def test_a_platform_without_templates_lists_none(service: Service) -> None:
    made: Any = await service.connect("telegram", credentials={"token": "1:bot"})
    listed = await service.get(f"/v1/channels/{made['channel']['id']}/templates")
    assert (listed.status_code, listed.json()) == (200, [])


async def test_a_platform_that_does_not_say_is_told_apart_from_one_without(service: Service) -> None:
    credentials = {"token": "t", "verify_token": "v", "signing_secret": APP_SECRET}
    made: Any = await service.connect("whatsapp", credentials=credentials, config={"account": NUMBER})
    refused = await service.get(f"/v1/channels/{made['channel']['id']}/templates")
    assert (refused.status_code, refused.json()["code"]) == (422, "templates_unknown")
    assert "set `business_account` to its id" in refused.json()["detail"]
