"""Canned replies: prepared texts with placeholders, by shortcut and language. Called by REST, in the edge's transaction.

Rendering gives a text to read over, and says what could not be filled; it sends nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ConversationId, MemberId, ProfileId, WorkspaceId
from services.engagement.composing.errors import CannedReplyExistsError, CannedReplyNotFoundError, PlaceholderUnknownError
from services.engagement.errors import ConversationNotFoundError, VersionConflictError
from services.engagement.placeholders import KNOWN, Filled, fill, first_word, unknown_places
from services.engagement.statements import canned as statements
from services.engagement.statements import members
from services.kit.db import Connection
from services.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """A canned reply as a member writes it. `language` is a BCP 47 tag in lower case."""

    shortcut: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be rendered, where, and in whose name. Without a language, the first in order.

    `preference_link` makes a person's own link, which is never said in public; None where the asker may not have one made.
    """

    conversation: ConversationId
    shortcut: str
    language: str | None
    member: MemberId | None
    name: str
    preference_link: Callable[[ProfileId], str] | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A canned reply filled for a conversation."""

    canned: asyncpg.Record
    filled: Filled


async def add_canned(
    connection: Connection, workspace: WorkspaceId, canned: Canned, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Keep a new one. Raises PlaceholderUnknownError, CannedReplyExistsError."""
    _refuse_unknown(canned.text)
    row = await statements.insert_canned(
        connection,
        workspace,
        new_id(),
        shortcut=canned.shortcut,
        language=canned.language,
        title=canned.title,
        text=canned.text,
        member=member,
        now=now,
    )
    if row is None:
        raise CannedReplyExistsError(f"Change that one: there is {canned.shortcut!r} in {canned.language!r} already.")
    return row


async def change_canned(  # noqa: PLR0913 - what is changed, by whom, over which version
    connection: Connection,
    workspace: WorkspaceId,
    id_: UUID,
    canned: Canned,
    *,
    version: int,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Replace one. Raises CannedReplyNotFoundError, VersionConflictError, PlaceholderUnknownError, CannedReplyExistsError."""
    _refuse_unknown(canned.text)
    try:
        row = await statements.change_canned(
            connection,
            workspace,
            id_,
            shortcut=canned.shortcut,
            language=canned.language,
            title=canned.title,
            text=canned.text,
            version=version,
            member=member,
            now=now,
        )
    except asyncpg.UniqueViolationError as error:
        raise CannedReplyExistsError("Another one has this shortcut in this language.") from error
    if row is None:
        present = await get_canned(connection, workspace, id_)
        raise VersionConflictError("Read it again and repeat.", version=present["version"])
    return row


async def get_canned(connection: Connection, workspace: WorkspaceId, id_: UUID) -> asyncpg.Record:
    """One. Raises CannedReplyNotFoundError."""
    rows = await statements.canned_by_id(connection, workspace, [id_])
    if not rows:
        raise CannedReplyNotFoundError
    return rows[0]


async def delete_canned(connection: Connection, workspace: WorkspaceId, id_: UUID) -> None:
    """Remove one. Raises CannedReplyNotFoundError."""
    if not await statements.delete_canned(connection, workspace, id_):
        raise CannedReplyNotFoundError


async def render_canned(connection: Connection, workspace: WorkspaceId, asked: Asked) -> Rendered:
    """Fill one for a conversation. Raises ConversationNotFoundError, CannedReplyNotFoundError."""
    facts = await statements.facts_of_conversation(connection, workspace, asked.conversation)
    if facts is None:
        raise ConversationNotFoundError
    rows = await statements.canned_in_languages(connection, workspace, shortcut=asked.shortcut)
    if not rows:
        raise CannedReplyNotFoundError
    canned = in_language(rows, asked.language)
    known = await members.members_by_id(connection, workspace, [asked.member]) if asked.member else []
    values = _values(facts, member=known[0]["name"] if known else asked.name)
    if asked.preference_link is not None and not facts["public"]:
        values["contact.preference_link"] = asked.preference_link(ProfileId(facts["profile_id"]))
    return Rendered(canned, fill(canned["text"], values))


def in_language(rows: Sequence[asyncpg.Record], language: str | None) -> asyncpg.Record:
    """The row in that language, else in its base (pt for pt-br) or another of the same base, else the first."""
    wanted = (language or "").lower()
    base = wanted.partition("-")[0]
    for fits in (
        lambda row: row["language"] == wanted,
        lambda row: row["language"] == base,
        lambda row: row["language"].partition("-")[0] == base,
    ):
        found = next(filter(fits, rows), None)
        if found is not None:
            return found
    return rows[0]


def _values(facts: asyncpg.Record, *, member: str) -> dict[str, str | None]:
    return {
        "contact.name": facts["author_name"],
        "contact.first_name": first_word(facts["author_name"]),
        "contact.handle": facts["author_handle"],
        "member.name": member,
        "member.first_name": first_word(member),
        "conversation.channel": facts["channel"],
        "conversation.platform": facts["platform"],
        "conversation.title": facts["title"],
    }


def _refuse_unknown(text: str) -> None:
    unknown = unknown_places(text)
    if unknown:
        detail = f"Nothing fills {', '.join(unknown)}. What can be filled: {', '.join(KNOWN)}."
        raise PlaceholderUnknownError(detail, unknown=unknown, known=list(KNOWN))
