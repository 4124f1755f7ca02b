"""Hears a mailbox: what came since the cursor, then what comes; also what came since a day. Called by the connector.

The cursor names, per folder, UIDVALIDITY and the last uid seen. A first visit begins with what comes next; where uids have lost their
meaning, the days before are read again as history: the keys of what is known already repeat.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.email.access import imap_server
from services.engagement.connectors.email.imap import Fetched, ImapConnection
from services.engagement.connectors.email.stored import StoredMail, item_of
from services.engagement.protocol import ChannelAccess, Heard, Net, NotJsonError, RejectedError, read_payload

# Servers end a connection that idles for 30 minutes; sent mail is looked at in between.
IDLE_SECONDS = 60.0
POLL_SECONDS = 20.0
_AT_ONCE = 10
_AGAIN_DAYS = timedelta(days=3)
_AGAIN_MAILS = 200


class _Place(msgspec.Struct):
    """How far one folder was read. `day` is the newest arrival's."""

    validity: int = 0
    uid: int = 0
    day: str = ""


class _Cursor(msgspec.Struct):
    """How far both folders were read."""

    inbox: _Place | None = None
    sent: _Place | None = None


@dataclass(slots=True)
class _Reader:
    """A mailbox with its folders, and how far they were read.

    `next_sent` is the uid that the folder of sent mail promised last; `found` says whether the last look told anything.
    """

    mailbox: ImapConnection
    inbox: str
    sent: str | None
    cursor: _Cursor
    next_sent: int = 0
    found: bool = False

    async def news(self, *, sent: bool) -> AsyncGenerator[Heard, None]:
        """What came into a folder since its place in the cursor."""
        name = self.sent if sent else self.inbox
        if name is None:
            return
        folder = await self.mailbox.select(name)
        self.next_sent = folder.next_uid if sent else self.next_sent
        self.found = False
        place, source = (self.cursor.sent if sent else self.cursor.inbox), Source.LIVE
        if place is None:
            place = _Place(validity=folder.validity, uid=folder.next_uid - 1)
            self._keep(place, sent=sent)
            self.found = True
            yield Heard(items=(), cursor=self.told)
            return
        if place.validity != folder.validity:
            uids, source = await self._again(place.day), Source.BACKFILL
            place = _Place(validity=folder.validity, uid=0, day=place.day)
        else:
            # No search where there is nothing: what is told with its results is not told again, and IDLE would wait for it in vain.
            uids = await self.mailbox.uids_after(place.uid) if folder.next_uid > place.uid + 1 else []
        for few in _cut(uids):
            self.found = True
            fetched = await self.mailbox.fetch(few)
            newest = max((each.arrived_at.date().isoformat() for each in fetched), default=place.day)
            self._keep(_Place(validity=folder.validity, uid=few[-1], day=max(newest, place.day)), sent=sent)
            yield Heard(items=tuple(item_of(_stored(each, sent=sent, source=source)) for each in fetched), cursor=self.told)
        if not uids and (source is Source.BACKFILL or folder.next_uid > place.uid + 1):
            self.found = True
            self._keep(_Place(validity=folder.validity, uid=folder.next_uid - 1, day=place.day), sent=sent)
            yield Heard(items=(), cursor=self.told)

    async def has_sent(self) -> bool:
        """Whether the folder of sent mail may have grown; cheaper than opening it."""
        return self.sent is not None and await self.mailbox.next_uid(self.sent) != self.next_sent

    @property
    def told(self) -> str:
        """The cursor as it is stored."""
        return msgspec.json.encode(self.cursor).decode()

    def _keep(self, place: _Place, *, sent: bool) -> None:
        if sent:
            self.cursor.sent = place
        else:
            self.cursor.inbox = place

    async def _again(self, day: str) -> list[int]:
        """The mails of the days before, or the last ones where no day is known."""
        try:
            since = date.fromisoformat(day) - _AGAIN_DAYS
        except ValueError:
            return (await self.mailbox.uids_after(0))[-_AGAIN_MAILS:]
        return await self.mailbox.uids_since(since)


async def hear(channel: ChannelAccess, *, cursor: str | None, net: Net) -> AsyncGenerator[Heard, None]:
    """Everything after the cursor, as it comes, until closed. Raises the tree of `SendError`."""
    mailbox = await ImapConnection.opened(imap_server(channel), net=net)
    try:
        reader = await _reader(mailbox, channel, cursor=_read(cursor))
        yield Heard(items=(), cursor=None)
        async for heard in reader.news(sent=True):
            yield heard
        while True:
            # Until there is nothing to tell: of what came meanwhile not every server speaks once IDLE begins.
            reader.found = True
            while reader.found:
                async for heard in reader.news(sent=False):
                    yield heard
            await mailbox.wait(seconds=IDLE_SECONDS, poll_seconds=POLL_SECONDS)
            if await reader.has_sent():
                async for heard in reader.news(sent=True):
                    yield heard
    finally:
        await mailbox.close()


async def hear_since(channel: ChannelAccess, *, since: datetime, net: Net) -> AsyncGenerator[Heard, None]:
    """What arrived on the day of `since` or later, received mail before sent, the oldest first."""
    mailbox = await ImapConnection.opened(imap_server(channel), net=net)
    try:
        reader = await _reader(mailbox, channel, cursor=_Cursor())
        for name, sent in ((reader.inbox, False), (reader.sent, True)):
            if name is None:
                continue
            await mailbox.select(name)
            # A day of the server's calendar may begin before ours.
            for few in _cut(await mailbox.uids_since(since.date() - timedelta(days=1))):
                fetched = [each for each in await mailbox.fetch(few) if each.arrived_at >= since]
                mails = [_stored(each, sent=sent, source=Source.BACKFILL) for each in fetched]
                if mails:
                    yield Heard(items=tuple(item_of(stored) for stored in mails))
    finally:
        await mailbox.close()


async def was_sent(channel: ChannelAccess, *, name: str, net: Net) -> bool | None:
    """Whether the folder of sent mail holds this Message-ID; None where there is no such folder."""
    mailbox = await ImapConnection.opened(imap_server(channel), net=net)
    try:
        folder = await sent_folder(mailbox, channel)
        if folder is None:
            return None
        await mailbox.select(folder)
        return await mailbox.has(name)
    finally:
        await mailbox.close()


async def sent_folder(mailbox: ImapConnection, channel: ChannelAccess) -> str | None:
    """Where sent mail is kept: as the channel says, else as the server does."""
    return channel.config.get("sent_folder") or await mailbox.sent_folder()


async def _reader(mailbox: ImapConnection, channel: ChannelAccess, *, cursor: _Cursor) -> _Reader:
    inbox = channel.config.get("folder") or "INBOX"
    sent = await sent_folder(mailbox, channel)
    if sent == inbox:
        raise RejectedError("`folder` and `sent_folder` are the same")
    return _Reader(mailbox, inbox, sent, cursor)


def _read(cursor: str | None) -> _Cursor:
    """A cursor that cannot be read is none."""
    try:
        return read_payload((cursor or "{}").encode(), into=_Cursor)
    except NotJsonError:
        return _Cursor()


def _stored(fetched: Fetched, *, sent: bool, source: Source) -> StoredMail:
    return StoredMail(raw=fetched.raw, sent=sent, source=source, arrived_at=fetched.arrived_at, size_bytes=fetched.size_bytes)


def _cut(uids: Sequence[int]) -> list[Sequence[int]]:
    return [uids[at : at + _AT_ONCE] for at in range(0, len(uids), _AT_ONCE)]
