"""Drafts: what a member has begun to write, kept per conversation. Called by REST, in the edge's transaction.

Nobody else sees a draft; that a colleague is drafting is told by presence only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.contracts.ids import ConversationId, InteractionId, MemberId, WorkspaceId
from services.engagement.composing.errors import DraftNotFoundError
from services.engagement.conversations.changing import resolve
from services.engagement.errors import VersionConflictError
from services.engagement.statements import drafts as statements
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is to be kept. `version` is the draft's as the member's screen has it: None overwrites, 0 wants none to be there."""

    conversation: ConversationId
    member: MemberId
    text: str
    answers: InteractionId | None = None
    version: int | None = None


async def save_draft(connection: Connection, workspace: WorkspaceId, sketch: Sketch, *, now: datetime) -> asyncpg.Record:
    """Keep a draft. Raises ConversationNotFoundError, VersionConflictError (another screen of the same member was faster)."""
    thread = await resolve(connection, workspace, sketch.conversation)
    saved = await statements.save_draft(
        connection,
        workspace,
        thread,
        member=sketch.member,
        text=sketch.text,
        answers=sketch.answers,
        version=sketch.version,
        now=now,
    )
    if saved is None:
        found = await statements.find_drafts(connection, workspace, [thread], member=sketch.member)
        present = found[0]["version"] if found else 0
        raise VersionConflictError("You changed this draft elsewhere. Read it, then save with its version.", version=present)
    return saved


async def get_draft(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId) -> asyncpg.Record:
    """The member's draft. Raises ConversationNotFoundError, DraftNotFoundError."""
    thread = await resolve(connection, workspace, conversation)
    found: Sequence[asyncpg.Record] = await statements.find_drafts(connection, workspace, [thread], member=member)
    if not found:
        raise DraftNotFoundError
    return found[0]


async def delete_draft(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, member: MemberId) -> None:
    """Forget the member's draft. Raises ConversationNotFoundError, DraftNotFoundError."""
    thread = await resolve(connection, workspace, conversation)
    if not await statements.delete_draft(connection, workspace, thread, member=member):
        raise DraftNotFoundError
