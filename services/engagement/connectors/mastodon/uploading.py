"""Files on their way into a status. Called by sending; I/O only by the injected network and the channel's files.

Vendor's page: https://docs.joinmastodon.org/methods/media/#v2.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import msgspec

from services.contracts.interaction import Attachment
from services.engagement.connectors.mastodon.calls import call, failure, read_entity
from services.engagement.connectors.mastodon.payloads import Ident
from services.engagement.connectors.mastodon.statuses import ident
from services.engagement.protocol import (
    AnswerTooLargeError,
    ChannelAccess,
    InDoubtError,
    MediaKind,
    Net,
    NotSentError,
    OutboundReply,
    RejectedError,
    UnsendableError,
    form_of,
    preparing,
)

UPLOAD_LIMIT_BYTES = 103_809_024
_FETCH_SECONDS = 30.0
# A long video takes minutes: the reply is tried again later, and its upload is not waited for longer than this at a time.
WAITS_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)
_MOST_REMEMBERED = 1_000


class Uploaded(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/MediaAttachment/: without `url` while the server works on it."""

    id: Ident | None = None
    url: str | None = None


class Uploads:
    """What servers still work on: the next attempt waits for the same file, for one handed over anew would never be ready either.

    Kept by the connector, in the process's memory; whoever does not know it any more hands the file over again.
    """

    def __init__(self, *, waits_seconds: Sequence[float] = WAITS_SECONDS) -> None:
        self._waits_seconds = waits_seconds
        self._working: dict[tuple[str, int], str] = {}

    async def all_of(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> list[str]:
        """The ids of a reply's files, in order. Nothing is posted by it: what goes wrong here was certainly not sent."""
        if len(reply.attachments) > 1 and any(each.kind != MediaKind.IMAGE for each in reply.attachments):
            raise UnsendableError("a post takes up to four pictures, or one video or audio file")
        now = reply.attempted_at
        try:
            with preparing():
                return [
                    await self._ready(each, place=(reply.id, number), channel=channel, net=net, now=now)
                    for number, each in enumerate(reply.attachments)
                ]
        except InDoubtError as error:
            raise NotSentError(f"a file could not be handed over: {error.reason}") from error

    async def _ready(self, attachment: Attachment, *, place: tuple[str, int], channel: ChannelAccess, net: Net, now: datetime) -> str:
        key = self._working.get(place)
        if key is None:
            key, at_once = await _upload(attachment, channel=channel, net=net, now=now)
            if at_once:
                return key
            if len(self._working) >= _MOST_REMEMBERED:
                self._working.pop(next(iter(self._working)))
            self._working[place] = key
        try:
            await self._until_ready(key, channel=channel, net=net, now=now)
        except RejectedError:
            # It is gone, or nothing could be made of it.
            self._working.pop(place, None)
            raise
        self._working.pop(place, None)
        return key

    async def _until_ready(self, key: str, *, channel: ChannelAccess, net: Net, now: datetime) -> None:
        """206 means that the server still works on it."""
        for wait in self._waits_seconds:
            await asyncio.sleep(wait)
            answer = await call("GET", f"/api/v1/media/{quote(key, safe='')}", channel=channel, net=net, now=now)
            if answer.status == 200:
                return
        raise NotSentError("the server still works on the file")


async def _upload(attachment: Attachment, *, channel: ChannelAccess, net: Net, now: datetime) -> tuple[str, bool]:
    """The id that the server gave the file, and whether it can be posted at once."""
    content, type_ = await _content(attachment, channel=channel, net=net)
    body, kind = form_of({}, field="file", attachment=replace(attachment, content_type=type_), content=content)
    answer = await call("POST", "/api/v2/media", channel=channel, net=net, data=body, headers={"content-type": kind}, now=now)
    key = ident(read_entity(answer, into=Uploaded).id)
    if key is None:
        raise InDoubtError("the server named no file")
    return key, answer.status != 202


async def _content(attachment: Attachment, *, channel: ChannelAccess, net: Net) -> tuple[bytes, str]:
    """Our copy of the file, or what its address gives: Mastodon fetches nothing by itself."""
    if attachment.media_id is not None and channel.files is not None:
        content = await channel.files.read(attachment.media_id, max_bytes=UPLOAD_LIMIT_BYTES)
        return content, attachment.content_type or "application/octet-stream"
    if not attachment.url:
        raise UnsendableError("an attachment needs a file of ours or an address")
    try:
        answer = await net.request("GET", attachment.url, timeout_seconds=_FETCH_SECONDS, max_bytes=UPLOAD_LIMIT_BYTES)
    except AnswerTooLargeError as error:
        raise UnsendableError(f"an attachment has more than {UPLOAD_LIMIT_BYTES} bytes") from error
    if answer.status in {404, 410}:
        raise RejectedError("an attachment's address gives nothing any more")
    if answer.status != 200:
        raise failure(answer, now=None) if answer.status == 429 else NotSentError(f"an attachment's address answered {answer.status}")
    given = answer.headers.get("content-type", "").split(";")[0].strip()
    return answer.body, attachment.content_type or given or "application/octet-stream"
