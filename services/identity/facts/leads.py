"""Leads: contacts handed over to an outside system, which tells what became of them (W14). Called by the edges, in their transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.contracts.events import LeadHandedOver, LeadStatusChanged
from services.contracts.ids import ContactId, LeadId, MemberId, ProfileId, WorkspaceId
from services.contracts.stakeholders import LeadState
from services.contracts.views import PageView
from services.contracts.views.facts import LeadView
from services.identity.errors import LeadClosedError, LeadNotFoundError, LeadReasonError
from services.identity.facts.changing import Saying, begin_change, end_change
from services.identity.statements import facts
from services.identity.statements import leads as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor
from services.kit.preconditions import match

FINAL = frozenset({LeadState.REJECTED, LeadState.WON, LeadState.LOST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an outside system says of a lead, and what it calls it there."""

    state: LeadState
    reason: str = ""
    external_id: str | None = None
    url: str | None = None


async def hand_over(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, system: str, brief: str, saying: Saying
) -> LeadView:
    """Hand a contact over. Raises ContactNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    lead = LeadId(new_id())
    await statements.inserted_lead(
        connection, workspace, lead, profile=subject.profile_id, system=system, brief=brief.strip(), by=saying.by, now=saying.now
    )
    event = LeadHandedOver(
        lead_id=lead,
        profile_id=subject.profile_id,
        contact_id=subject.contact_id,
        system=system,
        version=1,
        by=None if saying.by is None else MemberId(saying.by),
    )
    await outbox.append(connection, workspace, [event], now=saying.now)
    await end_change(connection, workspace, subject)
    return await get_lead(connection, workspace, lead)


async def settle_lead(connection: Connection, workspace: WorkspaceId, lead: LeadId, outcome: Outcome, *, saying: Saying) -> LeadView:
    """Say what became of a lead; the same once more changes nothing.

    Raises LeadNotFoundError, LeadReasonError, LeadClosedError, PreconditionFailedError.
    """
    if not await statements.locked_lead(connection, workspace, lead):
        raise LeadNotFoundError
    known = await get_lead(connection, workspace, lead)
    match(saying.expected, known.version)
    if outcome.state is LeadState.REJECTED and not outcome.reason.strip():
        raise LeadReasonError
    if known.state is outcome.state and known.reason == outcome.reason.strip() and outcome.external_id in {None, known.external_id}:
        return known
    if known.state in FINAL:
        raise LeadClosedError(state=known.state)
    await statements.changed_lead(
        connection,
        workspace,
        lead,
        state=outcome.state,
        reason=outcome.reason.strip(),
        external_id=outcome.external_id,
        url=outcome.url,
        now=saying.now,
    )
    changed = await get_lead(connection, workspace, lead)
    await _tell(connection, workspace, changed, saying=saying)
    return changed


async def get_lead(connection: Connection, workspace: WorkspaceId, lead: LeadId) -> LeadView:
    """Raises LeadNotFoundError."""
    (found,) = await list_leads_by_ids(connection, workspace, [lead])
    if found is None:
        raise LeadNotFoundError
    return found


async def list_leads_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[LeadView | None]:
    """Aligned with `ids`."""
    found = {row["id"]: _shown(row) for row in await statements.leads_of_ids(connection, workspace, ids)}
    return [found.get(each) for each in ids]


async def list_leads(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[LeadView]:
    """The newest first."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_leads(connection, workspace, after=last, limit=limit + 1)
    items = tuple(map(_shown, rows[:limit]))
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def leads_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[LeadView]]:
    """Aligned with `ids`, which are contacts under any id they ever had; the newest first, at most 100 each."""
    return [list(map(_shown, rows)) for rows in await statements.leads_of_contacts(connection, workspace, ids)]


async def _tell(connection: Connection, workspace: WorkspaceId, lead: LeadView, *, saying: Saying) -> None:
    (row,) = await statements.leads_of_ids(connection, workspace, [lead.id])
    profile = ProfileId(row["profile_id"])
    event = LeadStatusChanged(
        lead_id=lead.id,
        profile_id=profile,
        contact_id=lead.contact_id,
        system=lead.system,
        state=lead.state,
        version=lead.version,
    )
    await outbox.append(connection, workspace, [event], now=saying.now)
    await facts.changed_contacts_of(connection, workspace, [profile])


def _shown(row: asyncpg.Record) -> LeadView:
    by: UUID | None = row["handed_over_by"]
    return LeadView(
        id=LeadId(row["id"]),
        contact_id=ContactId(row["contact_id"]),
        system=row["system"],
        brief=row["brief"],
        state=LeadState(row["state"]),
        reason=row["reason"],
        external_id=row["external_id"],
        url=row["url"],
        handed_over_by=None if by is None else MemberId(by),
        handed_over_at=row["handed_over_at"],
        changed_at=row["changed_at"],
        version=row["version"],
    )
