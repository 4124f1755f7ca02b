"""A video that a Mastodon server works on for longer than an attempt lasts is handed over once, and waited for by the next attempt."""

from datetime import UTC, datetime

import pytest

from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Kind
from services.engagement.connectors.mastodon.uploading import Uploads
from services.engagement.protocol import ChannelAccess, NetAnswer, NotFoundError, NotSentError, OutboundReply
from tests.engagement.connectors.scripted import ScriptedNet

CHANNEL = ChannelAccess(
    platform="mastodon", account="1", config={"instance": "https://social.lumen.example"}, credentials={"access_token": "t"}
)
FILM = NetAnswer(status=200, headers={"content-type": "video/mp4"}, body=b"a film")
HANDED_OVER = NetAnswer(status=202, headers={}, body=b'{"id":"7","type":"video"}')
AT_WORK = NetAnswer(status=206, headers={}, body=b'{"id":"7","type":"video"}')
READY = NetAnswer(status=200, headers={}, body=b'{"id":"7","type":"video","url":"https://files.lumen.example/7.mp4"}')
GONE = NetAnswer(status=404, headers={}, body=b'{"error":"Record not found"}')


def reply(id_: str = "r-1") -> OutboundReply:
    film = Attachment(kind="video", url="https://shop.example/film.mp4")
    return OutboundReply(id=id_, kind=Kind.COMMENT, attempted_at=datetime(2026, 5, 4, tzinfo=UTC), attachments=(film,))


async def test_the_next_attempt_waits_for_the_same_file() -> None:
    uploads, net = Uploads(waits_seconds=(0, 0)), ScriptedNet([FILM, HANDED_OVER, AT_WORK, AT_WORK, AT_WORK, READY], strict=True)
    with pytest.raises(NotSentError, match="still works"):
        await uploads.all_of(reply(), channel=CHANNEL, net=net)
    assert await uploads.all_of(reply(), channel=CHANNEL, net=net) == ["7"]
    assert [each["method"] for each in net.requests] == ["GET", "POST", "GET", "GET", "GET", "GET"]


async def test_one_that_the_server_forgot_is_handed_over_again() -> None:
    uploads = Uploads(waits_seconds=(0,))
    net = ScriptedNet([FILM, HANDED_OVER, AT_WORK, GONE, FILM, HANDED_OVER, READY], strict=True)
    with pytest.raises(NotSentError):
        await uploads.all_of(reply(), channel=CHANNEL, net=net)
    with pytest.raises(NotFoundError):
        await uploads.all_of(reply(), channel=CHANNEL, net=net)
    assert await uploads.all_of(reply(), channel=CHANNEL, net=net) == ["7"]


async def test_another_reply_hands_over_its_own() -> None:
    uploads, net = Uploads(waits_seconds=(0,)), ScriptedNet([FILM, HANDED_OVER, AT_WORK, FILM, HANDED_OVER, READY], strict=True)
    with pytest.raises(NotSentError):
        await uploads.all_of(reply(), channel=CHANNEL, net=net)
    assert await uploads.all_of(reply("r-2"), channel=CHANNEL, net=net) == ["7"]
