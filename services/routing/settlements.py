"""What engagement says is owed nothing any more, or again, and how a task ends by it. Pure; called by subscribers and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import asyncpg

from services.contracts.events import InteractionDeleted, InteractionReopened, InteractionSettled, ReplySent
from services.contracts.ids import ConversationId, InteractionId, MemberId, ReplyId
from services.contracts.vocabulary import Ledger, TaskState
from services.kit.bus import Received

ENDS = {Ledger.ANSWERED: TaskState.ANSWERED, Ledger.DECLINED: TaskState.DECLINED, Ledger.EXEMPT: TaskState.DONE}
"""How a task ends, the most telling first: one answered message makes the whole task answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One interaction that nobody has to answer any more: by which reply or whose decision, and why. Of ledger `owed`, it is owed again.

    `sequence` is the event's position in engagement's outbox: what was said last of an interaction holds, whatever came first.
    """

    interaction_id: InteractionId
    ledger: Ledger
    reason: str
    by: MemberId | None
    reply_id: ReplyId | None
    at: datetime
    sequence: int

    def row(self) -> tuple[object, ...]:
        """In the order of statements.tasks.kept_settlements."""
        return (self.interaction_id, self.ledger, self.reason, self.by, self.reply_id, self.at, self.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """How a task ended. `outcome` is the reason that engagement gave, else the ledger's word."""

    state: TaskState
    outcome: str
    by: MemberId | None
    reply_id: ReplyId | None
    at: datetime

    def row(self) -> tuple[str, str, ReplyId | None, datetime]:
        """In the order of statements.tasks.completed_tasks, after the id."""
        return self.state.value, self.outcome, self.reply_id, self.at


def settlements_in(received: Received) -> list[Settlement]:
    """What an event settles, or opens again."""
    said = partial(Settlement, at=received.header.time, sequence=received.header.sequence)
    match received.event:
        case ReplySent(reply_id=reply, member_id=by) as sent:
            return [said(interaction_id=each, ledger=Ledger.ANSWERED, reason="", by=by, reply_id=reply) for each in sent.answers]
        case InteractionSettled(ledger=Ledger.ANSWERED | Ledger.DECLINED | Ledger.EXEMPT) as event:
            return [
                said(interaction_id=event.interaction_id, ledger=event.ledger, reason=event.reason, by=event.by, reply_id=event.reply_id)
            ]
        case InteractionReopened() as event:
            return [said(interaction_id=event.interaction_id, ledger=Ledger.OWED, reason=event.reason, by=event.by, reply_id=None)]
        case InteractionDeleted() as event:
            reason = "deleted by its author"
            return [said(interaction_id=event.interaction_id, ledger=Ledger.EXEMPT, reason=reason, by=None, reply_id=None)]
        case _:
            return []


def conversation_of(received: Received) -> ConversationId | None:
    """The thread that an event is about."""
    event = received.event
    told = ReplySent | InteractionSettled | InteractionReopened | InteractionDeleted
    return event.conversation_id if isinstance(event, told) else None


def read_settlement(row: asyncpg.Record) -> Settlement:
    """A row of `settled`."""
    return Settlement(
        interaction_id=InteractionId(row["interaction_id"]),
        ledger=Ledger(row["ledger"]),
        reason=row["reason"],
        by=row["member_id"],
        reply_id=row["reply_id"],
        at=row["settled_at"],
        sequence=row["sequence"],
    )


def conclude(settlements: Sequence[Settlement]) -> Conclusion:
    """How a task ends whose interactions were settled so. The last of the most telling kind speaks for all."""
    foremost = next(ledger for ledger in ENDS if any(each.ledger is ledger for each in settlements))
    telling = max((each for each in settlements if each.ledger is foremost), key=lambda each: each.at)
    return Conclusion(
        state=ENDS[foremost],
        outcome=telling.reason or foremost.value,
        by=telling.by,
        reply_id=telling.reply_id,
        at=max(each.at for each in settlements),
    )
