"""AssignmentSettings, Agent, Assignment. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.assigning import fields
from gateway.relay import shows
from gateway.vocabulary import Discipline
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, AssignmentView, ScoreView, WeightView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.conversations.types import Channel

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyChannel = Annotated["Channel", strawberry.lazy("gateway.conversations.types")]


@shows(WeightView, description="How much of a member's capacity a task of a channel takes.")
class ChannelWeight:
    """See WeightView."""

    weight: float = strawberry.field(description="1 where nothing is said.")
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=LazyChannel | None, description="Of which channel.")


@shows(AssignmentSettingsView, description="How tasks are given.")
class AssignmentSettings:
    """See AssignmentSettingsView."""

    pushes: bool = strawberry.field(description="True: the best-suited get them; false: members take them (takeNextTask).")
    capacity: float = strawberry.field(description="How much a member has at once, where nothing else is said of them.")
    weights: list[ChannelWeight] = strawberry.field(
        graphql_type=list[ChannelWeight], description="Channels whose tasks weigh other than 1; at most 200."
    )
    hand_off_days: int = strawberry.field(description="After so many days without contact a hand-off is flagged.")
    version: int = strawberry.field(description="Pass it when setting them; 0 while they are as shipped.")


@shows(AgentView, description="What a member can do and has.")
class Agent:
    """See AgentView."""

    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who.")
    disciplines: list[Discipline] = strawberry.field(description="Whose work they do.")
    languages: list[str] = strawberry.field(description="What they speak; BCP 47 tags.")
    skills: list[str] = strawberry.field(description="Intents and topics that they are good at; at most 100.")
    capacity: float | None = strawberry.field(description="How much they have at once; null: as the workspace says.")
    available: bool = strawberry.field(description="Whether they take work now, as they said.")
    absent: bool = strawberry.field(description="Whether they are away, as their absence says.")
    load: float = strawberry.field(description="The weight of their open tasks.")
    open_tasks: int = strawberry.field(description="How many those are.")
    version: int = strawberry.field(description="Pass it with a change: the change is refused if a colleague was faster.")


@shows(ScoreView, description="How well somebody suited, and for what.")
class AssignmentScore:
    """See ScoreView."""

    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who.")
    points: float = strawberry.field(description="In points; the highest got it.")
    reasons: list[str] = strawberry.field(description="What they are for, such as `speaks en (+4)`.")


@shows(AssignmentView, description="That a task went to somebody or back to the queue, and why.")
class Assignment:
    """See AssignmentView."""

    member = strawberry.field(
        resolver=fields.member_of, graphql_type=LazyMember | None, description="Whose it was then; null: the queue's."
    )
    former = strawberry.field(resolver=fields.former_of, graphql_type=LazyMember | None, description="Whose it was before.")
    cause: str = strawberry.field(description="`pushed`, `taken`, `silent` (its time passed) or `handed_off`.")
    why: str = strawberry.field(description="A sentence for people.")
    scores: list[AssignmentScore] = strawberry.field(graphql_type=list[AssignmentScore], description="Of those who suited best; at most 5.")
    assigned_at: datetime = strawberry.field(description="When; UTC.")
