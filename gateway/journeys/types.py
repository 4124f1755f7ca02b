"""Stage, JourneyRun, JourneyStep, JourneyBoard. Called by the schema; the values are the contract's views."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.context import Info
from gateway.relay import shows
from gateway.vocabulary import Phase
from services.contracts.ids import ContactId
from services.contracts.views import ContactView
from services.contracts.views.journey import BoardStageView, BoardView, RunView, StageView, StepView, StuckView

if TYPE_CHECKING:
    from gateway.contacts.types import Contact

LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]


async def runs_of_contact(root: strawberry.Parent[ContactView], info: Info) -> list[RunView]:
    """The contact's runs, the newest first."""
    return list((await info.context.loaders.journey_by_contact.load(root.id)).runs)


def contact_waiting(root: strawberry.Parent[StuckView], info: Info) -> Awaitable[ContactView | None]:
    """Who it is."""
    return info.context.loaders.contact_by_id.load(ContactId(root.id))


@shows(StageView, description="A stage of the workspace's ring.")
class Stage:
    """See StageView."""

    key: str = strawberry.field(description="By which it is named.")
    title: str = strawberry.field(description="As people read it; at most 100 characters.")
    phase: Phase = strawberry.field(description="Whether it lies before the purchase, at it or after it.")


@shows(StepView, description="A line of the log of a person's journey.")
class JourneyStep:
    """See StepView."""

    line: str = strawberry.field(description="The product line.")
    mode: str = strawberry.field(description="forward, set, purchase, leave, push or stay.")
    from_stage: str = strawberry.field(description="The key of the stage before; empty where a run began.")
    to_stage: str = strawberry.field(description="The key of the stage that it speaks of; empty where the person left.")
    moved: bool = strawberry.field(description="Whether the person entered the stage by it; false for pushes and whoever is not ready.")
    cause: str = strawberry.field(description="interaction, crm or member.")
    reason: str = strawberry.field(description="Why, as a sentence; at most 500 characters.")
    confidence: float = strawberry.field(description="How sure it is, 0 to 1.")
    historic: bool = strawberry.field(description="Whether it was inferred from history.")
    at: datetime = strawberry.field(description="When it happened; UTC.")


@shows(RunView, description="One walk along the ring on one product line.")
class JourneyRun:
    """See RunView."""

    line: str = strawberry.field(description="The product line.")
    number: int = strawberry.field(description="The how manyth of the line it is.")
    stage: str = strawberry.field(description="The key of the stage in which it is, or was last.")
    title: str = strawberry.field(description="That stage's title.")
    phase: Phase = strawberry.field(description="That stage's phase.")
    began_at: datetime = strawberry.field(description="When it began; UTC.")
    since: datetime = strawberry.field(description="When that stage was entered; UTC.")
    ended_at: datetime | None = strawberry.field(description="When the person left, or began the line's next run; UTC.")
    current: bool = strawberry.field(description="Whether it goes on.")
    steps: list[JourneyStep] = strawberry.field(
        graphql_type=list[JourneyStep], description="What moved the person, or did not, the newest first; at most 100."
    )


@shows(StuckView, description="Somebody in a stage of the board.")
class Waiting:
    """See StuckView."""

    since: datetime = strawberry.field(description="When they entered the stage, or left it where that is asked; UTC.")
    contact = strawberry.field(
        resolver=contact_waiting, graphql_type=LazyContact | None, description="Who; null for an account of which nobody is known yet."
    )


@shows(BoardStageView, description="A stage of the board with its numbers.")
class BoardStage:
    """See BoardStageView."""

    stage: Stage = strawberry.field(graphql_type=Stage, description="The stage.")
    people: int = strawberry.field(description="How many people are in it now.")
    came: int = strawberry.field(description="How many entered it within the window.")
    went: int = strawberry.field(description="How many left it within the window.")
    median_seconds: float | None = strawberry.field(description="How long those who left had been in it, in the middle.")
    longest: list[Waiting] = strawberry.field(graphql_type=list[Waiting], description="Who waits longest; at most 5.")


@shows(BoardView, description="Where the people of a product line are.")
class JourneyBoard:
    """See BoardView."""

    line: str = strawberry.field(description="The product line.")
    since: datetime = strawberry.field(description="When the window begins in which people came and went; UTC.")
    stages: list[BoardStage] = strawberry.field(graphql_type=list[BoardStage], description="The ring's, in their order; at most 30.")
