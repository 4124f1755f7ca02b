"""What people are to the company: customer, press, competitor... Called by the edges; tells routing by ProfileKindsChanged.

What follows from a kind is a contract (`services.contracts.stakeholders`), obeyed where work is given out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import HeldKind, Placed, ProfileKindsChanged
from services.contracts.ids import ContactId, MemberId, ProfileId, WorkspaceId
from services.contracts.stakeholders import TREATMENTS
from services.contracts.views.facts import KindView
from services.contracts.vocabulary import StakeholderKind
from services.identity.errors import KindPeriodError
from services.identity.facts.changing import Saying, Subject, begin_change, end_change
from services.identity.statements import facts
from services.identity.statements import kinds as statements
from services.kit import outbox
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From when and until when a kind holds; None where that is not known, or not over."""

    since: datetime | None = None
    until: datetime | None = None


async def set_kind(  # noqa: PLR0913 - what is said, of whom, and by whom
    connection: Connection,
    workspace: WorkspaceId,
    contact: ContactId,
    *,
    kind: StakeholderKind,
    network: str,
    period: Period,
    saying: Saying,
) -> int:
    """Say that a contact is of a kind, on one network or (empty) on all. Gives the contact's version. Raises KindPeriodError."""
    if period.since is not None and period.until is not None and period.until < period.since:
        raise KindPeriodError
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    await statements.kept_kind(
        connection,
        workspace,
        subject.profile_id,
        kind=kind,
        network=network,
        since=period.since,
        until=period.until,
        source=saying.source,
        by=saying.by,
        now=saying.now,
    )
    return await _changed(connection, workspace, subject, [subject.profile_id], now=saying.now)


async def remove_kind(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, kind: StakeholderKind, network: str, saying: Saying
) -> int:
    """Take a kind back, from whichever profiles of the contact it was said. Gives the contact's version."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    taken = await statements.taken_kind(connection, workspace, subject.contact_id, kind=kind, network=network)
    return await _changed(connection, workspace, subject, taken, now=saying.now) if taken else subject.version


async def kinds_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[KindView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    return [list(map(_shown, rows)) for rows in await statements.kinds_of_contacts(connection, workspace, ids)]


async def _changed(connection: Connection, workspace: WorkspaceId, subject: Subject, profiles: Sequence[UUID], *, now: datetime) -> int:
    versions = await statements.counted_kinds(connection, workspace, profiles)
    held = await statements.kinds_of_profiles(connection, workspace, profiles)
    placed = await facts.placed_profiles(connection, workspace, subject.contact_id)
    together = tuple(Placed(profile_id=ProfileId(row["profile_id"]), version=row["version"]) for row in placed)
    events = [
        ProfileKindsChanged(
            profile_id=ProfileId(profile),
            kinds=tuple(_held(row) for row in held if row["profile_id"] == profile),
            version=version,
            contact_id=subject.contact_id,
            profiles=together,
        )
        for profile, version in sorted(versions.items())
    ]
    await outbox.append(connection, workspace, events, now=now)
    return await end_change(connection, workspace, subject)


def _held(row: asyncpg.Record) -> HeldKind:
    return HeldKind(kind=StakeholderKind(row["kind"]), network=row["network"], since=row["since"], until=row["until"])


def _shown(row: asyncpg.Record) -> KindView:
    kind = StakeholderKind(row["kind"])
    treatment = TREATMENTS.get(kind)
    return KindView(
        kind=kind,
        network=row["network"],
        since=row["since"],
        until=row["until"],
        source=row["source"],
        by=None if row["by"] is None else MemberId(row["by"]),
        set_at=row["set_at"],
        treatment="" if treatment is None else treatment.why,
    )
