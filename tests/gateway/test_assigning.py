"""How tasks are given, over GraphQL: taken, explained, set; and what members can do and have."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import AssignmentId
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, AssignmentView, ScoreView
from services.contracts.vocabulary import Discipline
from services.kit.port import Answer
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem

TAKE = """mutation($input: TakeNextTaskInput!) { takeNextTask(input: $input) {
  ... on NextTaskTaken { task { why assignments { cause why member { name } former { name } scores { points reasons member { name } } } } }
  ... on Problem { code message } } }"""
SAVE = """mutation($input: SaveAgentInput!) { saveAgent(input: $input) {
  ... on AgentSaved { agent { available capacity } } ... on Problem { code message } } }"""


async def test_r6_the_next_task_is_taken_once_and_tells_why(graphql: GraphqlClient, world: World) -> None:
    world.add_contact()
    task = next(iter(world.tasks.values()))
    score = ScoreView(member_id=world.member.id, points=9.0, reasons=("speaks en (+4)",))
    taken = AssignmentView(
        id=AssignmentId(uuid4()),
        task_id=task.id,
        member_id=world.member.id,
        former_id=None,
        cause="taken",
        why="Sol suits best.",
        scores=(score,),
        assigned_at=MORNING,
    )
    world.routing.responders["POST", "/v1/tasks/next"] = lambda _: task
    world.routing.responders["POST", "/internal/assignments/by-task-ids"] = lambda asked: [[taken] for _ in asked["ids"]]

    data = await graphql.ask(TAKE, input={"clientMutationId": "once"})

    (why,) = data["takeNextTask"]["task"]["assignments"]
    assert why == {
        "cause": "taken",
        "why": "Sol suits best.",
        "member": {"name": "Sol"},
        "former": None,
        "scores": [{"points": 9.0, "reasons": ["speaks en (+4)"], "member": {"name": "Sol"}}],
    }
    (call,) = [each for each in world.calls if each.path == "/v1/tasks/next"]
    assert call.header("idempotency-key") == "once"


async def test_r6_no_task_waits_or_the_caller_may_not(graphql: GraphqlClient, world: World) -> None:
    world.routing.responders["POST", "/v1/tasks/next"] = lambda _: Answer(204, {}, b"")
    assert await graphql.ask(TAKE, input={}) == {"takeNextTask": {"task": None}}

    world.routing.responders["POST", "/v1/tasks/next"] = lambda _: problem(404, "member_not_found", "Only members take tasks.")
    assert (await graphql.ask(TAKE, input={}))["takeNextTask"] == {"code": "MEMBER_NOT_FOUND", "message": "Only members take tasks."}


async def test_r6_settings_and_members_are_shown_and_changed(graphql: GraphqlClient, world: World) -> None:
    agent = AgentView(
        member_id=world.member.id,
        name="Sol",
        disciplines=(Discipline.SALES,),
        languages=("en",),
        skills=("price",),
        capacity=None,
        available=True,
        absent=False,
        load=2.5,
        open_tasks=2,
        version=3,
    )
    settings = AssignmentSettingsView(pushes=True, capacity=8.0, version=1)
    for method, path, found in (
        ("GET", "/v1/agents", [agent]),
        ("GET", "/v1/assignment-settings", settings),
        ("PUT", "/v1/assignment-settings", settings),
        ("PUT", f"/v1/agents/{agent.member_id}", agent),
        ("PUT", f"/v1/agents/{agent.member_id}/availability", agent),
    ):
        world.routing.responders[method, path] = lambda _, found=found: found
    member = global_id("Member", world.member.id)

    data = await graphql.ask(
        """query { assignmentSettings { pushes capacity weights { weight } handOffDays version }
          agents { member { name } disciplines languages skills capacity available absent load openTasks version } }"""
    )
    assert data["assignmentSettings"] == {"pushes": True, "capacity": 8.0, "weights": [], "handOffDays": 3, "version": 1}
    assert (data["agents"][0]["member"], data["agents"][0]["load"], data["agents"][0]["disciplines"]) == ({"name": "Sol"}, 2.5, ["SALES"])

    channel = uuid4()
    wanted = {"pushes": True, "version": 0, "weights": [{"channelId": global_id("Channel", channel), "weight": 0.5}]}
    changed = await graphql.ask(
        """mutation($input: SetAssignmentSettingsInput!) { setAssignmentSettings(input: $input) {
          ... on AssignmentSettingsSet { settings { version } } } }""",
        input=wanted,
    )
    assert changed == {"setAssignmentSettings": {"settings": {"version": 1}}}
    await graphql.ask(SAVE, input={"memberId": member, "version": 3, "capacity": None})
    await graphql.ask(SAVE, input={"memberId": member, "version": 3, "available": False})
    told = [(call.path.rpartition("/")[2], call.payload()) for call in world.calls if call.method == "PUT"]
    assert [payload for _, payload in told] == [
        {"pushes": True, "capacity": 10.0, "weights": [{"channel_id": str(channel), "weight": 0.5}], "hand_off_days": 3, "version": 0},
        {"capacity": None, "version": 3},
        {"available": False, "version": 3},
    ]
    both = await graphql.ask(SAVE, input={"memberId": member, "version": 3, "available": False, "skills": []})
    assert both["saveAgent"]["message"].startswith("Change `available` alone")
