"""REST of journeys: the ring and product lines, where a contact is, what the CRM tells, corrections, and the board."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, model_validator

from services.contracts.ids import MemberId
from services.contracts.views import PageView
from services.contracts.views.journey import BoardView, JourneyPlanView, JourneyView, LineView, RingView, StageView, StuckView
from services.contracts.vocabulary import Phase
from services.kit import outbox
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit
from services.routing.api.edge import PartsOf
from services.routing.journey.moving import Correction, CrmEvent, correct, hear_crm
from services.routing.journey.planning import MAIN, plan_of, plan_view, replace_plan
from services.routing.journey.reading import Number, board_of, list_journeys, list_people
from services.routing.journey.rings import templates

router = APIRouter(prefix="/v1", tags=["journey"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]
Worker = Annotated[Caller, Depends(require("tasks:write"))]
Editor = Annotated[Caller, Depends(require("playbook:write"))]
Teller = Annotated[Caller, Depends(require("inlet:write"))]
Name = Annotated[str, Field(min_length=1, max_length=50)]
Days = Annotated[int, Query(ge=1, le=366, description="How far back the window goes in which people came and went.")]


class StageInput(RequestBody):
    """A stage of a ring. `like`: which stages of the first ring it covers; a stage finer than those names the one that it is part of."""

    key: Name
    title: Annotated[str, Field(min_length=1, max_length=100)]
    phase: Phase
    like: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]


class LineInput(RequestBody):
    """A product line; messages that have one of its words are about it."""

    name: Name
    words: Annotated[tuple[Name, ...], Field(max_length=50)] = ()


class JourneyPlanBody(RequestBody):
    """The ring, one of the four by its `template` or stages of your own, and product lines, with the version that was read."""

    template: str | None = None
    stages: Annotated[tuple[StageInput, ...], Field(max_length=30)] = ()
    lines: Annotated[tuple[LineInput, ...], Field(max_length=50)] = ()
    version: Annotated[int, Field(ge=0, le=2**31 - 2)]

    @model_validator(mode="after")
    def either(self) -> "JourneyPlanBody":
        """Refuses both, neither, and templates that there are not."""
        if (self.template is None) == (not self.stages):
            message = "give either `template` or `stages`"
            raise ValueError(message)
        if self.template is not None and self.template not in templates():
            message = f"`template` is one of {', '.join(templates())}"
            raise ValueError(message)
        return self

    def view(self) -> JourneyPlanView:
        """The same as it is kept."""
        own = tuple(StageView(key=each.key, title=each.title, phase=each.phase, like=each.like) for each in self.stages)
        shipped = None if self.template is None else templates()[self.template]
        ring = RingView(name="own", title="Our own", stages=own) if shipped is None else shipped
        lines = tuple(LineView(name=each.name, words=each.words) for each in self.lines)
        return JourneyPlanView(ring=RingView(name=ring.name, title=ring.title, stages=ring.stages), lines=lines, version=self.version)


class CrmEventInput(RequestBody):
    """Something that the CRM or the shop knows of a person, named by contact or by profile.

    `key` is its id there: told again, it counts once.
    """

    key: Annotated[str, Field(min_length=1, max_length=200)]
    event: CrmEvent
    contact_id: UUID | None = None
    profile_id: UUID | None = None
    line: Name = MAIN
    at: Annotated[Moment | None, Field(description="When it happened; now where it is left out.")] = None
    source: Annotated[str, Field(max_length=100, description="Who tells it, for people to read.")] = ""

    @model_validator(mode="after")
    def somebody(self) -> "CrmEventInput":
        """Refuses nobody, and two names for one person."""
        if (self.contact_id is None) == (self.profile_id is None):
            message = "give either `contact_id` or `profile_id`"
            raise ValueError(message)
        return self


class CrmEventsBody(RequestBody):
    """At most 200, taken all or none."""

    events: Annotated[list[CrmEventInput], Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmEventsTaken:
    """How many stages were entered because of them; what was told before counts for nothing."""

    entered: int


class CorrectionBody(RequestBody):
    """Where a person really is: a stage of the ring, or an empty one for whoever has left it."""

    stage: Annotated[str, Field(max_length=50)]
    line: Name = MAIN
    reason: Annotated[str, Field(min_length=1, max_length=500, description="Why, for people to read.")]


@router.get("/journey/templates")
async def list_templates(caller: Reader) -> list[RingView]:
    """The four rings that come with the product, each mapped to the stages of the first."""
    del caller
    return list(templates().values())


@router.get("/journey")
async def get_journey_plan(caller: Reader, parts: PartsOf) -> JourneyPlanView:
    """The workspace's ring and product lines."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return plan_view(await plan_of(connection, caller.workspace_id))


@router.put("/journey")
async def set_journey_plan(body: JourneyPlanBody, caller: Editor, parts: PartsOf) -> JourneyPlanView:
    """Replace them. Where people are is read as the stages that cover it now. Refused where somebody changed them meanwhile."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await replace_plan(connection, caller.workspace_id, body.view(), by=caller.caller_id, now=parts.clock.now())


@router.post("/journey/events", response_model=CrmEventsTaken)
async def take_crm_events(body: CrmEventsBody, request: Request, caller: Teller, parts: PartsOf) -> Response:
    """Hear what the CRM or the shop knows: purchased, delivered, renewed, returned, cancelled, referred, cart."""
    now = parts.clock.now()
    told = [(each.key, each.event, each.contact_id, each.profile_id, each.line, each.at or now, each.source) for each in body.events]

    async def act(connection: Connection) -> tuple[int, object]:
        events = await hear_crm(connection, caller.workspace_id, told, now=now)
        await outbox.append(connection, caller.workspace_id, events, now=now)
        return 200, CrmEventsTaken(entered=len(events))

    answer = await once(request, parts.database, caller, act)
    parts.published()
    return answer


@router.get("/contacts/{contact_id}/journey")
async def get_journey(contact_id: UUID, caller: Reader, parts: PartsOf) -> JourneyView:
    """Where a contact is, on each product line, with what moved it. A contact of whom nothing is known has no runs."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return (await list_journeys(connection, caller.workspace_id, [contact_id]))[0]


@router.post("/contacts/{contact_id}/journey", response_model=JourneyView)
async def correct_journey(contact_id: UUID, body: CorrectionBody, request: Request, caller: Worker, parts: PartsOf) -> Response:
    """Put a contact where it really is. It stays there until something after this moves it ahead."""
    said = Correction(
        contact=contact_id, stage=body.stage, line=body.line, reason=body.reason, by=MemberId(caller.caller_id), at=parts.clock.now()
    )

    async def act(connection: Connection) -> tuple[int, object]:
        events = await correct(connection, caller.workspace_id, said)
        await outbox.append(connection, caller.workspace_id, events, now=said.at)
        return 200, (await list_journeys(connection, caller.workspace_id, [contact_id]))[0]

    answer = await once(request, parts.database, caller, act)
    parts.published()
    return answer


@router.get("/journey/board")
async def get_board(caller: Reader, parts: PartsOf, line: str = MAIN, days: Days = 30) -> BoardView:
    """The journey board of a product line: people per stage, who came and went, the median time, the longest waiting."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await board_of(connection, caller.workspace_id, line=line, since=_since(parts.clock.now(), days))


@router.get("/journey/board/{stage}/{number}")
async def list_board_people(  # noqa: PLR0913 - a number of the board is so many things
    stage: str, number: Number, caller: Reader, parts: PartsOf, *, line: str = MAIN, days: Days = 30, limit: Limit = 50, after: After = None
) -> PageView[StuckView]:
    """The people behind a number of the board: `people` are in the stage, `came` and `went` within the window."""
    since = _since(parts.clock.now(), days)
    async with parts.database.transaction(caller.workspace_id) as connection:
        return await list_people(
            connection, caller.workspace_id, line=line, stage=stage, number=number, since=since, after=after, limit=limit
        )


def _since(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)
