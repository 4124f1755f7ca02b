"""What the CRM tells and members correct, put into the log. Called by the edges, in their transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.contracts.events import StageEntered
from services.contracts.ids import MemberId, WorkspaceId
from services.kit.db import Connection
from services.routing.errors import JourneyRefusedError, PersonNotFoundError
from services.routing.journey.planning import plan_of
from services.routing.journey.recording import record
from services.routing.journey.signals import of_crm, of_member
from services.routing.statements import journey as statements

Told = tuple[str, str, UUID | None, UUID | None, str, datetime, str]
"""Key, event, contact or profile, line, time and source."""


class CrmEvent(StrEnum):
    """What a CRM or a shop can tell."""

    CART = "cart"
    PURCHASED = "purchased"
    DELIVERED = "delivered"
    RENEWED = "renewed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    REFERRED = "referred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Where a member says that a contact is; an empty stage: it has left."""

    contact: UUID
    stage: str
    line: str
    reason: str
    by: MemberId
    at: datetime


async def hear_crm(connection: Connection, workspace: WorkspaceId, told: Sequence[Told], *, now: datetime) -> list[StageEntered]:
    """Log these; what was told before counts once. Raises PersonNotFoundError, JourneyRefusedError."""
    plan = await plan_of(connection, workspace)
    contacts = sorted({contact for _, _, contact, *_ in told if contact is not None})
    placed = {row["contact_id"]: row["profile_id"] for row in await statements.first_profiles(connection, workspace, contacts)}
    named = {profile for _, _, _, profile, *_ in told if profile is not None}
    known = {row["profile_id"] for row in await statements.contacts_of(connection, workspace, sorted(named))}
    strangers = [*(each for each in contacts if each not in placed), *sorted(named - known)]
    if strangers:
        raise PersonNotFoundError(f"Nobody is known as {', '.join(map(str, strangers[:5]))}; nothing of this request was taken.")
    steps = []
    for key, event, contact, profile, line, at, source in told:
        of = placed[contact] if contact is not None else profile
        if of is not None:
            steps.append(of_crm(plan, event=event, key=key, profile=of, line=line, at=at, source=source))
    return await record(connection, workspace, list({step.key: step for step in reversed(steps)}.values()), plan=plan, now=now)


async def correct(connection: Connection, workspace: WorkspaceId, said: Correction) -> list[StageEntered]:
    """Log a member's word. Raises PersonNotFoundError, JourneyRefusedError."""
    plan = await plan_of(connection, workspace)
    rows = await statements.first_profiles(connection, workspace, [said.contact])
    if not rows:
        raise PersonNotFoundError("No profile of this contact is known here.")
    profile = rows[0]["profile_id"]
    step = of_member(plan, stage=said.stage, profile=profile, line=said.line, at=said.at, member=said.by, reason=said.reason)
    if step is None:
        raise JourneyRefusedError(f"There is no stage {said.stage!r}; there are {', '.join(each.key for each in plan.ring.stages)}.")
    return await record(connection, workspace, [step], plan=plan, now=said.at)
