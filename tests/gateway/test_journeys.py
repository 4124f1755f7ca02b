"""Journeys over GraphQL: a contact's runs with what led there, the board with the people behind its numbers, and corrections."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.views import PageView
from services.contracts.views.journey import BoardStageView, BoardView, JourneyView, RunView, StageView, StepView, StuckView
from services.contracts.vocabulary import Phase
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem

STEP = StepView(
    id=uuid4(),
    profile_id=uuid4(),
    line="main",
    mode="forward",
    from_stage="",
    to_stage="intent",
    cause="interaction",
    cause_id=uuid4(),
    reason="Says that they are ready.",
    confidence=0.9,
    historic=False,
    moved=True,
    at=MORNING,
)
RUN = RunView(
    line="main",
    number=1,
    stage="intent",
    title="Intent",
    phase=Phase.PURCHASE,
    began_at=MORNING,
    since=MORNING,
    ended_at=None,
    current=True,
    steps=(STEP,),
)
INTENT = StageView(key="intent", title="Intent", phase=Phase.PURCHASE, like=("intent",))
CORRECT = """mutation($input: CorrectStageInput!) { correctStage(input: $input) {
  ... on StageCorrected { runs { stage current } } ... on Problem { code message } } }"""


async def test_r2_r3_a_contact_s_runs_say_what_led_there(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    world.runs[contact.id] = (RUN,)

    data = await graphql.ask(
        """query($id: ID!) { contact(id: $id) {
          journey { line number stage phase current steps { toStage cause reason confidence moved } } } }""",
        id=global_id("Contact", contact.id),
    )

    step = {"toStage": "intent", "cause": "interaction", "reason": "Says that they are ready.", "confidence": 0.9, "moved": True}
    assert data["contact"]["journey"] == [
        {"line": "main", "number": 1, "stage": "intent", "phase": "PURCHASE", "current": True, "steps": [step]}
    ]


async def test_r2_the_board_shows_numbers_and_the_people_behind_them(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    somebody, stranger = StuckView(id=contact.id, since=MORNING), StuckView(id=uuid4(), since=MORNING)
    stage = BoardStageView(stage=INTENT, people=2, came=3, went=1, median_seconds=600.0, longest=(somebody, stranger))
    world.routing.responders["POST", "/internal/journeys/board"] = lambda asked: BoardView(
        line=asked["line"], since=MORNING, stages=(stage,)
    )
    world.routing.responders["POST", "/internal/journeys/people"] = lambda _: PageView(items=(somebody,), cursors=("c",), has_next=False)

    data = await graphql.ask(
        """{ journeyBoard(line: "mills", days: 7) { line stages { stage { key title phase } people came went medianSeconds
          longest { contact { name } } } } journeyPeople(stage: "intent", number: "went") { nodes { contact { name } } } }"""
    )

    assert data["journeyBoard"] == {
        "line": "mills",
        "stages": [
            {
                "stage": {"key": "intent", "title": "Intent", "phase": "PURCHASE"},
                "people": 2,
                "came": 3,
                "went": 1,
                "medianSeconds": 600.0,
                "longest": [{"contact": {"name": contact.name}}, {"contact": None}],
            }
        ],
    }
    assert data["journeyPeople"]["nodes"] == [{"contact": {"name": contact.name}}]


async def test_r3_a_member_corrects_a_stage(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    path = f"/v1/contacts/{contact.id}/journey"
    world.routing.responders["POST", path] = lambda _: JourneyView(contact_id=contact.id, runs=(RUN,))
    wanted = {"contactId": global_id("Contact", contact.id), "stage": "intent", "reason": "She told me."}

    data = await graphql.ask(CORRECT, input=wanted)
    (told,) = [call.payload() for call in world.calls if call.path == path]
    world.routing.responders["POST", path] = lambda _: problem(422, "journey_refused", "There is no stage.")
    refused = await graphql.ask(CORRECT, input=wanted)

    assert data["correctStage"] == {"runs": [{"stage": "intent", "current": True}]}
    assert told == {"stage": "intent", "line": "main", "reason": "She told me."}
    assert refused["correctStage"] == {"code": "JOURNEY_REFUSED", "message": "There is no stage."}
