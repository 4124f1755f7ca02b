"""W13 in identity: what goes with a person, what stays of them, and that no table is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.vocabulary import ConsentSource, ConsentState, Role
from services.identity.consent.words import Said, record_words
from services.identity.erasure.removing import remove
from services.identity.statements import erasing as identity
from services.identity.statements.consent import words_of_profiles
from services.identity.statements.linking import linking_lock
from services.kit.db import Database
from services.kit.erasing import Subject
from services.kit.erasing.tombstones import remember_erased
from services.kit.ids import new_id
from tests.flows.waiting import until
from tests.identity.people import NOON, author, learn, new_workspace, sighting
from tests.identity.service import Service

# What others keep the newest version of, by profile.
VERSIONED = ("membership", "consent_profile", "profile_kind_version")
_NAMING = """
SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = 'identity' AND c.column_name ~ '(^|_)(profile|contact|survivor|absorbed)_id$'
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_w13_no_table_that_names_a_person_is_forgotten(owner: asyncpg.Connection) -> None:
    """Whoever adds one adds the statement that empties it, or says why it may stay."""
    named = {row["name"] for row in await owner.fetch(_NAMING)}
    known = {table for _, table, _ in (*identity.REMOVALS, *identity.OF_CONTACTS)} | identity.KEPT.keys()
    assert named - known == set(), "put it into services/identity/statements/erasing.py"
    assert known - named <= {"profile", "contact"}, "these are gone"


async def test_w13_who_is_held_is_not_erased_and_who_is_not_is_gone_at_once(service: Service) -> None:
    """The refusal says who set the hold; lifted, the contact goes with its profiles, and a repetition is answered as the first time."""
    token = await service.begin("acme")
    known = {"network": "crm", "external_id": "7", "name": "Kim", "emails": [{"value": "kim@lund.example", "verified": True}]}
    contact = (await service.ask("POST", "/v1/profiles", known, token=token)).body["contact_id"]
    path = f"/v1/contacts/{contact}"
    me = (await service.ask("GET", "/v1/me", token=token)).body["member"]["id"]
    held = await service.ask("PUT", f"{path}/hold", {"reason": "a dispute"}, token=token)
    assert (held.status, held.body["set_by"]) == (200, me)

    refused = await service.ask("POST", f"{path}/erasures", {}, token=token)

    assert (refused.status, refused.body["code"], refused.body["set_by"]) == (409, "contact_held", me)
    assert (await service.ask("GET", path, token=token)).status == 200
    assert (await service.ask("DELETE", f"{path}/hold", token=token)).status == 204
    assert (await service.ask("GET", f"{path}/hold", token=token)).status == 404
    asked = [await service.ask("POST", f"{path}/erasures", {}, token=token, headers=[("idempotency-key", "k-1")]) for _ in range(2)]
    assert [each.status for each in asked] == [202, 202]
    assert asked[0].body["id"] == asked[1].body["id"]
    assert {each["service"] for each in asked[0].body["services"]} == {"identity", "engagement", "routing"}
    assert (await service.ask("GET", path, token=token)).status == 404
    assert (await service.ask("GET", "/v1/contacts?q=kim@lund.example", token=token)).body["items"] == []


async def test_w13_only_administrators_erase_export_and_hold(service: Service) -> None:
    """Agents see people; they do not take them out."""
    await service.begin("bolt")
    await service.add_member("bolt", "ana", Role.AGENT)
    token = await service.token("bolt", "ana")
    nobody = f"/v1/contacts/{UUID(int=1)}"

    for method, path in (
        ("POST", f"{nobody}/erasures"),
        ("GET", f"{nobody}/export"),
        ("DELETE", f"{nobody}/hold"),
        ("GET", "/v1/erasures"),
    ):
        assert (await service.ask(method, path, {} if method == "POST" else None, token=token)).status == 403


async def test_w13_words_of_consent_go_by_their_own_time_though_nobody_knows_the_profile(database: Database) -> None:
    """What was under way during the erasure is removed by the job; what was said since stays."""
    workspace, profile = new_workspace(), ProfileId(new_id())
    said = [news(profile, minute=-1), replace(news(profile, minute=1), purpose="offers")]
    async with database.transaction(workspace) as connection:
        await record_words(connection, workspace, said, now=NOON)

        removed = await remove(connection, workspace, subject(profile))

        assert [word["purpose"] for word in await words_of_profiles(connection, workspace, [profile])] == ["offers"]
        assert removed["consents"] == 2


async def test_w13_what_is_said_after_an_erasure_is_newer_than_what_was_said_before(database: Database, service: Service) -> None:
    """Versions never begin anew: a reader that remembers the higher one would not hear a new do-not-contact."""
    token = await service.begin("reef")
    workspace = WorkspaceId(UUID((await service.ask("GET", "/v1/me", token=token)).body["workspace"]["id"]))
    told = []
    for _ in range(2):
        known = {"network": "crm", "external_id": "7", "name": "Kim"}
        path = f"/v1/contacts/{(await service.ask('POST', '/v1/profiles', known, token=token)).body['contact_id']}"
        for said in ("do-not-contact", "do-not-contact/lift"):
            service.clock.advance(timedelta(seconds=1))
            assert (await service.ask("POST", f"{path}/{said}", {"reason": "by letter"}, token=token)).status == 201
        assert (await service.ask("PUT", f"{path}/kinds/press", {}, token=token)).status == 200
        async with database.transaction(workspace) as connection:
            told.append([await connection.fetchval(f"SELECT version FROM {table}") for table in VERSIONED])
        assert (await service.ask("POST", f"{path}/erasures", {}, token=token)).status == 202
        service.clock.advance(timedelta(seconds=1))

    assert told[0] == [1, 2, 1]
    assert all(after > before for before, after in zip(*told, strict=True)), told


async def test_w13_a_version_that_a_pass_of_the_job_removed_is_not_given_again(database: Database) -> None:
    """A word of the past that was heard while the erasure was under way was told to others before it went."""
    workspace, profile = new_workspace(), ProfileId(new_id())
    async with database.transaction(workspace) as connection:
        await remember_erased(connection, workspace, subjects=[profile], versions=[3], at=NOON)
        (late,) = await record_words(connection, workspace, [news(profile, minute=-1)], now=NOON)
        await remove(connection, workspace, subject(profile))

        (new,) = await record_words(connection, workspace, [news(profile, minute=1)], now=NOON)

    assert 3 < late.version < new.version


async def test_w13_who_was_seen_by_a_clock_ahead_of_ours_is_erased_all_the_same(database: Database) -> None:
    workspace = new_workspace()
    await learn(database, workspace, sighting(author("Kim"), minute=600))
    async with database.transaction(workspace) as connection:
        profile = ProfileId(await connection.fetchval("SELECT id FROM profile WHERE workspace_id = $1", workspace))

        removed = await remove(connection, workspace, subject(profile))

    assert removed["profiles"] == 1


async def test_an_erasure_waits_for_whoever_links_before_it_takes_a_row(database: Database, service: Service) -> None:
    """Else it would hold the rows that a batch of sightings wants, which holds what it wants."""
    token = await service.begin("keel")
    known = {"network": "crm", "external_id": "7", "name": "Kim"}
    contact = (await service.ask("POST", "/v1/profiles", known, token=token)).body["contact_id"]
    workspace = WorkspaceId(UUID((await service.ask("GET", "/v1/me", token=token)).body["workspace"]["id"]))
    async with database.transaction(workspace) as connection:
        await linking_lock(connection, workspace)
        asked = asyncio.create_task(service.ask("POST", f"/v1/contacts/{contact}/erasures", {}, token=token))

        async def waits() -> bool:
            return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"))

        await until(waits)
        await connection.fetch("SELECT FROM membership WHERE workspace_id = $1 FOR UPDATE NOWAIT", workspace)

    assert (await asked).status == 202


def subject(profile: ProfileId) -> Subject:
    return Subject(id=new_id(), at=NOON, profiles={profile: 1})


def news(profile: ProfileId, *, minute: int) -> Said:
    """A yes to news, so many minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    return Said(profile=profile, purpose="news", state=ConsentState.GRANTED, at=at, source=ConsentSource.MEMBER)
