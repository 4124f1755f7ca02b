"""The service whole: events in from the broker, tasks out over REST and batches, events out, members' changes."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.contracts.envelope import subject_of
from services.contracts.events import AccessRevoked, MemberChanged, TaskAssigned, TaskCompleted
from services.contracts.ids import MemberId, SessionId, WorkspaceId
from services.contracts.vocabulary import Role
from services.kit.bus import encode
from services.kit.db import Database
from services.kit.dead_letters import bury
from services.kit.ids import new_id
from services.routing.settings import RoutingSettings
from services.routing.subscribers import TRIAGE
from services.routing.triage.heads import shipped_model
from tests.routing.desk import Person, answered, header
from tests.routing.service import Service, Told, running


@pytest.fixture
def workspace() -> WorkspaceId:
    return WorkspaceId(new_id())


async def test_a_message_on_the_bus_becomes_a_task_and_its_answer_completes_it(service: Service, workspace: WorkspaceId) -> None:
    person = Person()
    said = person.says("sales purchase")
    await service.publish(workspace, said)
    (task,) = await _tasks(service, workspace, at_least=1)
    assert (task["discipline"], task["state"], task["interaction_ids"]) == ("sales", "new", [str(said.interaction_id)])

    await service.publish(workspace, answered(said))

    token = service.token(workspace)

    async def finished() -> Any:
        told = await service.ask("GET", f"/v1/tasks/{task['id']}", token=token)
        return told.body if told.body["state"] == "answered" else None

    assert (await service.until(finished))["outcome"] == "answered"
    await service.bus.ensure_stream("routing")

    async def told() -> list[str] | None:
        heard = await service.bus.jetstream.stream_info("RAPPORT_ROUTING", subjects_filter=">")
        subjects = sorted(subject for subject in heard.state.subjects or {} if ".routing.stage." not in subject)
        return subjects if len(subjects) >= 3 else None

    assert await service.until(told) == [
        f"rapport.{event}.v1.{workspace}" for event in ("routing.interaction.triaged", TaskAssigned.type, TaskCompleted.type)
    ]


async def test_a_member_takes_a_task_begins_it_and_finishes_it(service: Service, workspace: WorkspaceId) -> None:
    (task,) = await _opened(service, workspace, "service post")
    member = str(new_id())
    token = service.token(workspace, role="agent", sub=member)
    path = f"/v1/tasks/{task['id']}"

    taken = await service.ask("PATCH", path, {"version": 1, "member_id": member}, token=token)
    begun = await service.ask("PATCH", path, {"version": 2, "state": "in_progress"}, token=token)
    done = await service.ask("PATCH", path, {"version": 3, "state": "done", "outcome": "Called them."}, token=token)

    assert (taken.body["state"], taken.body["member_id"], taken.body["version"]) == ("assigned", member, 2)
    assert (begun.body["state"], begun.body["member_id"]) == ("in_progress", member)
    assert (done.body["state"], done.body["outcome"], done.body["version"]) == ("done", "Called them.", 4)
    assert done.body["completed_at"] is not None
    late = await service.ask("PATCH", path, {"version": 4, "state": "new"}, token=token)
    assert (late.status, late.body["code"]) == (409, "task_closed")


async def test_a_task_is_given_to_who_works_here_and_to_nobody_else(service: Service, workspace: WorkspaceId) -> None:
    (task,) = await _opened(service, workspace, "service post")
    here, left, later = (_member(active=active) for active in (True, False, True))
    service.members.extend([here, left])
    token, path = service.token(workspace), f"/v1/tasks/{task['id']}"

    async def given(member: MemberChanged) -> Told:
        present = await service.ask("GET", path, token=token)
        return await service.ask("PATCH", path, {"version": present.body["version"], "member_id": str(member.member_id)}, token=token)

    for stranger in (_member(), left, later):
        refused = await given(stranger)
        assert (refused.status, refused.body["code"]) == (404, "member_not_found")
    assert (await given(here)).body["member_id"] == str(here.member_id)

    await service.publish(workspace, replace(here, active=False, version=2), later)

    async def told() -> bool:
        return (await given(later)).status == 200

    assert await service.until(told)
    assert (await given(here)).body["code"] == "member_not_found"


async def test_while_nobody_can_say_who_works_here_a_task_is_not_given_and_keeps_its_state(
    service: Service, workspace: WorkspaceId
) -> None:
    (task,) = await _opened(service, workspace, "service post")
    here, token, path = _member(), service.token(workspace), f"/v1/tasks/{task['id']}"
    service.members.append(here)
    before = await service.ask("GET", path, token=token)
    change = {"version": before.body["version"], "member_id": str(here.member_id)}

    service.identity_away.set()
    refused = await service.ask("PATCH", path, change, token=token)

    assert (refused.status, refused.body["code"]) == (503, "service_unavailable")
    assert (await service.ask("GET", path, token=token)).body == before.body
    service.identity_away.clear()
    assert (await service.ask("PATCH", path, change, token=token)).body["member_id"] == str(here.member_id)


def _member(*, active: bool = True) -> MemberChanged:
    return MemberChanged(member_id=MemberId(new_id()), name="Somebody", role=Role.AGENT, active=active, version=1)


async def test_who_begins_a_task_owns_it_and_can_give_it_back(service: Service, workspace: WorkspaceId) -> None:
    (task,) = await _opened(service, workspace, "service post")
    member = str(new_id())
    token = service.token(workspace, sub=member)
    path = f"/v1/tasks/{task['id']}"

    begun = await service.ask("PATCH", path, {"version": 1, "state": "in_progress"}, token=token)
    returned = await service.ask("PATCH", path, {"version": 2, "member_id": None}, token=token)

    assert (begun.body["state"], begun.body["member_id"]) == ("in_progress", member)
    assert (returned.body["state"], returned.body["member_id"]) == ("new", None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 7, "state": "done"}, 409, "version_conflict"),
        ({"version": 1, "state": "declined"}, 422, "reason_missing"),
        ({"version": 1, "state": "forgotten"}, 422, "malformed"),
        ({"state": "done"}, 422, "malformed"),
        ({"version": 1, "surprise": True}, 422, "malformed"),
        ({"version": 2**40}, 422, "malformed"),
    ],
)
async def test_a_refused_change_changes_nothing(
    service: Service, workspace: WorkspaceId, body: dict[str, object], status: int, code: str
) -> None:
    (task,) = await _opened(service, workspace, "service post")
    token = service.token(workspace)

    told = await service.ask("PATCH", f"/v1/tasks/{task['id']}", body, token=token)

    assert (told.status, told.body["code"]) == (status, code)
    assert (await service.ask("GET", f"/v1/tasks/{task['id']}", token=token)).body == task


async def test_tasks_are_listed_next_due_first_by_page_and_filter(service: Service, workspace: WorkspaceId) -> None:
    tasks = await _opened(service, workspace, "service post high", "service post", "sales pre", "hr low", "pr")
    token = service.token(workspace)
    order = [task["id"] for task in sorted(tasks, key=lambda each: (each["due_at"], each["id"]))]

    seen, after = [], ""
    while after is not None:
        page = (await service.ask("GET", f"/v1/tasks?limit=2{after and f'&after={after}'}", token=token)).body
        seen += [task["id"] for task in page["items"]]
        after = page["next_cursor"]
    assert seen == order
    batch = await service.ask("POST", "/internal/tasks/page", {"limit": 2}, token=token)
    assert [task["id"] for task in batch.body["items"]] == order[:2]
    rest = await service.ask("POST", "/internal/tasks/page", {"limit": 100, "after": batch.body["cursors"][1]}, token=token)
    assert ([task["id"] for task in rest.body["items"]], rest.body["has_next"]) == (order[2:], False)
    for query, expected in (("discipline=service", 2), ("state=new", 5), (f"member_id={new_id()}", 0), ("state=new&discipline=hr", 1)):
        assert len((await service.ask("GET", f"/v1/tasks?{query}", token=token)).body["items"]) == expected


async def test_batches_are_aligned_with_their_ids(service: Service, workspace: WorkspaceId) -> None:
    person = Person()
    first, second, exempt = person.says("service post"), person.says("sales pre"), person.says("none exempt:spam")
    await service.publish(workspace, first, second, exempt)
    tasks = {task["discipline"]: task for task in await _tasks(service, workspace, at_least=2)}
    token, unknown = service.token(workspace), str(new_id())

    async def batch(path: str, *ids: object) -> Any:
        return (await service.ask("POST", path, {"ids": [str(each) for each in ids]}, token=token)).body

    async def all_triaged() -> bool:
        return None not in await batch("/internal/triage/by-interaction-ids", exempt.interaction_id)

    await service.until(all_triaged)
    by_ids = await batch("/internal/tasks/by-ids", unknown, tasks["sales"]["id"], tasks["sales"]["id"])
    assert by_ids == [None, tasks["sales"], tasks["sales"]]
    by_interactions = await batch("/internal/tasks/by-interaction-ids", exempt.interaction_id, second.interaction_id, first.interaction_id)
    assert by_interactions == [None, tasks["sales"], tasks["service"]]
    by_conversations = await batch("/internal/tasks/by-conversation-ids", unknown, person.thread)
    assert by_conversations == [[], sorted(tasks.values(), key=lambda each: each["due_at"])]
    assert await batch("/internal/assignments/by-task-ids", tasks["sales"]["id"], unknown) == [[], []]
    triage = await batch("/internal/triage/by-interaction-ids", first.interaction_id, unknown, exempt.interaction_id)
    assert triage[1] is None
    assert (triage[0]["discipline"], triage[0]["intents"], triage[0]["why"]) == ("service", ["question", "price"], "The script says so")
    assert triage[0]["evidence"] == [{"label": "who", "start": 0, "end": 7, "source": "script"}]
    assert (triage[2]["exempt_reason"], triage[2]["deserves_answer"]) == ("spam", False)


async def test_the_playbook_is_read_and_edited_over_rest(service: Service, workspace: WorkspaceId) -> None:
    admin, agent = service.token(workspace), service.token(workspace, role="agent")
    cells = (await service.ask("GET", "/v1/playbook", token=agent)).body
    assert len(cells) == 28
    cell = next(each for each in cells if (each["phase"], each["discipline"]) == ("post", "service"))
    edit = {name: value for name, value in cell.items() if name not in {"phase", "discipline"}} | {"due_minutes": 45}

    assert (await service.ask("PUT", "/v1/playbook/post/service", edit, token=agent)).status == 403
    edited = await service.ask("PUT", "/v1/playbook/post/service", edit, token=admin)
    stale = await service.ask("PUT", "/v1/playbook/post/service", edit, token=admin)

    assert edited.body == cell | {"due_minutes": 45, "version": 1}
    assert (stale.status, stale.body["code"], stale.body["version"]) == (409, "version_conflict", 1)
    assert (await service.ask("PUT", "/v1/playbook/post/none", edit, token=admin)).status == 404
    assert (await service.ask("PUT", "/v1/playbook/post/cooking", edit, token=admin)).status == 422


async def test_triage_over_rest_judges_and_keeps_nothing(service: Service, workspace: WorkspaceId) -> None:
    token = service.token(workspace)
    messages = [{"id": "a", "text": "sales purchase"}, {"id": "b", "text": "hr", "context": {"kind": "email", "public": False}}]

    told = await service.ask("POST", "/v1/triage", {"messages": messages}, token=token)

    assert [(each["id"], each["discipline"], each["deserves_answer"]) for each in told.body] == [("a", "sales", True), ("b", "hr", True)]
    assert told.body[0]["sentiment"] == {"label": "neutral", "confidence": 0.0}
    assert (await service.ask("GET", "/v1/tasks", token=token)).body["items"] == []


async def test_a_dead_letter_is_listed_and_redriven(service: Service, workspace: WorkspaceId, database: Database) -> None:
    token = service.token(workspace)
    said = Person().says("sales purchase")
    await bury(
        database,
        consumer=TRIAGE,
        payload=encode(header(said, workspace), orjson.dumps(said, default=str)),
        subject=subject_of(said.type, version=1, workspace=workspace),
        reason="a test",
        attempts=8,
        now=service.issuer.clock.now(),
    )
    (letter,) = (await service.ask("GET", "/v1/routing/dead-letters", token=token)).body["items"]

    path = f"/v1/routing/dead-letters/{letter['id']}/redrive"
    redriven = await service.ask("POST", path, token=token, key="once")

    assert redriven.status == 202
    assert await service.ask("POST", path, token=token, key="once") == redriven
    (task,) = (await service.ask("GET", "/v1/tasks", token=token)).body["items"]
    assert task["interaction_ids"] == [str(said.interaction_id)]
    (letter,) = (await service.ask("GET", "/v1/routing/dead-letters", token=token)).body["items"]
    assert letter["redriven_at"] is not None


async def test_only_operators_see_dead_letters_and_unknown_ones_are_not_found(service: Service, workspace: WorkspaceId) -> None:
    told = await service.ask("POST", f"/v1/routing/dead-letters/{new_id()}/redrive", token=service.token(workspace))

    assert (told.status, told.body["code"]) == (404, "dead_letter_not_found")
    assert (await service.ask("GET", "/v1/routing/dead-letters", token=service.token(workspace, role="agent"))).status == 403


async def test_a_revoked_session_is_refused(service: Service, workspace: WorkspaceId) -> None:
    session = SessionId(new_id())
    token = service.token(workspace, sid=str(session))
    assert (await service.ask("GET", "/v1/tasks", token=token)).status == 200

    async def refused() -> bool:
        await service.bus.ensure_stream("identity")
        await service.bus.publish(header(AccessRevoked(session_id=session), workspace), orjson.dumps({"session_id": str(session)}))
        return (await service.ask("GET", "/v1/tasks", token=token)).status == 401

    assert await service.until(refused)


async def test_the_service_says_that_it_is_ready(service: Service) -> None:
    told = await service.ask("GET", "/readyz")

    assert (told.status, told.body["checks"]) == (200, {"database": "ok", "bus": "ok"})


async def _opened(service: Service, workspace: WorkspaceId, *texts: str) -> list[dict[str, Any]]:
    await service.publish(workspace, *(Person().says(text) for text in texts))
    return await _tasks(service, workspace, at_least=len(texts))


async def _tasks(service: Service, workspace: WorkspaceId, *, at_least: int) -> list[dict[str, Any]]:
    """All tasks of the workspace, as soon as there are so many."""
    token = service.token(workspace)

    async def enough() -> Any:
        items = (await service.ask("GET", "/v1/tasks?limit=100", token=token)).body["items"]
        return items if len(items) >= at_least else None

    found: list[dict[str, Any]] = await service.until(enough)
    return found


async def test_the_model_is_read_before_the_first_message(settings: RoutingSettings, nats_url: str) -> None:
    shipped_model.cache_clear()

    async with running(settings.model_copy(update={"nats_url": type(settings.nats_url)(nats_url)})):
        assert shipped_model.cache_info().currsize == 1
