"""What engagement answers about threads beside themselves: who is blocked, jobs, who takes part. Plain data; called through the package."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ConversationId, JobId, MemberId, ProfileId
from services.contracts.vocabulary import BulkAction, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockView:
    """A person whose messages are kept and owe nothing: since when, why, by whom."""

    profile_id: ProfileId
    reason: str
    member_id: MemberId | None
    blocked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailureView:
    """A conversation on which a job did nothing, and the code of why."""

    conversation_id: ConversationId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A bulk action and how far it is. `has_more`: the filter found more than the 1,000 that a job takes."""

    id: JobId
    action: BulkAction
    state: JobState
    total: int
    done: int
    failed: int
    has_more: bool
    member_id: MemberId | None
    created_at: datetime
    finished_at: datetime | None
    failures: tuple[JobFailureView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """A person in a thread, by the newest thousand entries. `name` and `handle` are the newest known."""

    profile_id: ProfileId
    name: str | None
    handle: str | None
    message_count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """Who answered whom in a thread, and how often. None is us."""

    from_profile_id: ProfileId | None
    to_profile_id: ProfileId
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationView:
    """The people of a thread, and who of them answered whom; by its newest thousand entries."""

    participants: tuple[ParticipantView, ...]
    exchanges: tuple[ExchangeView, ...]
