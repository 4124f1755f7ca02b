"""Pairs of contacts that may be one person, and what members decide about them (W5). Called by `api` and `batch`; never commits.

Accepting is a merge, rejecting keeps two profiles apart for good; either is in the journal of merges and can be taken back.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ContactId, MergeId, ProfileId, WorkspaceId
from services.contracts.views import MergeView, PageView, SignView, SuggestionView
from services.identity.errors import SameContactError, SuggestionDecidedError, SuggestionNotFoundError
from services.identity.merging import Saying, keep_apart, side_of, undo_merge, unite
from services.identity.statements import linking
from services.identity.statements import suggestions as statements
from services.identity.statements.suggestions import ACCEPTED, OPEN, REJECTED
from services.kit.db import Connection
from services.kit.pagination import decode_cursor, encode_cursor

PER_CONTACT = 100
_SIGNS = msgspec.json.Decoder(tuple[SignView, ...])


async def list_suggestions(
    connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None, state: str = OPEN
) -> PageView[SuggestionView]:
    """The newest first."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_suggestions(connection, workspace, state=state, before=last, limit=limit + 1)
    items = tuple(_view(row) for row in rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def suggestions_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[SuggestionView]]:
    """Aligned with `ids`: what is open about each, the likeliest first."""
    found: list[list[SuggestionView]] = [[] for _ in ids]
    for row in await statements.suggestions_of_contacts(connection, workspace, ids):
        found[row["position"] - 1].append(_view(row))
    return [each[:PER_CONTACT] for each in found]


async def suggestions_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[SuggestionView | None]:
    """Aligned with `ids`."""
    found: list[SuggestionView | None] = [None] * len(ids)
    for row in await statements.suggestions_of_ids(connection, workspace, ids):
        found[row["position"] - 1] = _view(row)
    return found


async def get_suggestion(connection: Connection, workspace: WorkspaceId, suggestion: UUID) -> SuggestionView:
    """Raises SuggestionNotFoundError."""
    rows = await statements.suggestions_of_ids(connection, workspace, [suggestion])
    if not rows:
        raise SuggestionNotFoundError
    return _view(rows[0])


async def accept_suggestion(
    connection: Connection, workspace: WorkspaceId, suggestion: UUID, *, survivor: ContactId | None, saying: Saying
) -> MergeView:
    """They are one person: merge the contacts, under the id of `survivor` (None: of the one known first).

    Raises SuggestionNotFoundError, SuggestionDecidedError, SameContactError, ContactNotFoundError.
    """
    asked = await _undecided(connection, workspace, suggestion)
    if asked.contact_id == asked.other_contact_id:
        raise SameContactError
    one, other = [await side_of(connection, workspace, each) for each in sorted((asked.contact_id, asked.other_contact_id))]
    sides = (other, one) if survivor == other.contact_id else (one, other)
    merged = await unite(connection, workspace, asked.profile_id, asked.other_profile_id, sides=sides, saying=saying)
    await statements.decided_suggestion(connection, workspace, suggestion, state=ACCEPTED, merge=merged.id, by=saying.by, now=saying.now)
    return merged


async def reject_suggestion(connection: Connection, workspace: WorkspaceId, suggestion: UUID, *, saying: Saying) -> SuggestionView:
    """They are two people: nobody is asked again, and no evidence joins them. Raises SuggestionNotFoundError, SuggestionDecidedError."""
    asked = await _undecided(connection, workspace, suggestion)
    entry = await keep_apart(connection, workspace, asked.profile_id, asked.other_profile_id, saying=saying)
    await statements.decided_suggestion(connection, workspace, suggestion, state=REJECTED, merge=entry, by=saying.by, now=saying.now)
    return await get_suggestion(connection, workspace, suggestion)


async def reopen_suggestion(connection: Connection, workspace: WorkspaceId, suggestion: UUID, *, saying: Saying) -> SuggestionView:
    """Take a decision back, with what it did. One that is open stays so. Raises SuggestionNotFoundError."""
    await linking.linking_lock(connection, workspace)
    rows = await statements.suggestions_of_ids(connection, workspace, [suggestion])
    if not rows:
        raise SuggestionNotFoundError
    if rows[0]["merge_id"] is not None:
        await undo_merge(connection, workspace, MergeId(rows[0]["merge_id"]), saying=saying)
    return await get_suggestion(connection, workspace, suggestion)


async def _undecided(connection: Connection, workspace: WorkspaceId, suggestion: UUID) -> SuggestionView:
    await linking.linking_lock(connection, workspace)
    state = await statements.state_for_decision(connection, workspace, suggestion)
    if state is None:
        raise SuggestionNotFoundError
    if state != OPEN:
        raise SuggestionDecidedError
    return await get_suggestion(connection, workspace, suggestion)


def _view(row: asyncpg.Record) -> SuggestionView:
    return SuggestionView(
        id=row["id"],
        contact_id=ContactId(row["contact_id"]),
        other_contact_id=ContactId(row["other_contact_id"]),
        profile_id=ProfileId(row["profile_id"]),
        other_profile_id=ProfileId(row["other_profile_id"]),
        state=row["state"],
        rule=row["rule"],
        score=row["score"],
        explanation=row["explanation"],
        evidence=_SIGNS.decode(row["evidence"]),
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
    )
