"""Telegram's files and buttons: albums of uploaded files, the token that stays in the house, presses that are answered."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from uuid import UUID

import pytest

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.protocol import Acknowledges, ChannelAccess, NetAnswer, OpensMedia, OutboundReply, Request, UnsendableError
from tests.engagement.connectors.case_files import ScriptedFiles, ScriptedNet

AT = datetime(2026, 5, 4, tzinfo=UTC)
TOKEN = "7:not-a-real-token"
CHANNEL = ChannelAccess(platform="telegram", credentials={"token": TOKEN})
SENT = NetAnswer(
    status=200, headers={}, body=b'{"ok":true,"result":[{"message_id":1,"chat":{"id":501}},{"message_id":2,"chat":{"id":501}}]}'
)


def reply(*attachments: Attachment) -> OutboundReply:
    person = Author(network="telegram", external_id="501")
    return OutboundReply(id="r", kind=Kind.DIRECT, attempted_at=AT, text="Look", attachments=attachments, recipient=person)


def ours(number: int, *, kind: str, content_type: str, size_bytes: int = 1) -> Attachment:
    return Attachment(kind=kind, name=f"{number}.bin", content_type=content_type, size_bytes=size_bytes, media_id=UUID(int=number))


async def test_an_album_brings_files_of_ours_along_and_names_the_others() -> None:
    net = ScriptedNet([SENT])
    files = ScriptedFiles({str(UUID(int=1)): b"picture", str(UUID(int=2)): b"film"})
    attachments = (
        ours(1, kind="image", content_type="image/png"),
        Attachment(kind="image", reference="AgAC-1"),
        ours(2, kind="video", content_type="video/mp4"),
    )
    sent = await connectors()["telegram"].send(reply(*attachments), channel=replace(CHANNEL, files=files), net=net)
    assert sent.external_id == "501:1"
    (request,) = net.requests
    assert request["url"].endswith("/sendMediaGroup")
    body = b"Content-Type: " + request["headers"]["content-type"].encode() + b"\r\n\r\n" + request["data"]
    parts: dict[str, Any] = {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in BytesParser(policy=HTTP).parsebytes(body).iter_parts()
    }
    assert json.loads(parts.pop("media")) == [
        {"type": "photo", "media": "attach://file0", "caption": "Look"},
        {"type": "photo", "media": "AgAC-1"},
        {"type": "video", "media": "attach://file2"},
    ]
    assert parts == {"chat_id": b"501", "file0": b"picture", "file2": b"film"}


async def test_an_album_is_within_what_telegram_takes_at_once() -> None:
    large = [ours(number, kind="video", content_type="video/mp4", size_bytes=20_000_000) for number in range(1, 4)]
    many = [Attachment(kind="image", url="https://shop.example/lamp.jpg")] * 11
    for attachments in (large, many):
        net = ScriptedNet([SENT])
        with pytest.raises(UnsendableError):
            await connectors()["telegram"].send(reply(*attachments), channel=CHANNEL, net=net)
        assert not net.requests


async def test_the_token_is_in_no_text_of_an_opened_file() -> None:
    connector = connectors()["telegram"]
    assert isinstance(connector, OpensMedia)
    found = NetAnswer(status=200, headers={}, body=b'{"ok":true,"result":{"file_path":"photos/1.jpg"}}')
    address = await connector.open_media("https://api.telegram.org/file/AgAC-1", channel=CHANNEL, net=ScriptedNet([found]))
    assert TOKEN in address.url
    assert TOKEN not in repr(address)
    assert address.headers == {}


@pytest.mark.parametrize(
    ("update", "told"),
    [
        (
            {"update_id": 1, "callback_query": {"id": "4382", "from": {"id": 5}}},
            {"method": "answerCallbackQuery", "callback_query_id": "4382"},
        ),
        ({"update_id": 1, "callback_query": {"id": 7}}, None),
        ({"update_id": 1, "callback_query": []}, None),
        ({"update_id": 1, "message": {"text": '"callback_query"'}}, None),
        ([{"callback_query": {"id": "1"}}], None),
    ],
)
def test_a_press_of_a_button_is_answered_with_its_delivery(update: Any, told: dict[str, str] | None) -> None:
    connector = connectors()["telegram"]
    assert isinstance(connector, Acknowledges)
    answer = connector.acknowledge(Request(body=json.dumps(update).encode()))
    said = None if answer is None else (answer.status, answer.content_type, json.loads(answer.body))
    assert said == (None if told is None else (200, "application/json", told))
