"""Legal holds: who must neither be erased nor grow old, since when, and who said so. Called by `api` and by requests for erasure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, WorkspaceId
from services.contracts.views import HoldView
from services.identity.audit import Actor, record
from services.identity.contacts import get_contact
from services.identity.errors import ContactHeldError, ContactNotFoundError, HoldNotFoundError
from services.identity.retention.rules import tell_holds
from services.identity.statements import holds as statements
from services.identity.statements.retention import retention_lock
from services.kit.db import Connection


async def hold(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, reason: str, by: Actor, now: datetime) -> HoldView:
    """From now on the contact is not erased. Raises ContactNotFoundError."""
    await retention_lock(connection, workspace)
    known = await get_contact(connection, workspace, contact)
    if await statements.kept_hold(connection, workspace, known.id, reason=reason, by=by.member, now=now) is None:
        raise ContactNotFoundError
    await record(connection, workspace, "person.held", subject=known.id, by=by, now=now, detail=reason)
    await tell_holds(connection, workspace, now=now)
    return await get_hold(connection, workspace, known.id)


async def get_hold(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> HoldView:
    """Raises ContactNotFoundError, HoldNotFoundError."""
    known = await get_contact(connection, workspace, contact)
    row = await statements.hold_of_contact(connection, workspace, known.id)
    if row is None:
        raise HoldNotFoundError
    return HoldView(contact_id=known.id, reason=row["reason"], set_by=row["set_by"], set_at=row["set_at"])


async def holds_of_contacts(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[HoldView | None]:
    """Aligned with the ids; None where there is none."""
    rows = await statements.holds_of_contacts(connection, workspace, contacts)
    found = {row["contact_id"]: HoldView(**row) for row in rows}
    return [found.get(each) for each in contacts]


async def lift_hold(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, by: Actor, now: datetime) -> None:
    """Let the contact be erased again. Raises ContactNotFoundError, HoldNotFoundError."""
    await retention_lock(connection, workspace)
    known = await get_contact(connection, workspace, contact)
    if not await statements.lifted_holds(connection, workspace, known.id):
        raise HoldNotFoundError
    await record(connection, workspace, "person.released", subject=known.id, by=by, now=now)
    await tell_holds(connection, workspace, now=now)


async def refuse_held(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> None:
    """Raises ContactHeldError, which says who holds the contact, and since when."""
    row = await statements.hold_of_contact(connection, workspace, contact)
    if row is not None:
        by = f"member {row['set_by']}" if row["set_by"] else "an API key"
        message = f"It has been held since {row['set_at']:%Y-%m-%d} by {by}. Lift the hold before (DELETE /v1/contacts/{contact}/hold)."
        raise ContactHeldError(message, set_by=None if row["set_by"] is None else str(row["set_by"]))
