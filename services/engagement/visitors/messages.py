"""What visitors write and fetch: messages into journal and mailbox at once, the mailbox since a position, receipts into the journal.

Called by the visitors' door; runs in its transaction, so that journal and mailbox never differ. What a message means is parsed later,
as everybody's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from services.engagement.errors import MediaRefusedError, MessageIdReusedError, VisitorRefusedError
from services.engagement.statements import journal, media
from services.engagement.statements import visitors as statements
from services.engagement.statements.journal import JournalItem
from services.engagement.visitors.allowances import Rate, seconds_between
from services.engagement.visitors.tokens import Pass, Place
from services.kit.db import Connection
from services.kit.ids import new_id

VISITOR_RATE = Rate(burst=12, per_second=0.5)
FILE_RATE = Rate(burst=10, per_second=1 / 30)
PAGE = 100
LOOK_BACK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a visitor wrote: the widget's id of it, the text, the page it was written on, and the files handed in for it."""

    id: str
    text: str
    page: Mapping[str, str]
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Entries that came or changed after a position; `cursor` is where to go on.

    `newest` and `recorded` are positions of the visitor's own messages: the last one, and the last that stands in the members' inbox.
    """

    entries: Sequence[asyncpg.Record]
    cursor: int
    more: bool
    newest: int
    recorded: int


async def post_message(connection: Connection, place: Place, presented: Pass, message: Message, *, now: datetime) -> asyncpg.Record:
    """The entry of a message, written once whoever sends it how often.

    Raises VisitorRefusedError, RateLimitedError, MessageIdReusedError, MediaRefusedError; then nothing is written.
    """
    visitor = await _locked(connection, place, presented, now=now)
    known = await statements.entry_of(connection, place.workspace, presented.visitor, message.id)
    if known is not None:
        return _the_same(known, message)
    left = VISITOR_RATE.take(visitor["allowance"], seconds=seconds_between(visitor["allowance_at"], now))
    attachments = await _attachments(connection, place, message.files)
    values = (message.id, True, message.text, attachments or None, now)
    entry = await statements.append_entry(connection, place.workspace, presented.visitor, values)
    await statements.keep_allowance(connection, place.workspace, presented.visitor, left=left, now=now)
    written = {"kind": "message", "text": message.text, "page": message.page, "attachments": attachments}
    await _admit(connection, place, [_entry(f"{presented.visitor}/{message.id}", visitor, written, now=now)], now=now)
    if entry is None:
        raise MessageIdReusedError
    return entry


async def count_file(connection: Connection, place: Place, presented: Pass, *, now: datetime) -> None:
    """Take one file from what the visitor may hand in, whichever process is asked. Raises VisitorRefusedError, RateLimitedError."""
    visitor = await _locked(connection, place, presented, now=now)
    left = FILE_RATE.take(visitor["file_allowance"], seconds=seconds_between(visitor["file_allowance_at"], now))
    await statements.keep_file_allowance(connection, place.workspace, presented.visitor, left=left, now=now)


async def _locked(connection: Connection, place: Place, presented: Pass, *, now: datetime) -> asyncpg.Record:
    """The visitor, held until the transaction ends; with a row from the first time that they do something."""
    if not presented.signed_in:
        await statements.admit_visitor(connection, place.workspace, place.channel, presented.visitor, allowance=VISITOR_RATE.burst, now=now)
    visitor = await statements.locked_visitor(connection, place.workspace, place.channel, presented.visitor)
    if visitor is None:
        raise VisitorRefusedError
    presented.refuse_stale(visitor)
    return visitor


async def refuse_stale(connection: Connection, place: Place, presented: Pass) -> None:
    """Raise VisitorRefusedError where a token no longer counts."""
    presented.refuse_stale(await statements.visitor_of(connection, place.workspace, place.channel, presented.visitor))


async def mail_after(connection: Connection, place: Place, presented: Pass, *, after: int) -> Mail:
    """A page of the mailbox. Raises VisitorRefusedError."""
    await refuse_stale(connection, place, presented)
    rows = await statements.entries_after(connection, place.workspace, presented.visitor, after=after, limit=PAGE + 1)
    own = await statements.own_positions(connection, place.workspace, place.channel, presented.visitor, look_back=LOOK_BACK)
    entries = rows[:PAGE]
    return Mail(
        entries=entries,
        cursor=entries[-1]["changed"] if entries else after,
        more=len(rows) > PAGE,
        newest=own["newest"] if own else 0,
        recorded=own["recorded"] if own else 0,
    )


async def acknowledge(
    connection: Connection, place: Place, presented: Pass, *, ids: Sequence[str], state: Literal["delivered", "read"], now: datetime
) -> int:
    """Take the widget's word that our entries arrived, or were seen; gives how many of them were news. Others' ids say nothing."""
    visitor = await statements.visitor_of(connection, place.workspace, place.channel, presented.visitor)
    presented.refuse_stale(visitor)
    if visitor is None:
        return 0
    mark = statements.mark_read if state == "read" else statements.mark_delivered
    fresh = await mark(connection, place.workspace, presented.visitor, ids=ids, now=now)
    entries = [
        _entry(f"{reply}/{state}", visitor, {"kind": "receipt", "receipt": {"message": reply, "state": state}}, now=now)
        for reply in sorted(fresh)
    ]
    await _admit(connection, place, entries, now=now)
    return len(entries)


def _the_same(known: asyncpg.Record, message: Message) -> asyncpg.Record:
    files = tuple(str(each["media_id"]) for each in known["attachments"] or ())
    if not known["inbound"] or known["text"] != message.text or files != tuple(map(str, message.files)):
        raise MessageIdReusedError("This id belongs to another message; make a new one for each.")
    return known


async def _attachments(connection: Connection, place: Place, files: Sequence[UUID]) -> list[dict[str, object]]:
    """What journal and mailbox say of files; from now on these stay. Raises MediaRefusedError where one is not here."""
    rows = {row["id"]: row for row in await media.take_uploads(connection, place.workspace, files)} if files else {}
    if len(rows) < len(files):
        raise MediaRefusedError("A file is not here yet, or no longer: choose it again.")
    kinds = {"image": "image", "video": "video", "audio": "audio"}
    return [
        {
            "kind": kinds.get(row["type"].partition("/")[0], "file"),
            "name": row["name"] or None,
            "content_type": row["type"],
            "size_bytes": row["size_bytes"],
            "media_id": str(row["id"]),
        }
        for row in (rows[file] for file in files)
    ]


def _entry(number: str, visitor: asyncpg.Record, parts: Mapping[str, object], *, now: datetime) -> dict[str, object]:
    """One entry in the form that connectors/webchat/payloads.py reads."""
    names = ("subject", "name", "email", "email_verified", "phone", "phone_verified", "language")
    known = {name: visitor[name] for name in names if visitor[name]}
    return {"id": number, "at": now, "visitor": {"id": str(visitor["id"]), **known}, **parts}


async def _admit(connection: Connection, place: Place, entries: Sequence[Mapping[str, object]], *, now: datetime) -> None:
    items = [
        JournalItem(
            workspace_id=place.workspace,
            channel_id=place.channel,
            key=hashlib.sha256(str(entry["id"]).encode()).digest(),
            id=new_id(),
            headers="application/json",
            body=msgspec.json.encode(entry),
        )
        for entry in entries
    ]
    if items:
        await journal.admit_items(connection, sorted(items, key=lambda item: item.key), received_at=now)
