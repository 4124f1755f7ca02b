"""W13 in engagement: what is older than the rules say is gone from every table, of whoever is not held."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.envelope import Header
from services.contracts.events import RetentionChanged
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.retention import ACTIONS, RetentionKind, RetentionRule
from services.engagement.retaining import STEPS, RetentionHeard, swept_event
from services.engagement.settings import EngagementSettings
from services.engagement.statements.history import assign_profiles
from services.kit.bus import Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.retaining import Retainer
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled
from tests.flows.everywhere import SCHEMAS, found_in_tables

MARK = "zqold1a2b3c"
# Published within seconds and dropped after seven days, whoever it is about; no rule is shorter.
PASSING = "engagement.outbox"


@asynccontextmanager
async def retaining(settings: EngagementSettings, *, days: int) -> AsyncIterator[tuple[RetentionHeard, Retainer, Database]]:
    """The sweep as if so many days had passed."""
    app = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    worker = Database(settings.role_url("engagement", role="worker"), name="test-worker", size=1)
    clock = FixedClock(datetime.now(UTC) + timedelta(days=days))
    await app.open()
    await worker.open()
    try:
        sweep = Retainer(
            app=app, worker=worker, clock=clock, published=lambda: None, steps=STEPS, memberships="profile_contact", ending=swept_event
        )
        yield RetentionHeard(app, clock=clock), sweep, app
    finally:
        await app.close()
        await worker.close()


def told(workspace: WorkspaceId, number: int, *kinds: RetentionKind, days: int = 30, held: Sequence[UUID] = ()) -> list[Received]:
    """The event by which identity tells of rules and holds."""
    rules = tuple(RetentionRule(kind=kind, days=days, action=ACTIONS[kind]) for kind in kinds)
    changed = RetentionChanged(
        workspace_id=workspace, told=number, version=number, rules=rules, held=tuple(ProfileId(each) for each in held)
    )
    header = Header(
        id=str(number), type=changed.type, version=1, workspace=workspace, time=datetime.now(UTC), subject=str(workspace), sequence=number
    )
    return [Received(header=header, event=changed)]


def said(number: int, who: str, text: str) -> dict[str, object]:
    """A message of somebody, with a file."""
    file = {"kind": "file", "url": f"https://files.invalid/{text}.pdf", "name": f"{text}.pdf"}
    return event(number, text, author={"network": "shop", "external_id": who, "name": f"{who} {text}"}, attachments=[file])


async def test_w13_what_is_too_old_is_in_no_table_any_more_but_of_who_is_held(
    service: Service, settings: EngagementSettings, database_url: str
) -> None:
    """A dry run tells of it before; the sums of the ledger stay; lifted, the hold's person goes with the next run."""
    partner = await Partner.connected(service)
    await partner.deliver(said(1, "old", MARK))
    await partner.deliver(said(2, "held", f"held {MARK}held"))
    await partner.deliver(said(3, "peer", f"peer {MARK}held"))
    await journal_settled(service, count=3)
    everywhere = {f"DATABASE_URL_{schema.upper()}": database_url for schema in SCHEMAS}
    workspace, kinds = service.workspace, (RetentionKind.MESSAGES, RetentionKind.MEDIA, RetentionKind.DELIVERIES)
    owner = await asyncpg.connect(database_url, timeout=10)
    sums = (await service.get("/v1/ledger")).json()
    try:
        rows = await owner.fetch("SELECT author_external_id AS who, profile_id FROM engagement.interaction")
        people = {row["who"]: row["profile_id"] for row in rows}
        async with retaining(settings, days=40) as (heard, sweep, app):
            contact = new_id()
            async with app.transaction(workspace) as connection:
                await assign_profiles(connection, workspace, [(people[who], contact, 1) for who in ("held", "peer")])
            await heard.keep(workspace, told(workspace, 1, *kinds, days=50, held=[people["held"]]))
            await sweep.round()
            assert await owner.fetchval("SELECT count(*) FROM engagement.interaction WHERE text IS NOT NULL") == 3

            await heard.keep(workspace, told(workspace, 2, *kinds, held=[people["held"]]))
            for _ in range(2):
                await sweep.round()

            kept = await owner.fetch("SELECT profile_id FROM engagement.interaction WHERE text IS NOT NULL AND attachments IS NOT NULL")
            assert {row["profile_id"] for row in kept} == {people["held"], people["peer"]}
            await owner.execute("UPDATE engagement.interaction SET text = 'x', author_name = 'x' WHERE text LIKE '%held'")
            await heard.keep(workspace, told(workspace, 3, *kinds))
            await sweep.round()
            left = await found_in_tables(everywhere, MARK)
        removed = await owner.fetch("SELECT data::json -> 'removed' AS removed FROM engagement.outbox WHERE type LIKE '%swept' ORDER BY id")
    finally:
        await owner.close()

    assert [each for each in left if not each.startswith(PASSING)] == []
    assert any("messages" in row["removed"] for row in removed), removed
    assert any("deliveries" in row["removed"] for row in removed), removed
    after = (await service.get("/v1/ledger")).json()
    assert sum(after.values()) == sum(sums.values()), "no row is lost to the sums"


async def test_w13_a_dry_run_says_what_would_go_and_removes_nothing(service: Service) -> None:
    """Only with the scope people:erase, by rules that are tried or, without any, by those in force."""
    partner = await Partner.connected(service)
    await partner.deliver(said(1, "ines", "hello"))
    await journal_settled(service, count=1)

    tried = await service.get("/v1/retention/preview/history?rule=messages:7&rule=notes:7")
    in_force = await service.get("/v1/retention/preview/history")
    wrong = await service.get("/v1/retention/preview/history?rule=messages:1")
    agent = await service.http.get("/v1/retention/preview/history", headers=service.headers(role="agent"))

    assert [(each["what"], each["count"]) for each in tried.json()["items"]] == [("dead_letters", 0), ("messages", 0)]
    assert (in_force.json()["items"], wrong.status_code, agent.status_code) == ([], 422, 403)
