"""Bulk actions: a job is made of a selection or a filter, and done a batch at a time. Called by REST and `bulk`, in their transaction.

A batch is written whole or not at all; what cannot be done on one conversation is told of that one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.events import InteractionSettled, JobAdvanced
from services.contracts.ids import ConversationId, JobId, LabelId, MemberId, WorkspaceId
from services.contracts.vocabulary import BulkAction, ConversationStatus, JobState, Ledger
from services.engagement.conversations.changing import Wish, change_conversations
from services.engagement.conversations.colleagues import refuse_strangers
from services.engagement.errors import BulkArgumentError, BulkTooLargeError, LabelNotFoundError
from services.engagement.statements import conversations as threads
from services.engagement.statements import history, labels
from services.engagement.statements import jobs as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.errors import ProblemError
from services.kit.ids import new_id

LARGEST = 1_000
BATCH = 50
MOST_ATTEMPTS = 5
SNOOZE_AT_LEAST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which conversations: these, or what the filter finds, latest activity first, 1,000 at most."""

    ids: tuple[ConversationId, ...] | None = None
    status: ConversationStatus | None = None
    channel: UUID | None = None
    label: LabelId | None = None
    owner: MemberId | None = None


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """What an action needs, as it is stored. `owner` counts where `sets_owner`, and None is then nobody."""

    sets_owner: bool = False
    owner: UUID | None = None
    add_labels: tuple[UUID, ...] = ()
    remove_labels: tuple[UUID, ...] = ()
    snoozed_until: datetime | None = None
    reason: str = ""


async def start_job(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    action: BulkAction,
    arguments: Arguments,
    selection: Selection,
    *,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    """Make a job. Raises BulkArgumentError, BulkTooLargeError, LabelNotFoundError, MemberNotFoundError; nothing is then written."""
    _refuse_unfit(action, arguments, now=now)
    await _refuse_unknown_labels(connection, workspace, arguments)
    await refuse_strangers(connection, workspace, [MemberId(arguments.owner)] if arguments.owner else [])
    ids, has_more = await _selected(connection, workspace, selection)
    stored: dict[str, Any] = msgspec.to_builtins(arguments)
    made = await statements.insert_job(
        connection,
        workspace,
        JobId(new_id()),
        action=action.value,
        arguments=stored,
        conversations=ids,
        has_more=has_more,
        member=member,
        now=now,
    )
    if made is None:
        message = "an insert returns its row"
        raise LookupError(message)
    if ids:
        return made
    finished = await statements.advanced_job(connection, workspace, made["id"], done=0, failed=0, now=now)
    return finished or made


async def claim_job(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> asyncpg.Record | None:
    """The oldest unfinished job that is due and nobody works on, held for the rest of the transaction; None where there is none."""
    return await statements.claimed_job(connection, workspace, now=now)


async def advance_job(connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, *, now: datetime) -> None:
    """Do the next batch of a job that was claimed. After a failed one it is one conversation at a time, so that the others are done."""
    ids = await statements.waiting_items(connection, workspace, job["id"], limit=1 if job["attempts"] else BATCH)
    results = await _act(connection, workspace, job, ids, now=now)
    rows = [(each, "failed" if results[each] else "done", results[each]) for each in ids]
    if rows:
        await statements.settle_items(connection, workspace, job["id"], rows=rows)
    failed = sum(state == "failed" for _, state, _ in rows)
    advanced = await statements.advanced_job(connection, workspace, job["id"], done=len(rows) - failed, failed=failed, now=now)
    if advanced is not None:
        await outbox.append(connection, workspace, [_event(advanced)], now=now)


async def suffer_failure(connection: Connection, workspace: WorkspaceId, job: JobId, *, now: datetime) -> int:
    """Remember that a batch failed unexpectedly; the fifth time in a row ends the job. Gives how often it has."""
    attempts = await statements.attempted_job(connection, workspace, job, now=now) or 0
    if attempts >= MOST_ATTEMPTS:
        ended = await statements.failed_job(connection, workspace, job, now=now)
        if ended is not None:
            await outbox.append(connection, workspace, [_event(ended)], now=now)
    return attempts


async def _act(connection: Connection, workspace: WorkspaceId, job: asyncpg.Record, ids: list[UUID], *, now: datetime) -> dict[UUID, str]:
    """Do the action; gives for each id why it could not be done, empty where it was."""
    leads = {row["asked_id"]: row["id"] for row in await threads.survivors(connection, workspace, ids)}
    present = sorted(set(leads.values()))
    action, arguments = BulkAction(job["action"]), msgspec.convert(job["arguments"], Arguments)
    try:
        done = await _done(connection, workspace, action, arguments, present, member=job["member_id"], now=now)
    except ProblemError as refused:
        return dict.fromkeys(ids, refused.code)
    return {each: _reason(leads.get(each), done, action) for each in ids}


async def _done(  # noqa: PLR0913 - as start_job
    connection: Connection,
    workspace: WorkspaceId,
    action: BulkAction,
    arguments: Arguments,
    ids: list[UUID],
    *,
    member: MemberId | None,
    now: datetime,
) -> set[UUID]:
    conversations = [ConversationId(each) for each in ids]
    if action is BulkAction.DECLINE:
        return await _declined(connection, workspace, conversations, reason=arguments.reason, member=member, now=now)
    wish = _wish(action, arguments)
    rows = await change_conversations(connection, workspace, conversations, wish, version=None, member=member, now=now)
    return {row["id"] for row in rows}


async def _declined(
    connection: Connection,
    workspace: WorkspaceId,
    conversations: list[ConversationId],
    *,
    reason: str,
    member: MemberId | None,
    now: datetime,
) -> set[UUID]:
    await history.lock_conversations(connection, workspace, conversations)
    rows = await history.declined_of_conversations(connection, workspace, conversations, reason=reason, member=member, now=now)
    events = [
        InteractionSettled(
            interaction_id=row["id"],
            conversation_id=row["conversation_id"],
            profile_id=row["profile_id"],
            ledger=Ledger.DECLINED,
            reason=reason,
            by=member,
        )
        for row in rows
    ]
    await outbox.append(connection, workspace, events, now=now)
    return {row["lead_id"] for row in rows}


def _wish(action: BulkAction, arguments: Arguments) -> Wish:
    match action:
        case BulkAction.CLOSE:
            return Wish(status=ConversationStatus.CLOSED)
        case BulkAction.ASSIGN:
            return Wish(sets_owner=True, owner=None if arguments.owner is None else MemberId(arguments.owner))
        case BulkAction.SNOOZE:
            return Wish(status=ConversationStatus.SNOOZED, snoozed_until=arguments.snoozed_until)
        case _:
            return Wish(add_labels=tuple(map(LabelId, arguments.add_labels)), remove_labels=tuple(map(LabelId, arguments.remove_labels)))


def _reason(lead: UUID | None, done: set[UUID], action: BulkAction) -> str:
    if lead is None:
        return "conversation_not_found"
    if lead in done:
        return ""
    return "nothing_owed" if action is BulkAction.DECLINE else "not_changed"


def refuse_both_or_neither(ids: object, filter_: object) -> None:
    """A job is about a selection or about a filter. Raises BulkArgumentError."""
    if (ids is None) == (filter_ is None):
        raise BulkArgumentError("Give either `conversation_ids` or `filter`; an empty filter is every conversation.")


def _refuse_unfit(action: BulkAction, arguments: Arguments, *, now: datetime) -> None:
    if action is BulkAction.ASSIGN and not arguments.sets_owner:
        raise BulkArgumentError("Assigning needs `owner_id`; give null for nobody.")
    if action is BulkAction.LABEL and not (arguments.add_labels or arguments.remove_labels):
        raise BulkArgumentError("Labelling needs `add_label_ids` or `remove_label_ids`.")
    if action is BulkAction.DECLINE and not arguments.reason.strip():
        raise BulkArgumentError("Declining needs a `reason`, for colleagues to read.")
    if arguments.snoozed_until is not None and arguments.snoozed_until <= now + SNOOZE_AT_LEAST:
        raise BulkArgumentError("The time to wake must lie at least half a minute ahead.")


async def _refuse_unknown_labels(connection: Connection, workspace: WorkspaceId, arguments: Arguments) -> None:
    wanted = sorted({*arguments.add_labels, *arguments.remove_labels})
    if wanted and len(await labels.labels_by_id(connection, workspace, wanted)) < len(wanted):
        raise LabelNotFoundError


async def _selected(connection: Connection, workspace: WorkspaceId, selection: Selection) -> tuple[list[UUID], bool]:
    if selection.ids is not None:
        ids = list(dict.fromkeys(selection.ids))
        if len(ids) > LARGEST:
            raise BulkTooLargeError(f"At most {LARGEST} conversations at once.")
        return [UUID(str(each)) for each in ids], False
    rows = await statements.matching_conversations(
        connection,
        workspace,
        status=selection.status,
        channel=selection.channel,
        label=selection.label,
        owner=selection.owner,
        limit=LARGEST + 1,
    )
    return [row["id"] for row in rows[:LARGEST]], len(rows) > LARGEST


def _event(job: asyncpg.Record) -> JobAdvanced:
    return JobAdvanced(
        job_id=job["id"],
        action=BulkAction(job["action"]),
        state=JobState(job["state"]),
        total=job["total"],
        done=job["done"],
        failed=job["failed"],
        by=job["member_id"],
    )
