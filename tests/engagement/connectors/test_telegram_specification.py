"""Telegram beside the vendor's method table and real payloads, where these lie next to the project; skipped elsewhere."""

import contextlib
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.connectors.telegram.payloads import Message
from services.engagement.connectors.telegram.service_messages import BASE_FIELDS, SERVICE_FIELDS
from services.engagement.connectors.telegram.updates import IGNORED, READERS
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    Checks,
    Deletes,
    Edits,
    Likes,
    MakesSecrets,
    NetAnswer,
    OutboundReply,
    SendError,
    Subscribes,
)
from tests.engagement.connectors.case_files import ScriptedFiles, ScriptedNet, cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "telegram"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor's specification and samples are not here")
CHANNEL = ChannelAccess(platform="telegram", credentials={"token": "7:t"})


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SHARED / "spec" / "telegram-bot-api.min.json").read_text(encoding="utf-8"))
    return loaded


def assert_call_fits(request: dict[str, Any], *, specification: dict[str, Any]) -> None:
    """The method exists, every parameter is one of its fields with a fitting type, every required one is there."""
    method = specification["methods"][request["url"].rsplit("/", 1)[1]]
    fields = {field["name"]: field for field in method.get("fields", [])}
    assert request["json"].keys() <= fields.keys()
    assert {name for name, field in fields.items() if field["required"]} <= request["json"].keys()
    fitting = {int: "Integer", str: "String", bool: "Boolean", list: "Array of ", dict: ""}
    for name, value in request["json"].items():
        assert any(fitting[type(value)] in kind for kind in fields[name]["types"]), name


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("sendMessage", {"chat_id": 1}),
        ("sendMessage", {"chat_id": 1, "text": 7}),
        ("sendMessage", {"chat_id": 1, "text": "Hello", "colour": "red"}),
        ("sendThanks", {"chat_id": 1}),
    ],
)
def test_what_the_table_forbids_is_found(method: str, body: dict[str, Any], specification: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        assert_call_fits({"url": f"https://api.telegram.org/bot7:t/{method}", "json": body}, specification=specification)


@pytest.mark.parametrize("case", [case for case in cases() if case.platform == "telegram" and case.sends], ids=lambda case: case.name)
async def test_replies_fit_the_method_table(case: Any, specification: dict[str, Any]) -> None:
    net = case.net()
    with contextlib.suppress(SendError):
        await connectors()["telegram"].send(case.reply(), channel=case.channel(), net=net)
    for request in net.requests:
        assert_call_fits(request, specification=specification)


async def test_other_calls_fit_the_method_table(specification: dict[str, Any]) -> None:
    told = NetAnswer(status=200, headers={}, body=b'{"ok":true,"result":{"id":7,"first_name":"Bot","username":"b"}}')
    connector, net = connectors()["telegram"], ScriptedNet([told])
    assert isinstance(connector, Checks)
    assert isinstance(connector, Subscribes)
    assert isinstance(connector, Edits)
    assert isinstance(connector, Deletes)
    assert isinstance(connector, Likes)
    assert (await connector.check(channel=CHANNEL, net=net)).account == "7"
    await connector.subscribe(channel=CHANNEL, webhook_url="https://rapport.example/webhooks/x", secret="s", net=net)
    await connector.unsubscribe(channel=CHANNEL, net=net)
    await connector.edit("501:10", text="Better", channel=CHANNEL, net=net)
    for key in ("501:10", "business:conn:501:10"):
        await connector.delete(key, channel=CHANNEL, net=net)
    await connector.like("-100:10", author=None, liked=True, channel=CHANNEL, net=net)
    assert len(net.requests) == 7
    for request in net.requests:
        assert_call_fits(request, specification=specification)


async def test_we_subscribe_to_every_kind_of_update_with_a_secret_that_it_takes(specification: dict[str, Any]) -> None:
    connector, net = connectors()["telegram"], ScriptedNet([NetAnswer(status=200, headers={}, body=b'{"ok":true,"result":true}')])
    assert isinstance(connector, Subscribes)
    assert isinstance(connector, MakesSecrets)
    secret = connector.make_secret()
    await connector.subscribe(channel=CHANNEL, webhook_url="https://rapport.example/webhooks/x", secret=secret, net=net)
    (request,) = net.requests
    kinds = {field["name"] for field in specification["types"]["Update"]["fields"]} - {"update_id"}
    assert set(request["json"]["allowed_updates"]) == kinds
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret)
    assert request["json"]["secret_token"] == secret


async def test_forms_with_files_fit_the_method_table(specification: dict[str, Any]) -> None:
    connector, media = connectors()["telegram"], UUID(int=1)
    types = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg", "file": "application/pdf"}
    for kind, type_ in {**types, "sticker": "image/webp"}.items():
        net = ScriptedNet([NetAnswer(status=200, headers={}, body=b'{"ok":true,"result":{"message_id":1,"chat":{"id":501}}}')])
        file = Attachment(kind=kind, name="f", content_type=type_, size_bytes=1, media_id=media)
        person, at = Author(network="telegram", external_id="501"), datetime(2026, 5, 4, tzinfo=UTC)
        answered = Answered(external_id="501:9", kind=Kind.DIRECT, occurred_at=at, author=person)
        text = "" if kind == "sticker" else "Here"
        reply = OutboundReply(
            id="r", kind=Kind.DIRECT, attempted_at=at, text=text, attachments=(file,), recipient=person, answering=answered
        )
        await connector.send(reply, channel=replace(CHANNEL, files=ScriptedFiles({str(media): b"x"})), net=net)
        (request,) = net.requests
        method = specification["methods"][request["url"].rsplit("/", 1)[1]]
        names = set(re.findall(rb'form-data; name="([^"]+)"', request["data"]))
        assert names <= {field["name"].encode() for field in method["fields"]}
        assert {field["name"].encode() for field in method["fields"] if field["required"]} <= names


def test_every_update_kind_of_the_specification_is_known(specification: dict[str, Any]) -> None:
    kinds = {field["name"] for field in specification["types"]["Update"]["fields"]} - {"update_id"}
    assert not kinds - READERS.keys() - IGNORED.keys()


def test_every_field_of_a_message_is_known(specification: dict[str, Any]) -> None:
    known = BASE_FIELDS | SERVICE_FIELDS | set(Message.__struct_encode_fields__)
    fields = {field["name"] for field in specification["types"]["Message"]["fields"]}
    flags = {"show_caption_above_media", "suggested_post_info", "reply_to_checklist_task_id", "reply_to_poll_option_id"}
    assert not fields - known - flags


def test_every_sample_is_understood() -> None:
    outcomes = Counter[str]()
    for path in sorted([*(SHARED / "samples").glob("*.json"), *(SHARED / "errors").glob("*.json")]):
        for line in parse_file("telegram", path=path, received_at=datetime.now(UTC)):
            outcomes[str(line["kind"]) if line["kind"] in {"ignored", "unknown", "handshake"} else "event"] += 1
    assert outcomes["unknown"] == 0
    assert outcomes["event"] + outcomes["ignored"] >= 76
