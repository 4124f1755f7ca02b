"""Service levels over GraphQL: shown, replaced, refused; and by when the matters of a conversation are to be resolved."""

from datetime import date
from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import ResolutionId
from services.contracts.views.composing import DayView, HolidayView, PeriodView
from services.contracts.views.levels import CalendarView, ResolutionView, ServiceLevelsView, ServiceLevelView
from services.contracts.vocabulary import Discipline, StakeholderKind, Urgency
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem

NIGHT = DayView("monday", (PeriodView("22:00", "06:00"),))
MADRID = CalendarView(name="default", time_zone="Europe/Madrid", week=(NIGHT,), holidays=(HolidayView(date(2026, 12, 25), "Christmas"),))
SET = """mutation($input: SetServiceLevelsInput!) { setServiceLevels(input: $input) {
  ... on ServiceLevelsSet { serviceLevels { version levels { name } } } ... on Problem { code message } } }"""


async def test_r8_service_levels_are_shown_and_replaced(graphql: GraphqlClient, world: World) -> None:
    level = ServiceLevelView(
        name="Press",
        disciplines=(Discipline.PR,),
        urgencies=(Urgency.HIGH,),
        kinds=(StakeholderKind.PRESS,),
        first_minutes=30,
        escalate_to=(world.member.id,),
    )
    world.routing.responders["GET", "/v1/service-levels"] = lambda _: ServiceLevelsView(calendars=(MADRID,), levels=(level,), version=3)
    world.routing.responders["PUT", "/v1/service-levels"] = lambda _: ServiceLevelsView(calendars=(MADRID,), levels=(level,), version=4)

    data = await graphql.ask(
        """query { serviceLevels { version calendars { name timeZone week { day periods { opens closes } } holidays { day name } }
          levels { name disciplines urgencies kinds firstMinutes nextMinutes warnPercent escalateTo { name } channels { name } } } }"""
    )
    assert data["serviceLevels"]["levels"] == [
        {
            "name": "Press",
            "disciplines": ["PR"],
            "urgencies": ["HIGH"],
            "kinds": ["PRESS"],
            "firstMinutes": 30,
            "nextMinutes": None,
            "warnPercent": 80,
            "escalateTo": [{"name": "Sol"}],
            "channels": [],
        }
    ]
    assert data["serviceLevels"]["calendars"][0]["week"] == [{"day": "monday", "periods": [{"opens": "22:00", "closes": "06:00"}]}]

    wanted = {
        "version": 3,
        "calendars": [
            {
                "name": "default",
                "timeZone": "Europe/Madrid",
                "week": [{"day": "Monday", "periods": [{"opens": "22:00", "closes": "06:00"}]}],
            }
        ],
        "levels": [{"name": "Press", "kinds": ["PRESS"], "firstMinutes": 30, "escalateTo": [global_id("Member", world.member.id)]}],
    }
    data = await graphql.ask(SET, input=wanted)
    assert data["setServiceLevels"]["serviceLevels"] == {"version": 4, "levels": [{"name": "Press"}]}
    (told,) = [call.payload() for call in world.calls if call.method == "PUT"]
    assert told["calendars"][0]["week"] == {"monday": [{"opens": "22:00", "closes": "06:00"}]}
    assert (told["levels"][0]["kinds"], told["levels"][0]["escalate_to"], told["version"]) == (["press"], [str(world.member.id)], 3)


async def test_what_cannot_be_kept_is_a_typed_error(graphql: GraphqlClient, world: World) -> None:
    detail = "Service level A says nothing: give it first_minutes, next_minutes or resolution_minutes."
    world.routing.responders["PUT", "/v1/service-levels"] = lambda _: problem(422, "service_levels_refused", detail)

    data = await graphql.ask(SET, input={"calendars": [], "levels": [{"name": "A"}], "version": 0})

    assert data["setServiceLevels"] == {"code": "SERVICE_LEVELS_REFUSED", "message": detail}


async def test_r8_matters_stand_on_their_conversation(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    matter = ResolutionView(
        id=ResolutionId(uuid4()),
        conversation_id=conversation.id,
        profile_id=conversation.profile_id,
        discipline=Discipline.SERVICE,
        level="Day",
        began_at=MORNING,
        due_at=MORNING,
        paused_at=MORNING,
        warned_at=None,
        missed_at=None,
        ended_at=None,
    )
    world.routing.responders["POST", "/internal/resolutions/by-conversation-ids"] = lambda asked: [[matter] for _ in asked["ids"]]

    data = await graphql.ask(
        "query($id: ID!) { conversation(id: $id) { resolutions { discipline level pausedAt missedAt } tasks { answer level missedAt } } }",
        id=global_id("Conversation", conversation.id),
    )

    (shown,) = data["conversation"]["resolutions"]
    assert (shown["discipline"], shown["level"], shown["missedAt"]) == ("SERVICE", "Day", None)
    assert {task["answer"] for task in data["conversation"]["tasks"]} == {"FIRST"}
