"""How every fact of a contact is changed: found by any id it ever had, at the version that the caller saw, and counted once.

Called by the modules beside it; never commits.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.errors import ContactNotFoundError
from services.identity.statements import facts
from services.kit.db import Connection
from services.kit.preconditions import match


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """Who says something of a contact, whence and when. `expected` is the version of the contact that they saw; None: any."""

    by: UUID | None
    now: datetime
    source: str = "member"
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The contact that is changed, its row locked; what is said of it is kept on `profile_id`."""

    contact_id: ContactId
    profile_id: ProfileId
    version: int


async def begin_change(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, expected: int | None) -> Subject:
    """Raises ContactNotFoundError, PreconditionFailedError."""
    row = await facts.contact_for_change(connection, workspace, contact)
    if row is None or row["profile_id"] is None:
        raise ContactNotFoundError
    match(expected, row["version"])
    return Subject(contact_id=ContactId(row["id"]), profile_id=ProfileId(row["profile_id"]), version=row["version"])


async def end_change(connection: Connection, workspace: WorkspaceId, subject: Subject) -> int:
    """Count the change; gives the contact's version from now on."""
    return await facts.changed_contact(connection, workspace, subject.contact_id)
