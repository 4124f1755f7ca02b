"""What a connector gets for a reply: whom it speaks to, what it answers or begins, what goes beside it. Called by replies and the sender.

Pure: builds from rows of the history and of `reply`, and from what was stored with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import orjson

from services.contracts.ids import ReplyId
from services.contracts.interaction import Attachment, Author, Venue
from services.contracts.vocabulary import Control, Kind, Media
from services.engagement.protocol import Answered, Choices, OutboundReply, Template

Row = Mapping[str, Any] | asyncpg.Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said, and what goes beside it; the text beside a template is for our history."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    template: Template | None = None
    choices: Choices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a thread was begun by us: with whom, about what, by which template, with what choices; `thread` is what answers are filed under.

    Kept also with an answer by template or with choices, for their sake. `privately` is what the person said in public, where this is the
    platform's own private answer to it.
    """

    recipient: Author
    title: str | None = None
    template: Template | None = None
    choices: Choices | None = None
    thread: str | None = None
    privately: Answered | None = None


def outbound_of(reply: asyncpg.Record, *, target: asyncpg.Record | None, at: datetime) -> OutboundReply | None:
    """A stored reply as its connector gets it; None where it is not known any more to whom it speaks."""
    words = words_of(reply)
    if target is not None:
        return answering(ReplyId(reply["id"]), words, target=target, at=at)
    if reply["begun"] is None:
        return None
    return beginning(ReplyId(reply["id"]), words, begun=begun_of(reply["begun"]), kind=Kind(reply["kind"]), at=at)


def words_of(reply: asyncpg.Record) -> Words:
    """What a stored reply says."""
    attachments = attachments_of(reply["attachments"])
    if not reply["begun"]:
        return Words(text=reply["text"], attachments=attachments)
    begun = begun_of(reply["begun"])
    return Words(text=reply["text"], attachments=attachments, template=begun.template, choices=begun.choices)


def answering(reply: ReplyId, words: Words, *, target: Row, at: datetime) -> OutboundReply:
    """The answer to a row of the history."""
    answered = answered_of(target)
    return OutboundReply(
        id=str(reply),
        kind=answered.kind,
        attempted_at=at,
        text=words.text,
        attachments=words.attachments,
        recipient=answered.author,
        venue=answered.venue,
        answering=answered,
        template=words.template,
        choices=words.choices,
    )


def answered_of(target: Row) -> Answered:
    """A row of the history as a reply answers it."""
    return Answered(
        external_id=target["external_id"],
        kind=Kind(target["kind"]),
        occurred_at=target["occurred_at"],
        author=_author_of(target),
        venue=_venue_of(target),
        thread=target["thread"],
        root=target["root"],
        extra=target["extra"] or {},
    )


def beginning(reply: ReplyId, words: Words, *, begun: Begun, kind: Kind, at: datetime) -> OutboundReply:
    """A message that answers nothing: the first of a thread, or one more before the person has answered."""
    return OutboundReply(
        id=str(reply),
        kind=kind,
        attempted_at=at,
        text=words.text,
        attachments=words.attachments,
        recipient=begun.recipient,
        answering=begun.privately,
        template=begun.template,
        choices=begun.choices,
        title=begun.title,
    )


def attachments_of(stored: object) -> tuple[Attachment, ...]:
    """Attachments as they were stored."""
    return msgspec.convert(stored, type=tuple[Attachment, ...]) if stored else ()


def begun_of(stored: object) -> Begun:
    """How a thread was begun, as it was stored."""
    return msgspec.convert(stored, type=Begun)


def document(value: object) -> str:
    """Plain data as the text of a JSON column."""
    return orjson.dumps(msgspec.to_builtins(value)).decode()


def _author_of(row: Row) -> Author:
    return Author(
        network=row["author_network"],
        scope=row["author_scope"],
        external_id=row["author_external_id"],
        handle=row["author_handle"],
        name=row["author_name"],
    )


def _venue_of(row: Row) -> Venue:
    return Venue(
        network=row["venue_network"],
        scope=row["venue_scope"],
        external_id=row["venue_external_id"],
        url=row["venue_url"],
        title=row["venue_title"],
        control=Control(row["venue_control"]),
        media=Media(row["venue_media"]),
    )
