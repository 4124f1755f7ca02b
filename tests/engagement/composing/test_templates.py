"""Approved templates: what may be said after the reply window in a conversation that there is. WhatsApp's Cloud API is a server here."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from services.kit.hosting import Receive, Scope, Send
from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import served

APP_SECRET, NUMBER = "secret-of-our-app", "100200300400500"
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        assert scope["path"] == f"/v23.0/{NUMBER}/messages"
        self.given.append(orjson.loads((await receive())["body"]))
        refusal = self.refusals.pop(0) if self.refusals else None
        body = {"error": refusal} if refusal else {"messages": [{"id": f"wamid.OURS{len(self.given)}"}]}
        await send({"type": "http.response.start", "status": 400 if refusal else 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": orjson.dumps(body)})


@dataclass
class Number:
    """A WhatsApp channel, to which Ines wrote two days ago."""

    service: Service
    api: CloudApi
    thread: str

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
        config = {"account": NUMBER, "api_base": url}
        credentials = {"token": "t", "verify_token": "v", "signing_secret": APP_SECRET}
        made: Any = await service.connect("whatsapp", credentials=credentials, config=config)
        told = datetime.now(UTC) - timedelta(days=2)
        message = {
            "id": "wamid.1",
            "from": "34600100200",
            "timestamp": str(int(told.timestamp())),
            "type": "text",
            "text": {"body": "Hello?"},
        }
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}, "messages": [message]}
        entry = {"id": "900800700600500", "changes": [{"field": "messages", "value": value}]}
        body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
        signature = "sha256=" + hmac.digest(APP_SECRET.encode(), body, hashlib.sha256).hex()
        delivered = await service.http.post(made["channel"]["webhook_path"], content=body, headers={"x-hub-signature-256": signature})
        assert delivered.status_code == 200, delivered.text
        await journal_settled(service, count=1)
        (thread,) = await conversations(service)
        yield Number(service, api, thread["id"])


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
