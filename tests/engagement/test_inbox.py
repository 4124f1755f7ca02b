"""The inbox: which work is in which view, in what order, how much is counted, and what is unread."""

import itertools
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.contracts.envelope import Event, Header
from services.contracts.events import MemberChanged, TaskAssigned, TaskCompleted
from services.contracts.ids import ConversationId, InteractionId, MemberId, ProfileId, TaskId, WorkspaceId
from services.contracts.vocabulary import Discipline, InboxViewName, Phase, Role, Urgency
from services.engagement import inbox
from services.engagement.members import keep_members
from services.engagement.settings import EngagementSettings
from services.engagement.statements import inbox as statements
from services.engagement.subscribers import Projections
from services.kit.bus import Received
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, until

SOL, MAX = (MemberId(UUID(f"0197a000-0000-7000-8000-00000000000{digit}")) for digit in "ab")
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
async def database(settings: EngagementSettings) -> AsyncIterator[Database]:
    opened = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    await opened.open()
    yield opened
    await opened.close()


def assigned(thread: str | None, task: TaskId, *, version: int = 1, **parts: object) -> TaskAssigned:
    fields: dict[str, object] = {
        "discipline": Discipline.SERVICE,
        "urgency": Urgency.NORMAL,
        "due_at": datetime.now(UTC) + timedelta(hours=1),
        "member_id": None,
        **parts,
    }
    return TaskAssigned(
        task_id=task,
        conversation_id=None if thread is None else ConversationId(UUID(thread)),
        profile_id=ProfileId(UUID(int=1)),
        interaction_ids=(InteractionId(UUID(int=2)),),
        phase=Phase.POST,
        why="because",
        version=version,
        **fields,  # type: ignore[arg-type] # parts name fields
    )


def completed(thread: str | None, task: TaskId) -> TaskCompleted:
    return TaskCompleted(
        task_id=task,
        conversation_id=None if thread is None else ConversationId(UUID(thread)),
        profile_id=ProfileId(UUID(int=1)),
        discipline=Discipline.SERVICE,
        outcome="answered",
    )


async def tell(database: Database, workspace: WorkspaceId, *events: Event) -> None:
    """Routing says so."""
    projections = Projections(database, clock=SystemClock(), published=lambda: None)
    batch = [
        Received(Header(id=f"r-{n}", type=each.type, version=1, workspace=workspace, time=NOON, subject="s", sequence=n), each)
        for n, each in enumerate(events)
    ]
    await projections.stamp_work(workspace, batch)


async def threads(service: Service, *people: str) -> dict[str, str]:
    """A thread per person; gives their ids by name."""
    partner = await Partner.connected(service)
    for number, person in enumerate(people):
        await partner.deliver(event(number, f"I am {person}", author={"network": "shop", "external_id": person}))
    await journal_settled(service, count=len(people))
    profiles = {each["id"]: await service.get(f"/v1/conversations/{each['id']}/messages") for each in await conversations(service)}
    return {answer.json()["items"][0]["text"].removeprefix("I am "): thread for thread, answer in profiles.items()}


async def view(service: Service, name: str, *, member: MemberId = SOL, role: str = "agent") -> list[str]:
    """The threads of a view, in order."""
    answer = await service.http.get(f"/v1/inbox/{name}", headers=service.headers(member=member, role=role))
    assert answer.status_code == 200, answer.text
    return [each["conversation_id"] for each in answer.json()["items"]]


async def counts(service: Service, *, member: MemberId = SOL, exact: bool = False) -> dict[str, dict[str, object]]:
    """The counts by view."""
    answer = await service.http.get(f"/v1/inbox?exact={str(exact).lower()}", headers=service.headers(member=member))
    assert answer.status_code == 200, answer.text
    return {each["view"]: each for each in answer.json()["views"]}


async def test_work_is_in_the_views_of_whom_it_concerns_next_due_first(service: Service, database: Database) -> None:
    of = await threads(service, "ana", "ben", "cid", "dan")
    now = datetime.now(UTC)
    await tell(
        database,
        service.workspace,
        assigned(of["ana"], TaskId(new_id()), member_id=SOL, due_at=now + timedelta(hours=2)),
        assigned(of["ben"], TaskId(new_id()), member_id=SOL, due_at=now - timedelta(hours=1)),
        assigned(of["cid"], TaskId(new_id()), member_id=MAX, discipline=Discipline.SALES),
        assigned(of["dan"], TaskId(new_id()), discipline=Discipline.SALES, due_at=now + timedelta(minutes=5)),
    )

    assert await view(service, "mine") == [of["ben"], of["ana"]]
    assert await view(service, "mine", member=MAX) == [of["cid"]]
    assert await view(service, "unassigned") == [of["dan"]]
    assert await view(service, "overdue") == [of["ben"]]
    assert await view(service, "waiting") == [of["ben"], of["dan"], of["cid"], of["ana"]]
    told = await counts(service)
    assert {name: each["count"] for name, each in told.items()} == {
        "mine": 2,
        "owned": 0,
        "disciplines": 0,
        "unassigned": 1,
        "waiting": 4,
        "overdue": 1,
        "mentions": 0,
    }
    assert (told["mine"]["unread"], told["mine"]["shown"]) == (2, "2")


async def test_a_member_sees_the_work_of_his_disciplines_whoever_has_it(service: Service, database: Database) -> None:
    of = await threads(service, "ana", "ben", "cid")
    now = datetime.now(UTC)
    await tell(
        database,
        service.workspace,
        assigned(of["ana"], TaskId(new_id()), discipline=Discipline.SALES, member_id=MAX, due_at=now + timedelta(hours=3)),
        assigned(of["ben"], TaskId(new_id()), discipline=Discipline.PR, due_at=now + timedelta(hours=2)),
        assigned(of["cid"], TaskId(new_id()), discipline=Discipline.HR, due_at=now),
    )
    reader = inbox.Reader(workspace=service.workspace, member=SOL, disciplines=["pr", "sales"])
    async with database.transaction(service.workspace) as connection:
        rows = await inbox.list_items(connection, reader, InboxViewName.DISCIPLINES, after=None, limit=10, now=now)
        told = await inbox.count_views(connection, reader, exact=False, now=now)

    assert [str(row["conversation_id"]) for row in rows] == [of["ben"], of["ana"]]
    assert {each.view: each.count for each in told.views}[InboxViewName.DISCIPLINES] == 2


async def test_what_routing_tells_in_any_order_and_twice_ends_alike(database: Database) -> None:
    task = TaskId(new_id())
    thread = str(uuid4())
    history: list[Event] = [
        assigned(thread, task, version=1, due_at=NOON),
        assigned(thread, task, version=2, due_at=NOON, member_id=SOL),
        assigned(thread, task, version=3, due_at=NOON + timedelta(hours=1), member_id=MAX, urgency=Urgency.HIGH),
        completed(thread, task),
    ]
    for order in itertools.permutations(history):
        workspace = WorkspaceId(uuid4())
        for each in (*order, order[0]):
            await tell(database, workspace, each)
        async with database.transaction(workspace) as connection:
            rows = await connection.fetch("SELECT member_id, urgency, due_at, version, closed FROM conversation_task")
        assert [tuple(row) for row in rows] == [(MAX, "high", NOON + timedelta(hours=1), 3, True)]


async def test_work_of_no_thread_is_nobodys_inbox_and_holds_up_nothing(database: Database) -> None:
    workspace, alone, task = WorkspaceId(uuid4()), TaskId(new_id()), TaskId(new_id())

    await tell(
        database,
        workspace,
        assigned(None, alone, member_id=SOL),
        assigned(str(uuid4()), task, due_at=NOON),
        completed(None, alone),
    )

    async with database.transaction(workspace) as connection:
        assert [row["id"] for row in await connection.fetch("SELECT task_id AS id FROM conversation_task")] == [task]


async def test_pages_of_a_view_hold_every_item_once(service: Service, database: Database) -> None:
    (thread,) = (await threads(service, "ana")).values()
    due = [NOON + timedelta(minutes=random.Random(number).randrange(4)) for number in range(23)]
    tasks = {TaskId(new_id()): moment for moment in due}
    await tell(database, service.workspace, *(assigned(thread, task, due_at=moment) for task, moment in tasks.items()))

    seen: list[str] = []
    after = ""
    while True:
        answer = (await service.http.get(f"/v1/inbox/waiting?limit=5{after}", headers=service.headers(member=SOL))).json()
        seen += [each["task_id"] for each in answer["items"]]
        if answer["next_cursor"] is None:
            break
        after = f"&after={answer['next_cursor']}"

    assert seen == [str(task) for task, _ in sorted(tasks.items(), key=lambda pair: (pair[1], pair[0]))]


async def test_counts_stop_at_a_thousand_unless_exact_ones_are_asked_for(service: Service, database: Database) -> None:
    (thread,) = (await threads(service, "ana")).values()
    rows = [(new_id(), UUID(thread), "service", SOL, "low", NOON, 1, False) for _ in range(1_203)]
    async with database.transaction(service.workspace) as connection:
        await statements.keep_tasks(connection, service.workspace, rows)

    told = await counts(service)
    assert [told["mine"][name] for name in ("count", "capped", "shown")] == [1_000, True, "1,000+"]
    exact = await counts(service, exact=True)
    assert [exact["overdue"][name] for name in ("count", "capped", "shown")] == [1_203, False, "1,203"]


async def test_a_thread_is_unread_until_read_and_again_when_the_person_speaks(service: Service, database: Database) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    path, headers = f"/v1/conversations/{thread['id']}/read", service.headers(member=SOL)
    await tell(database, service.workspace, assigned(thread["id"], TaskId(new_id()), member_id=SOL))

    async def unread() -> object:
        return (await counts(service))["mine"]["unread"]

    assert await unread() == 1
    assert (await service.http.put(path, json={"version": thread["version"]}, headers=headers)).status_code == 204
    assert await unread() == 0

    await partner.deliver(event(2))
    await until(lambda: _is(unread, 1))
    assert (await service.http.put(path, json={}, headers=headers)).status_code == 204
    assert await unread() == 0
    assert (await service.http.delete(path, headers=headers)).status_code == 204
    assert await unread() == 1


async def test_who_answers_has_read(service: Service, database: Database) -> None:
    partner = await Partner.connected(service, reply_url="http://127.0.0.1:9/nowhere")
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    await tell(database, service.workspace, assigned(thread["id"], TaskId(new_id()), member_id=SOL))

    answer = await service.http.post(
        f"/v1/conversations/{thread['id']}/replies", json={"text": "Hello"}, headers=service.headers(member=SOL)
    )
    assert answer.status_code == 201, answer.text

    assert (await counts(service))["mine"]["unread"] == 0


async def test_an_unknown_thread_and_an_unknown_view_are_refused(service: Service) -> None:
    unknown = await service.http.put(f"/v1/conversations/{uuid4()}/read", json={}, headers=service.headers(member=SOL))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "conversation_not_found")
    nonsense = await service.http.get("/v1/inbox/nonsense", headers=service.headers(member=SOL))
    assert (nonsense.status_code, nonsense.headers["content-type"]) == (422, "application/problem+json")


async def test_another_workspace_s_work_is_never_shown(service: Service, database: Database) -> None:
    (thread,) = (await threads(service, "ana")).values()
    await tell(database, service.workspace, assigned(thread, TaskId(new_id()), member_id=SOL))

    answer = await service.http.get("/v1/inbox", headers=service.headers(uuid4(), member=SOL))

    assert {each["count"] for each in answer.json()["views"]} == {0}


async def test_a_saved_filter_finds_counts_and_is_its_maker_s_to_change(service: Service) -> None:
    of = await threads(service, "ana", "ben", "cid")
    closed = await service.get(f"/v1/conversations/{of['cid']}")
    patch = {"version": closed.json()["version"], "status": "closed"}
    assert (await service.http.patch(f"/v1/conversations/{of['cid']}", json=patch, headers=service.headers())).status_code == 200
    sol, max_ = service.headers(member=SOL, role="agent"), service.headers(member=MAX, role="agent")
    made = await service.http.post("/v1/saved-filters", json={"name": " Open ", "shared": True, "status": "open"}, headers=sol)
    assert made.status_code == 201, made.text
    kept = made.json()
    assert (kept["name"], kept["shared"], kept["version"]) == ("Open", True, 1)
    path = f"/v1/saved-filters/{kept['id']}"

    found = await service.http.get(f"{path}/conversations", headers=max_)
    assert {each["id"] for each in found.json()["items"]} == {of["ana"], of["ben"]}
    assert (await service.http.get(f"{path}/count", headers=max_)).json() == {"count": 2, "capped": False, "shown": "2"}
    assert (await service.http.get(f"{path}/count?exact=true", headers=max_)).json()["count"] == 2
    assert [each["count"] for each in (await service.http.get("/v1/inbox/channels?exact=true", headers=max_)).json()] == [2]

    theirs = await service.http.put(path, json={"name": "Mine now", "version": 1}, headers=max_)
    assert (theirs.status_code, theirs.json()["code"]) == (404, "filter_not_found")
    assert (await service.http.delete(path, headers=max_)).status_code == 404
    changed = await service.http.put(path, json={"name": "Closed", "version": 1, "status": "closed"}, headers=sol)
    assert (changed.status_code, changed.json()["shared"], changed.json()["version"]) == (200, False, 2)
    stale = await service.http.put(path, json={"name": "Late", "version": 1}, headers=sol)
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert (await service.http.get("/v1/saved-filters", headers=max_)).json()["items"] == []
    assert [each["name"] for each in (await service.http.get("/v1/saved-filters", headers=sol)).json()["items"]] == ["Closed"]
    assert (await service.http.delete(path, headers=sol)).status_code == 204


async def test_every_way_to_narrow_finds_what_a_plain_search_finds(service: Service, database: Database) -> None:
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [MemberChanged(member_id=SOL, name="Sol", role=Role.AGENT, version=1)])
    of = await threads(service, "ana", "ben", "cid")
    label = (await service.post("/v1/labels", {"name": "vip"})).json()["id"]
    thread = (await service.get(f"/v1/conversations/{of['ben']}")).json()
    wish = {"version": thread["version"], "owner_id": str(SOL), "add_label_ids": [label]}
    answer = await service.http.patch(f"/v1/conversations/{of['ben']}", json=wish, headers=service.headers())
    assert answer.status_code == 200, answer.text
    for chosen in ({"owner_id": str(SOL)}, {"label_id": label}, {"owner_id": str(SOL), "label_id": label, "status": "open"}):
        made = await service.http.post("/v1/saved-filters", json={"name": "f", **chosen}, headers=service.headers(member=SOL))
        path = f"/v1/saved-filters/{made.json()['id']}"
        found = (await service.http.get(f"{path}/conversations", headers=service.headers(member=SOL))).json()["items"]
        count = (await service.http.get(f"{path}/count", headers=service.headers(member=SOL))).json()["count"]
        assert ([each["id"] for each in found], count) == ([of["ben"]], 1)
    for named, code in (("owner_id", "member_not_found"), ("label_id", "label_not_found"), ("channel_id", "channel_not_found")):
        nothing = {"name": "nothing", named: str(uuid4())}
        refused = await service.http.post("/v1/saved-filters", json=nothing, headers=service.headers(member=SOL))
        assert (refused.status_code, refused.json()["code"]) == (404, code)
        refused = await service.http.put(path, json={**nothing, "version": 1}, headers=service.headers(member=SOL))
        assert (refused.status_code, refused.json()["code"]) == (404, code)
    kept = (await service.http.get("/v1/saved-filters", headers=service.headers(member=SOL))).json()["items"]
    assert [each["name"] for each in kept] == ["f", "f", "f"]


async def _is(asked: object, wanted: object) -> bool:
    return bool(await asked() == wanted)  # type: ignore[operator] # an async function
