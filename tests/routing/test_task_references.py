"""Standing links of tasks to other systems (W14): upsert by reference, look-up, hand-off, erasure, export."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, MemberId, TaskId, WorkspaceId
from services.contracts.vocabulary import Discipline
from services.kit.ids import new_id
from services.routing.handing import HandOff, hand_off
from services.routing.statements import tasks as statements
from tests.routing.desk import NOON, Desk, Person, answered
from tests.routing.service import Service

TICKET = "/v1/tasks/by-reference/jira/ticket/RAP-7"
LOOKUP = "/v1/tasks/lookup?system=jira&type=ticket&external_id=RAP-7"
LINK = {"system": "jira", "type": "ticket", "external_id": "RAP-7", "url": "https://jira.example/RAP-7"}


async def known(desk: Desk) -> tuple[Person, ContactId]:
    """Somebody with a contact, who said nothing yet."""
    person, contact = Person(), ContactId(new_id())
    await desk.hear(ProfileAssigned(profile_id=person.profile, contact_id=contact, version=1, rule="test"))
    return person, contact


def ticket(contact: object, **more: Any) -> dict[str, Any]:
    return {"contact_id": str(contact), "discipline": "service", "phase": "post", "url": LINK["url"], **more}


async def test_w14_work_is_entered_found_and_followed_by_what_another_system_calls_it(service: Service, desk: Desk) -> None:
    person, contact = await known(desk)
    token = service.token(desk.workspace)

    first = await service.ask("PUT", TICKET, ticket(contact, why="The boiler leaks"), token=token)
    again = await service.ask("PUT", TICKET, ticket(contact, why="The boiler leaks"), token=token)

    assert (first.status, again.status) == (201, 200)
    assert (again.body["id"], again.body["version"]) == (first.body["id"], 1)
    assert (first.body["discipline"], first.body["conversation_id"], first.body["references"]) == ("service", None, [LINK])
    assert first.body["profile_id"] == str(person.profile)
    assert "The boiler leaks" in first.body["why"]
    assert first.body["guidance"]
    assert [each["task_id"] for each in await desk.events("routing.task.assigned")] == [first.body["id"]]
    due = (NOON + timedelta(days=3)).isoformat()
    followed = await service.ask("PUT", TICKET, ticket(contact, urgency="high", due_at=due), token=token)
    assert (followed.status, followed.body["urgency"], followed.body["version"]) == (200, "high", 2)
    assert followed.body["due_at"] == due.replace("+00:00", "Z")
    assert (await service.ask("GET", LOOKUP, token=token)).body["items"] == [followed.body]
    assert (await service.ask("GET", LOOKUP.replace("RAP-7", "RAP-8"), token=token)).body["items"] == []


async def test_w14_finished_work_stays_as_it_is(service: Service, desk: Desk) -> None:
    _, contact = await known(desk)
    token = service.token(desk.workspace)
    first = (await service.ask("PUT", TICKET, ticket(contact), token=token)).body
    done = await service.ask("PATCH", f"/v1/tasks/{first['id']}", {"version": 1, "state": "done"}, token=token)

    again = await service.ask("PUT", TICKET, ticket(contact, urgency="high"), token=token)

    assert (done.status, again.status) == (200, 200)
    assert again.body == done.body


async def test_w14_it_joins_the_open_work_of_the_discipline_and_several_at_once_begin_one(service: Service, desk: Desk) -> None:
    person, contact = await known(desk)
    await desk.hear(person.says("service post"))
    (open_task,) = await desk.tasks()
    token = service.token(desk.workspace)

    told = await service.ask("PUT", TICKET, ticket(contact), token=token)
    paths = [f"/v1/tasks/by-reference/jira/ticket/{n}" for n in range(4)]
    many = await asyncio.gather(*(service.ask("PUT", path, ticket(contact, discipline="sales"), token=token) for path in paths * 2))

    assert (told.status, told.body["id"]) == (200, str(open_task["id"]))
    assert sorted(each.status for each in many) == [200] * 7 + [201]
    assert len({each.body["id"] for each in many}) == 1
    (sales,) = [each for each in await desk.tasks() if each["discipline"] == "sales"]
    shown = await service.ask("GET", f"/v1/tasks/{sales['id']}", token=token)
    assert [each["external_id"] for each in shown.body["references"]] == ["0", "1", "2", "3"]


async def test_w14_a_reference_is_given_moved_by_nobody_else_and_taken_back(service: Service, desk: Desk) -> None:
    person, contact = await known(desk)
    await desk.hear(person.says("service post"), person.says("sales pre"))
    one, two = [each["id"] for each in await desk.tasks()]
    token = service.token(desk.workspace)
    path = "/v1/tasks/{}/references/jira/ticket/RAP-7"

    given = await service.ask("PUT", path.format(one), {"url": LINK["url"]}, token=token)
    kept = await service.ask("PUT", path.format(one), {}, token=token)
    taken = await service.ask("PUT", path.format(two), {}, token=token)

    assert (given.status, given.body["references"], kept.body["references"]) == (200, [LINK], [LINK])
    assert (taken.status, taken.body["code"], taken.body["task_id"]) == (409, "reference_taken", str(one))
    gone = await service.ask("DELETE", path.format(one), token=token)
    assert (gone.status, gone.body["references"]) == (200, [])
    assert (await service.ask("DELETE", path.format(one), token=token)).status == 404
    assert (await service.ask("PUT", path.format(two), {}, token=token)).status == 200
    for n in range(49):
        assert (await service.ask("PUT", f"/v1/tasks/{two}/references/jira/ticket/{n}", {}, token=token)).status == 200
    full = await service.ask("PUT", f"/v1/tasks/{two}/references/jira/ticket/more", {}, token=token)
    assert (full.status, full.body["code"]) == (422, "references_full")
    assert (await service.ask("PUT", TICKET, ticket(contact), token=token)).body["id"] == str(two)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"discipline": "service", "phase": "post"}, 422),
        ({"contact_id": str(new_id()), "profile_id": str(new_id()), "discipline": "service", "phase": "post"}, 422),
        ({"contact_id": str(new_id()), "discipline": "service", "phase": "post"}, 404),
        ({"profile_id": str(new_id()), "discipline": "service", "phase": "post"}, 404),
        ({"contact_id": str(new_id()), "discipline": "service", "phase": "post", "url": "javascript:x"}, 422),
        ({"contact_id": str(new_id()), "discipline": "service", "phase": "post", "due_at": "9999-12-31T23:59:59-12:00"}, 422),
    ],
)
async def test_what_cannot_be_entered_is_refused_and_leaves_nothing(service: Service, desk: Desk, body: object, status: int) -> None:
    token = service.token(desk.workspace)
    assert (await service.ask("PUT", TICKET, body, token=token)).status == status
    assert await desk.tasks() == []


async def test_work_of_nobody_s_discipline_is_refused(service: Service, desk: Desk) -> None:
    _, contact = await known(desk)
    told = await service.ask("PUT", TICKET, ticket(contact, discipline="none"), token=service.token(desk.workspace))
    assert (told.status, told.body["code"]) == (404, "playbook_cell_not_found")


async def test_another_workspace_sees_no_reference_and_may_call_its_own_work_so(service: Service, desk: Desk, database: Any) -> None:
    _, contact = await known(desk)
    await service.ask("PUT", TICKET, ticket(contact), token=service.token(desk.workspace))
    other = Desk(database, WorkspaceId(new_id()))
    _, theirs = await known(other)
    token = service.token(other.workspace)

    assert (await service.ask("GET", LOOKUP, token=token)).body["items"] == []
    assert (await service.ask("PUT", TICKET, ticket(contact), token=token)).status == 404
    assert (await service.ask("PUT", TICKET, ticket(theirs), token=token)).status == 201


async def test_references_go_along_when_work_is_handed_off_into_an_open_task(service: Service, desk: Desk) -> None:
    person, contact = await known(desk)
    await desk.hear(person.says("service post"), person.says("sales pre"))
    token = service.token(desk.workspace)
    first = (await service.ask("PUT", TICKET, ticket(contact), token=token)).body
    async with desk.database.transaction(desk.workspace) as connection:
        wish = HandOff(discipline=Discipline.SALES, note="Wants two.")
        task, by = TaskId(first["id"]), MemberId(new_id())
        target, _ = await hand_off(connection, desk.workspace, task, wish, version=None, by=by, now=NOON)

    (found,) = (await service.ask("GET", LOOKUP, token=token)).body["items"]

    assert (found["id"], found["discipline"]) == (str(target), "sales")


async def test_work_that_was_entered_is_adopted_by_what_the_person_writes(service: Service, desk: Desk) -> None:
    person, contact = await known(desk)
    token = service.token(desk.workspace)
    first = (await service.ask("PUT", TICKET, ticket(contact), token=token)).body
    levels = {"calendars": [], "levels": [{"name": "Day", "resolution_minutes": 600}], "version": 0}
    assert (await service.ask("PUT", "/v1/service-levels", levels, token=token)).status == 200
    said = person.says("service post")
    await desk.hear(said)

    (matter,) = (await service.ask("GET", f"/v1/conversations/{said.conversation_id}/resolutions", token=token)).body
    assert (matter["level"], matter["discipline"]) == ("Day", "service")
    (found,) = (await service.ask("GET", LOOKUP, token=token)).body["items"]
    assert (found["id"], found["conversation_id"]) == (first["id"], str(said.conversation_id))
    await desk.hear(answered(said))
    assert (await service.ask("GET", LOOKUP, token=token)).body["items"][0]["state"] == "answered"


async def test_references_are_in_the_person_s_export_and_go_when_the_task_is_emptied(service: Service, desk: Desk) -> None:
    _, contact = await known(desk)
    token = service.token(desk.workspace)
    first = (await service.ask("PUT", TICKET, ticket(contact), token=token)).body

    exported = await service.ask("GET", f"/v1/contacts/{contact}/export/work", token=token)
    assert [each["data"]["references"] for each in exported.body["items"]] == [[LINK]]
    async with desk.database.transaction(desk.workspace) as connection:
        await statements.emptied_tasks(connection, desk.workspace, [TaskId(first["id"])], erasure=new_id(), now=NOON)
    assert (await service.ask("GET", LOOKUP, token=token)).body["items"] == []
