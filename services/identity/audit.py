"""The audit log: what was done about members and access, when, and by whom. Runs in the transaction of what it tells of.

Called by business modules to add and by the edges to list; nothing is ever changed or deleted. Holds no password and no token.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import AuditEntryId, KeyId, MemberId, WorkspaceId
from services.contracts.views import AuditEntryView, PageView
from services.identity.statements import audit as statements
from services.kit.access import Caller
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor

DETAIL_LIMIT_CHARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: a member, an API key, or (neither) the operator at the command line."""

    member: MemberId | None = None
    key: KeyId | None = None


OPERATOR = Actor()


def actor_of(caller: Caller) -> Actor:
    """The caller of a request."""
    return Actor(member=caller.member_id, key=caller.key_id)


async def record(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, action: str, *, subject: UUID, by: Actor, now: datetime, detail: str = ""
) -> None:
    """Add an entry. `action` is a noun and a past participle, such as "member.deactivated"; `detail` is for people."""
    entry = AuditEntryView(
        id=AuditEntryId(new_id()),
        at=now,
        action=action,
        subject_id=subject,
        detail=detail[:DETAIL_LIMIT_CHARS],
        by_member=by.member,
        by_key=by.key,
    )
    await statements.added_entry(connection, workspace, entry)


async def list_entries(
    connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None, subject: UUID | None = None
) -> PageView[AuditEntryView]:
    """The newest entries first; of one member, invitation, team or key where that is named. Raises BadRequestError."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_entries(connection, workspace, subject=subject, after=last, limit=limit + 1)
    items = tuple(rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)
