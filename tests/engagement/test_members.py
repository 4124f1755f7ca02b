"""The projection of members: the newest wins in whatever order, and a snapshot fills what no event tells any more."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.contracts.envelope import Header
from services.contracts.events import MemberChanged
from services.contracts.ids import MemberId
from services.contracts.vocabulary import Discipline, Role
from services.engagement.members import keep_members
from services.engagement.settings import EngagementSettings
from services.engagement.statements import members as statements
from services.engagement.subscribers import Projections
from services.kit.bus import Received
from services.kit.clock import SystemClock
from services.kit.db import Database
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, until

ANA = MemberId(UUID("0197a000-0000-7000-8000-00000000000a"))


@pytest.fixture
async def database(settings: EngagementSettings) -> AsyncIterator[Database]:
    opened = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    await opened.open()
    yield opened
    await opened.close()


def told(version: int, **parts: object) -> MemberChanged:
    fields: dict[str, object] = {"name": "Ana", "role": Role.AGENT, "email": "ana@acme.example", "disciplines": (Discipline.SALES,)}
    return MemberChanged(member_id=ANA, version=version, **{**fields, **parts})  # type: ignore[arg-type] # parts name fields


def received(event: MemberChanged, workspace: UUID) -> Received:
    header = Header(
        id=f"identity-{event.version}",
        type=event.type,
        version=1,
        workspace=workspace,  # type: ignore[arg-type] # any id will do
        time=datetime.now(UTC),
        subject=str(event.member_id),
        sequence=event.version,
    )
    return Received(header, event)


async def kept(database: Database, workspace: UUID) -> list[dict[str, object]]:
    async with database.transaction(workspace) as connection:  # type: ignore[arg-type] # any id will do
        return [dict(row) for row in await statements.members_by_id(connection, workspace, [ANA])]  # type: ignore[arg-type] # as above


async def test_the_newest_stays_in_whatever_order_and_however_often_it_is_told(database: Database) -> None:
    projections = Projections(database, clock=SystemClock(), published=lambda: None)
    history = [told(0, email="", disciplines=()), told(1), told(2, name="Ana B.", languages=("en", "pt-BR")), told(3, active=False)]
    for order in itertools.permutations(history):
        workspace = uuid4()
        for change in (*order, order[0]):
            await projections.keep_members(workspace, [received(change, workspace)])  # type: ignore[arg-type] # any id will do
        (row,) = await kept(database, workspace)
        assert (row["version"], row["name"], row["active"], row["disciplines"]) == (3, "Ana", False, ["sales"])

    together = uuid4()
    await projections.keep_members(together, [received(event, together) for event in history[:3]])  # type: ignore[arg-type] # as above
    (row,) = await kept(database, together)
    assert (row["version"], row["name"], row["languages"]) == (2, "Ana B.", ["en", "pt-BR"])


async def test_a_snapshot_fills_the_projection_once_and_again_when_asked(service: Service, database: Database) -> None:
    service.issuer.members = [told(4)]
    await service.connect("inlet")

    async def there(version: int) -> bool:
        found = await kept(database, service.workspace)
        return bool(found) and found[0]["version"] == version

    await until(lambda: there(4), within_seconds=30)
    service.issuer.members = [told(5, name="Ana B.")]
    assert (await service.post("/v1/projections/members/refill", {})).status_code == 202
    await until(lambda: there(5), within_seconds=30)


async def test_only_operators_have_a_projection_filled_again(service: Service) -> None:
    answer = await service.http.post("/v1/projections/members/refill", headers=service.headers(role="agent"))
    assert answer.status_code == 403


async def test_only_who_works_here_is_made_owner_or_mentioned(service: Service, database: Database) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    path, nobody = f"/v1/conversations/{thread['id']}", str(uuid4())
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [told(1)])

    asked = [
        service.http.patch(path, json={"version": thread["version"], "owner_id": nobody}, headers=service.headers()),
        service.post(f"{path}/notes", {"text": "Look.", "mentioned_member_ids": [str(ANA), nobody]}),
        service.post("/v1/conversations/bulk", {"action": "assign", "conversation_ids": [thread["id"]], "owner_id": nobody}),
    ]
    for each in asked:
        refused = await each
        assert (refused.status_code, refused.json()["code"]) == (404, "member_not_found")
    assert await conversations(service) == [thread]

    given = await service.http.patch(path, json={"version": thread["version"], "owner_id": str(ANA)}, headers=service.headers())
    assert given.json()["owner_id"] == str(ANA)
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [told(2, active=False)])
    left = await service.post(f"{path}/notes", {"text": "Look.", "mentioned_member_ids": [str(ANA)]})
    assert left.status_code == 404


BO = MemberId(UUID("0197a000-0000-7000-8000-00000000000b"))


async def test_what_is_given_to_somebody_away_is_the_deputys_but_one_takes_it_oneself(service: Service, database: Database) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    path = f"/v1/conversations/{thread['id']}"
    away = told(1, deputy_id=BO, absent_from=datetime(2020, 1, 1, tzinfo=UTC))
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [away, replace(told(1), member_id=BO)])

    given = await service.http.patch(path, json={"version": thread["version"], "owner_id": str(ANA)}, headers=service.headers())
    assert given.json()["owner_id"] == str(BO)
    own = service.headers(member=ANA)
    taken = await service.http.patch(path, json={"version": given.json()["version"], "owner_id": str(ANA)}, headers=own)
    assert taken.json()["owner_id"] == str(ANA)


async def test_a_closed_thread_of_whoever_left_comes_back_to_the_successor(service: Service, database: Database) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    path = f"/v1/conversations/{thread['id']}"
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [told(1), replace(told(1), member_id=BO)])
    closing = {"version": thread["version"], "owner_id": str(ANA), "status": "closed"}
    assert (await service.http.patch(path, json=closing, headers=service.headers())).status_code == 200
    async with database.transaction(service.workspace) as connection:
        await keep_members(connection, service.workspace, [told(2, active=False, successor_id=BO)])

    await partner.deliver(event(2))
    await journal_settled(service, count=2)

    (again,) = await conversations(service)
    assert (again["status"], again["owner_id"]) == ("open", str(BO))
