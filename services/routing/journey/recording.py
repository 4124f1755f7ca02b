"""The log and what follows from it: steps are added, and the visits of whom they concern are walked anew.

Called by subscribers, erasing and the edges, in their transaction. The visits follow from the log and from who has which profile alone:
so a merge that is taken back leaves them as they were, and what is heard late stands where it belongs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import ProfileAssigned, ProfileKindsChanged, StageEntered
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.kit.db import Connection
from services.routing.cadences import Moment, set_cadences
from services.routing.journey.planning import Plan, plan_of
from services.routing.journey.walking import Mode, Step, Visit, phase_of, walk
from services.routing.people import keep_memberships, lock_persons
from services.routing.statements import journey as statements
from services.routing.statements.cadences import removed_cadences


async def record(connection: Connection, workspace: WorkspaceId, steps: Sequence[Step], *, plan: Plan, now: datetime) -> list[StageEntered]:
    """Add steps to the log, walk their people anew, and give the events of those who entered a stage. Told again, nothing happens.

    What the playbook wants to begin for them is set with it.
    """
    if not steps:
        return []
    contacts = await lock_persons(connection, workspace, [step.profile_id for step in steps])
    subjects = {step.profile_id: contacts.get(step.profile_id, step.profile_id) for step in steps}
    before = await _logs(connection, workspace, list(subjects.values()))
    known = {subject: walk(log, plan.ring) for subject, log in before.items()}
    steps = [_placed(step, known.get(subjects[step.profile_id], ())) for step in steps]
    new = await statements.insert_steps(connection, workspace, [step_row(step) for step in steps])
    fresh = [step for step in steps if step.id in new]
    logs = {subject: list(log) for subject, log in before.items()}
    for step in fresh:
        logs.setdefault(subjects[step.profile_id], []).append(step)
    touched = sorted({subjects[step.profile_id] for step in fresh})
    visits = {subject: walk(logs[subject], plan.ring) for subject in touched}
    await _write(connection, workspace, visits)
    by_id = {step.id: step for step in fresh}
    entered = [(by_id[visit.step_id], visit) for subject in touched for visit in visits[subject] if visit.step_id in by_id]
    stages = {step.id: visit.alike for step, visit in entered}
    moments = [_moment(step, stage=stages.get(step.id, "")) for step in fresh if not step.historic]
    await set_cadences(connection, workspace, [moment for moment in moments if moment.event or moment.stage], now=now)
    return [_entered(step, visit, contact=contacts.get(step.profile_id), plan=plan) for step, visit in entered]


async def follow_memberships(
    connection: Connection, workspace: WorkspaceId, *, assigned: Sequence[ProfileAssigned], kinds: Sequence[ProfileKindsChanged]
) -> None:
    """Keep whose profile each is, and walk anew whoever lost or got one."""
    profiles = {each.profile_id for each in assigned} | {placed.profile_id for each in kinds for placed in each.profiles}
    if not profiles:
        return
    ids = sorted(profiles)
    await statements.lock_people(connection, workspace, ids)
    before = await _contacts(connection, workspace, ids)
    await keep_memberships(connection, workspace, assigned=assigned, kinds=kinds)
    after = await _contacts(connection, workspace, ids)
    moved = [profile for profile in ids if before.get(profile) != after.get(profile)]
    subjects = sorted({subject for profile in moved for subject in (before.get(profile, profile), after.get(profile, profile))})
    await walk_again(connection, workspace, subjects)


async def walk_again(connection: Connection, workspace: WorkspaceId, subjects: Sequence[UUID]) -> None:
    """Write the visits of these as they follow from the log."""
    if not subjects:
        return
    await statements.lock_people(connection, workspace, subjects)
    logs = await _logs(connection, workspace, subjects)
    plan = await plan_of(connection, workspace)
    await _write(connection, workspace, {subject: walk(logs.get(subject, ()), plan.ring) for subject in subjects})


async def forget(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime) -> int:
    """Take what was logged of these profiles up to a time, and what followed from it. Gives how many lines went."""
    ids = sorted(profiles)
    await statements.lock_people(connection, workspace, ids)
    contacts = await _contacts(connection, workspace, ids)
    removed = await statements.removed_steps(connection, workspace, ids, until=until)
    await removed_cadences(connection, workspace, ids, until=until)
    await walk_again(connection, workspace, sorted({*ids, *contacts.values()}))
    return removed


def step_row(step: Step) -> tuple[object, ...]:
    """In the order of statements.journey.STEP_COLUMNS."""
    return (
        step.profile_id,
        step.cause,
        step.key,
        step.id,
        step.line,
        step.mode,
        step.stage,
        step.alike,
        step.from_stage,
        step.cause_id,
        step.reason,
        step.confidence,
        step.historic,
        step.at,
    )


def read_step(row: asyncpg.Record) -> Step:
    """A line of the log."""
    return Step(
        id=row["id"],
        profile_id=row["profile_id"],
        line=row["line"],
        mode=Mode(row["mode"]),
        stage=row["stage"],
        alike=row["alike"],
        cause=row["cause"],
        key=row["key"],
        cause_id=row["cause_id"],
        reason=row["reason"],
        confidence=row["confidence"],
        historic=row["historic"],
        at=row["at"],
        from_stage=row["from_stage"],
    )


async def _contacts(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = await statements.contacts_of(connection, workspace, profiles)
    return {row["profile_id"]: row["contact_id"] for row in rows}


async def _logs(connection: Connection, workspace: WorkspaceId, subjects: Sequence[UUID]) -> dict[UUID, list[Step]]:
    logs: dict[UUID, list[Step]] = {}
    for row in await statements.steps_of_subjects(connection, workspace, sorted(set(subjects))):
        logs.setdefault(row["subject_id"], []).append(read_step(row))
    return logs


async def _write(connection: Connection, workspace: WorkspaceId, visits: Mapping[UUID, Sequence[Visit]]) -> None:
    kept = [(subject, each.line, each.run, each.place) for subject, found in visits.items() for each in found]
    await statements.remove_visits(connection, workspace, sorted(visits), kept=kept)
    rows = [_visit_row(subject, each) for subject, found in visits.items() for each in found]
    if rows:
        await statements.write_visits(connection, workspace, rows)


def _visit_row(subject: UUID, visit: Visit) -> tuple[object, ...]:
    """In the order of statements.journey.VISIT_COLUMNS."""
    return (
        subject,
        visit.line,
        visit.run,
        visit.place,
        visit.stage,
        visit.alike,
        visit.from_stage,
        visit.step_id,
        visit.entered_at,
        visit.left_at,
        visit.left_to,
    )


def _placed(step: Step, visits: Sequence[Visit]) -> Step:
    """With the stage in which the person was then, as far as it is known by now."""
    at = step.at
    here = [each for each in visits if each.line == step.line and each.entered_at <= at and (each.left_at is None or at < each.left_at)]
    return replace(step, from_stage=here[-1].stage if here else "")


def _moment(step: Step, *, stage: str) -> Moment:
    return Moment(id=step.id, profile_id=step.profile_id, at=step.at, reason=step.reason, event=step.event, stage=stage)


def _entered(step: Step, visit: Visit, *, contact: UUID | None, plan: Plan) -> StageEntered:
    return StageEntered(
        profile_id=ProfileId(step.profile_id),
        contact_id=None if contact is None else ContactId(contact),
        line=visit.line,
        run=visit.run,
        from_stage=visit.from_stage,
        to_stage=visit.stage,
        phase=phase_of(visit, plan.ring),
        cause=step.cause,
        cause_id=step.cause_id,
        reason=step.reason,
        confidence=step.confidence,
        historic=step.historic,
        at=step.at,
    )
