"""Events in, notifications out: tasks, mentions, promises, replies that did not go out. Started by `main`.

An event counts once, whatever the broker repeats; what happened long ago is no news. History (imported, back-filled) starts no work and
owes nothing, so nothing of it arrives here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from services.contracts.events import (
    NoteAdded,
    PromiseDue,
    PromiseOverdue,
    ReplyChangeFailed,
    ReplyFailed,
    ReplyProposed,
    ReplyRejected,
    ReplyUnsettled,
    TargetMissed,
    TargetWarned,
    TaskAssigned,
    TaskNeglected,
)
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Discipline, NotificationKind
from services.engagement.notifications.telling import Matter, tell
from services.engagement.statements import notifications as statements
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.inbox import unprocessed
from services.kit.subscriptions import Subscription

OF_ROUTING = "engagement-notify-work"
OF_ENGAGEMENT = "engagement-notify"
NEWS_FOR = timedelta(hours=6)
CANCELLED = "cancelled"
RESOLUTION = "resolution"
TARGETS: Mapping[str, str] = MappingProxyType(
    {"first": "the first answer", "next": "the next answer", RESOLUTION: "the resolution of the matter"}
)
# A reply in doubt is told of when a person has to look; most are settled before.
InTrouble = ReplyFailed | ReplyUnsettled | ReplyChangeFailed | ReplyRejected


class NotificationSources:
    """The handlers. `database` is of the role `app`; `told` wakes the relay and the senders."""

    def __init__(self, database: Database, *, clock: Clock, told: Callable[[WorkspaceId], None]) -> None:
        self._database = database
        self._clock = clock
        self._told = told

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What is listened to, as a table."""
        return (
            Subscription(
                durable=OF_ROUTING,
                service="routing",
                events=(TaskAssigned, TaskNeglected, TargetWarned, TargetMissed),
                handler=self.hear_routing,
            ),
            Subscription(
                durable=OF_ENGAGEMENT,
                service="engagement",
                events=(
                    NoteAdded,
                    PromiseDue,
                    PromiseOverdue,
                    ReplyFailed,
                    ReplyUnsettled,
                    ReplyChangeFailed,
                    ReplyProposed,
                    ReplyRejected,
                ),
                handler=self.hear_engagement,
            ),
        )

    async def hear_routing(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """Tasks that became somebody's, and times of service levels that are over."""
        await self._hear(workspace, batch, consumer=OF_ROUTING)

    async def hear_engagement(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """What became of replies, notes and promises."""
        await self._hear(workspace, batch, consumer=OF_ENGAGEMENT)

    async def _hear(self, workspace: WorkspaceId, batch: Sequence[Received], *, consumer: str) -> None:
        now = self._clock.now()
        news = [received for received in batch if now - received.header.time < NEWS_FOR]
        async with self._database.transaction(workspace) as connection:
            fresh = await unprocessed(connection, consumer, news)
            owners = await _owners(connection, workspace, fresh)
            disciplines = await _disciplines(connection, workspace, fresh)
            count = await tell(connection, workspace, list(_matters(fresh, owners, disciplines)), now=now)
        if count:
            self._told(workspace)


async def _owners(connection: Connection, workspace: WorkspaceId, batch: Sequence[Received]) -> Mapping[UUID, UUID]:
    wanted = {received.event.conversation_id for received in batch if isinstance(received.event, InTrouble | ReplyProposed)}
    if not wanted:
        return {}
    rows = await statements.owners_of(connection, workspace, sorted(wanted))
    return {row["id"]: row["owner_id"] for row in rows if row["owner_id"] is not None}


async def _disciplines(connection: Connection, workspace: WorkspaceId, batch: Sequence[Received]) -> Mapping[UUID, Discipline]:
    wanted = {received.event.reply_id for received in batch if isinstance(received.event, ReplyProposed)}
    if not wanted:
        return {}
    rows = await statements.disciplines_of_replies(connection, workspace, sorted(wanted))
    return {row["id"]: Discipline(row["discipline"]) for row in rows}


def _matters(batch: Sequence[Received], owners: Mapping[UUID, UUID], disciplines: Mapping[UUID, Discipline]) -> Iterator[Matter]:
    for received in batch:
        event = received.event
        if isinstance(event, TaskAssigned):
            matter = _of_task(event)
        elif isinstance(event, TargetWarned | TargetMissed):
            matter = _of_target(event)
        elif isinstance(event, TaskNeglected):
            matter = _of_neglect(event)
        elif isinstance(event, InTrouble):
            matter = _of_reply(event, owners)
        elif isinstance(event, ReplyProposed):
            matter = _of_proposal(event, owner=owners.get(event.conversation_id), discipline=disciplines.get(event.reply_id))
        elif isinstance(event, PromiseDue | PromiseOverdue):
            matter = _of_promise(event)
        else:
            matter = _of_note(event) if isinstance(event, NoteAdded) else None
        if matter is not None:
            yield matter


def _of_task(event: TaskAssigned) -> Matter | None:
    if event.member_id is not None:
        kind, to, discipline = NotificationKind.TASK_ASSIGNED, frozenset({event.member_id}), None
    elif event.discipline is not Discipline.NONE:
        kind, to, discipline = NotificationKind.DISCIPLINE_TASK, frozenset(), event.discipline
    else:
        return None
    return Matter(kind=kind, id=event.task_id, conversation=event.conversation_id, to=to, discipline=discipline, by=event.by)


def _of_target(event: TargetWarned | TargetMissed) -> Matter | None:
    """Whom a service level names. The owner of an answer is told by the sweep of what is owed; of a resolution only this tells.

    Nothing is owed in work of no thread: of its time, too, only this tells.
    """
    to = set(event.escalate_to) if isinstance(event, TargetMissed) else set()
    if (event.target == RESOLUTION or event.conversation_id is None) and event.member_id is not None:
        to.add(event.member_id)
    if not to:
        return None
    return Matter(
        kind=NotificationKind.OVERDUE if isinstance(event, TargetMissed) else NotificationKind.DUE_SOON,
        id=event.matter_id,
        conversation=event.conversation_id,
        reason=_said_of(event),
        to=frozenset(to),
    )


def _said_of(event: TargetWarned | TargetMissed) -> str:
    what = "the work" if event.conversation_id is None else TARGETS.get(event.target, event.target)
    return f"{what}, service level {event.level}" if event.level else f"{what}, by the playbook"


def _of_neglect(event: TaskNeglected) -> Matter:
    """For whoever has it, and for whoever handed it off; where nobody has it, for the discipline."""
    to = frozenset(each for each in (event.member_id, event.handed_by) if each is not None)
    return Matter(
        kind=NotificationKind.OVERDUE,
        id=event.task_id,
        conversation=event.conversation_id,
        reason=f"handed off from {event.from_discipline} to {event.discipline}, and nobody has contacted the person",
        to=to if event.member_id is not None else frozenset(),
        discipline=event.discipline if event.member_id is None else None,
    )


def _of_note(event: NoteAdded) -> Matter | None:
    """The conversation is the matter: ten notes that name somebody are one."""
    if not event.mentioned:
        return None
    return Matter(
        kind=NotificationKind.MENTIONED,
        id=event.conversation_id,
        conversation=event.conversation_id,
        channel=event.channel_id,
        to=frozenset(event.mentioned),
        by=event.by,
    )


def _of_promise(event: PromiseDue | PromiseOverdue) -> Matter:
    to = frozenset() if event.member_id is None else frozenset({event.member_id})
    reason = "its time has passed" if isinstance(event, PromiseOverdue) else "within the hour"
    return Matter(kind=NotificationKind.PROMISE_DUE, id=event.promise_id, conversation=event.conversation_id, reason=reason, to=to)


def _of_proposal(event: ReplyProposed, *, owner: UUID | None, discipline: Discipline | None) -> Matter:
    """For the thread's owner, unless the words are the owner's own; then, as without an owner, for those who know the matter."""
    return Matter(
        kind=NotificationKind.REPLY_PROPOSED,
        id=event.reply_id,
        conversation=event.conversation_id,
        channel=event.channel_id,
        to=frozenset() if owner in {None, event.member_id} else frozenset({owner}),
        discipline=discipline,
        by=event.member_id,
    )


def _of_reply(event: InTrouble, owners: Mapping[UUID, UUID]) -> Matter | None:
    """A reply that its author took back is no failure."""
    if event.reason == CANCELLED:
        return None
    kind = NotificationKind.REPLY_UNKNOWN if isinstance(event, ReplyUnsettled) else NotificationKind.REPLY_FAILED
    concerned = {event.member_id, owners.get(event.conversation_id)}
    return Matter(
        kind=kind,
        id=event.reply_id,
        conversation=event.conversation_id,
        channel=event.channel_id,
        reason=f"a colleague rejected it: {event.reason}" if isinstance(event, ReplyRejected) else event.reason,
        by=event.decided_by,
        to=frozenset(each for each in concerned if each is not None),
    )
