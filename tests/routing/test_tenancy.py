"""Another workspace's ids answer exactly like unknown ids, on every route; the sweep fails on a route it does not know."""

import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, WorkspaceId
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.batch import BatchRoutes
from services.routing.main import describe
from tests.routing.desk import NOON, Desk, Person
from tests.routing.service import Service

CHANGE = {"version": 1, "state": "done"}
BY_PATH: Mapping[tuple[str, str], object] = {
    ("GET", "/v1/tasks/{task_id}"): None,
    ("PATCH", "/v1/tasks/{task_id}"): CHANGE,
    ("POST", "/v1/tasks/{task_id}/hand-off"): {"version": 1, "discipline": "sales", "note": "Wants two."},
    ("PUT", "/v1/tasks/{task_id}/references/{system}/{type}/{external_id}"): {},
    ("DELETE", "/v1/tasks/{task_id}/references/{system}/{type}/{external_id}"): None,
    ("POST", "/v1/routing/dead-letters/{letter_id}/redrive"): None,
}
BY_BODY = {
    "/internal/tasks/by-ids": "task",
    "/internal/tasks/by-interaction-ids": "interaction",
    "/internal/tasks/by-conversation-ids": "conversation",
    "/internal/tasks/by-profile-ids": "profile",
    "/internal/triage/by-interaction-ids": "interaction",
    "/internal/resolutions/by-conversation-ids": "conversation",
    "/internal/assignments/by-task-ids": "task",
}
OF_THE_WORKSPACE = {
    ("GET", "/v1/tasks"),
    ("GET", "/v1/playbook"),
    ("GET", "/v1/routing/dead-letters"),
    ("GET", "/v1/retention/preview/work"),
    ("POST", "/internal/tasks/page"),
}
# They answer the same to whoever knows an id and to whoever does not: nothing.
LEVELS: Mapping[tuple[str, str], object] = {
    ("GET", "/v1/service-levels"): None,
    ("PUT", "/v1/service-levels"): {"calendars": [], "levels": [], "version": 0},
    ("GET", "/v1/conversations/{conversation_id}/resolutions"): None,
}
# What is said of people: tests/routing/test_journey_service.py asks these for another workspace's.
JOURNEY = {
    ("GET", "/v1/journey"),
    ("PUT", "/v1/journey"),
    ("GET", "/v1/journey/templates"),
    ("GET", "/v1/journey/board"),
    ("GET", "/v1/journey/board/{stage}/{number}"),
    ("POST", "/v1/journey/events"),
    ("GET", "/v1/contacts/{contact_id}/journey"),
    ("POST", "/v1/contacts/{contact_id}/journey"),
    ("POST", "/internal/journeys/by-contact-ids"),
    ("POST", "/internal/journeys/board"),
    ("POST", "/internal/journeys/people"),
}
# So do these, and some need a member for whom they are.
ASSIGNING: Mapping[tuple[str, str], object] = {
    ("GET", "/v1/assignment-settings"): None,
    ("PUT", "/v1/assignment-settings"): {"pushes": True, "version": 0},
    ("GET", "/v1/agents"): None,
    ("PUT", "/v1/agents/{member_id}"): {"version": 0},
    ("PUT", "/v1/agents/{member_id}/availability"): {"available": True, "version": 0},
    ("POST", "/v1/tasks/next"): None,
    ("GET", "/v1/tasks/{task_id}/assignments"): None,
}
# tests/routing/test_task_references.py asks these for another workspace's.
REFERENCES: Mapping[tuple[str, str], object] = {
    ("GET", "/v1/tasks/lookup"): None,
    ("PUT", "/v1/tasks/by-reference/{system}/{type}/{external_id}"): {},
}
OTHERWISE_TESTED = {
    ("POST", "/v1/rules/try"),
    ("POST", "/v1/routing/dead-letters/redrive"),
    ("PUT", "/v1/playbook/{phase}/{discipline}"),
    ("POST", "/v1/triage"),
    ("GET", "/v1/contacts/{contact_id}/export/work"),
}


def test_every_route_is_swept(database: Database) -> None:
    described = describe().openapi()["paths"]

    served = {(method.upper(), path) for path, methods in described.items() for method in methods}
    served |= BatchRoutes(database, clock=FixedClock(NOON)).routes().keys()

    assert (
        served
        == BY_PATH.keys()
        | {("POST", path) for path in BY_BODY}
        | OF_THE_WORKSPACE
        | LEVELS.keys()
        | JOURNEY
        | ASSIGNING.keys()
        | REFERENCES.keys()
        | OTHERWISE_TESTED
    )


async def test_ids_of_another_workspace_are_unknown_and_untouched(service: Service, desk: Desk) -> None:
    theirs = await _worked(desk)
    token = service.token(WorkspaceId(new_id()))
    before = await desk.tasks()

    for (method, path), body in BY_PATH.items():
        foreign = await service.ask(method, _filled(path, theirs["task"]), body, token=token)
        unknown = await service.ask(method, _filled(path, str(new_id())), body, token=token)
        assert foreign == unknown
        assert foreign.status == 404
    for path, kind in BY_BODY.items():
        foreign = await service.ask("POST", path, {"ids": [theirs[kind]]}, token=token)
        assert (foreign.status, foreign.body) in [(200, [None]), (200, [[]])]
    assert await desk.tasks() == before


async def test_lists_show_the_caller_s_workspace_only(service: Service, desk: Desk) -> None:
    theirs = await _worked(desk)
    own, other = service.token(desk.workspace), service.token(WorkspaceId(new_id()))
    edit = {"triggers": [], "work": "Ours.", "guidance": "", "due_minutes": 5, "approval": False, "version": 0}
    assert (await service.ask("PUT", "/v1/playbook/pre/sales", edit, token=own)).status == 200

    for method, path in sorted(OF_THE_WORKSPACE - {("GET", "/v1/playbook")}):
        told = await service.ask(method, path, {} if method == "POST" else None, token=other)
        assert (told.status, list(told.body["items"])) == (200, [])
    playbook = (await service.ask("GET", "/v1/playbook", token=other)).body
    assert {cell["version"] for cell in playbook} == {0}
    for workspace, known in ((desk.workspace, 1), (WorkspaceId(new_id()), 0)):
        exported = await service.ask("GET", f"/v1/contacts/{theirs['contact']}/export/work", token=service.token(workspace))
        assert (exported.status, len(exported.body["items"])) == (200, known)
    levels = {"calendars": [], "levels": [{"name": "Ours", "resolution_minutes": 5}], "version": 0}
    assert (await service.ask("PUT", "/v1/service-levels", levels, token=own)).status == 200
    await desk.hear(said := Person().says("sales purchase"))
    for token, known in ((own, 1), (other, 0)):
        assert len((await service.ask("GET", "/v1/service-levels", token=token)).body["levels"]) == known
        found = await service.ask("GET", f"/v1/conversations/{said.conversation_id}/resolutions", token=token)
        assert (found.status, len(found.body)) == (200, known)
    own_tasks = (await service.ask("GET", "/v1/tasks", token=own)).body["items"]
    assert theirs["task"] in [task["id"] for task in own_tasks]


async def test_without_a_where_clause_nothing_of_others_is_seen(desk: Desk, database: Database, database_url: str) -> None:
    await _worked(desk)
    tables = await _tenant_tables(database_url)

    for workspace in (WorkspaceId(new_id()), None):
        async with database.transaction(workspace) as connection:
            for table in tables:
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(WorkspaceId(new_id())) as connection:
            await connection.execute("INSERT INTO task_interaction VALUES ($1, $2, $3)", desk.workspace, new_id(), new_id())


@pytest.mark.parametrize("token", [None, "", "x", "eyJhbGciOiJub25lIn0.e30."])
async def test_without_a_token_nothing_is_answered(service: Service, token: str | None) -> None:
    asked: list[tuple[str, str, Any]] = [(method, _filled(path, str(new_id())), body) for (method, path), body in BY_PATH.items()]
    asked += [("POST", path, {"ids": []}) for path in BY_BODY]
    asked += [(method, path, {} if method == "POST" else None) for method, path in OF_THE_WORKSPACE]
    asked += [(method, _filled(path, str(new_id())), body) for (method, path), body in {**LEVELS, **ASSIGNING, **REFERENCES}.items()]
    asked += [("POST", "/v1/triage", {"messages": []})]

    for method, path, body in asked:
        assert (await service.ask(method, path, body, token=token)).status == 401, path


async def test_each_route_needs_its_scope(service: Service) -> None:
    workspace = WorkspaceId(new_id())
    no_scope = service.issuer.token(ws=str(workspace), role="admin", scp=["contacts:read"])
    reader = service.token(workspace, role="partner")

    for path in BY_BODY:
        assert (await service.ask("POST", path, {"ids": []}, token=no_scope)).status == 403
    for method, path in OF_THE_WORKSPACE:
        assert (await service.ask(method, path, {} if method == "POST" else None, token=no_scope)).status == 403
    for (method, path), body in {**LEVELS, **ASSIGNING}.items():
        assert (await service.ask(method, _filled(path, str(new_id())), body, token=no_scope)).status == 403
    assert (await service.ask("PATCH", f"/v1/tasks/{new_id()}", CHANGE, token=reader)).status == 403
    assert (await service.ask("POST", f"/v1/routing/dead-letters/{new_id()}/redrive", token=reader)).status == 403


async def _worked(desk: Desk) -> dict[str, str]:
    """What the desk's workspace has, by kind."""
    said = Person().says("sales purchase")
    await desk.hear(said)
    (task,) = await desk.tasks()
    contact = ContactId(new_id())
    await desk.hear(ProfileAssigned(profile_id=said.profile_id, contact_id=contact, version=1, rule="first_seen"))
    return {
        "contact": str(contact),
        "task": str(task["id"]),
        "profile": str(said.profile_id),
        "interaction": str(said.interaction_id),
        "conversation": str(said.conversation_id),
    }


async def _tenant_tables(database_url: str) -> list[str]:
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        rows = await owner.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'routing' "
            "AND column_name = 'workspace_id' AND table_name !~ '_(default|[0-9]{2})$'"
        )
    finally:
        await owner.close()
    tables = [row["table_name"] for row in rows]
    assert len(tables) == 28
    return tables


def _filled(path: str, identifier: str) -> str:
    return re.sub(r"{[^}]*}", identifier, path)
