"""Merges, detached profiles, and taking either back (W6): what follows is exactly what was before."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.contracts.ids import ContactId, MemberId, MergeId, ProfileId, WorkspaceId
from services.contracts.interaction import Author, Claimed
from services.contracts.views import MergeView
from services.identity.contacts import list_contacts
from services.identity.merging import Saying, detach_profile, merge_contacts, undo_merge
from services.identity.sightings import Sighting
from services.identity.statements.contacts import profiles_of_contacts
from services.identity.statements.facts import contact_for_change
from services.kit.db import Connection, Database
from tests.flows.waiting import until
from tests.identity.people import NOON, author, known_people, learn, new_workspace, sighting
from tests.identity.service import Service

# The whole thousand, which takes a minute or two: RAPPORT_SEQUENCES=1000.
SEQUENCES = int(os.environ.get("RAPPORT_SEQUENCES", "40"))
NAMES = ("Kim Park", "K. Park", "Maria Lopez", "Kim", "John Smith", None)
EMAILS = ("kim@park.example", "maria@lopez.example", "office@park.example")
HANDLES = ("moonrider287", "kimpark", None, None)
BY = MemberId(UUID(int=7))


def somebody(number: int, chance: random.Random) -> Sighting:
    emails = chance.sample(EMAILS, chance.choice((0, 1, 1, 2)))
    told = Author(
        network=chance.choice(("x", "youtube", "crm", "mastodon")),
        external_id=str(number),
        handle=chance.choice(HANDLES),
        name=chance.choice(NAMES),
        emails=tuple(Claimed(value=each, verified=chance.random() < 0.7) for each in emails),
    )
    return Sighting(author=told, at=NOON + timedelta(minutes=number), source="test")


async def everything(connection: Connection, workspace: WorkspaceId) -> list[Any]:
    """All that is answered about people, but for versions and times of change, which only grow."""
    page = await list_contacts(connection, workspace, limit=100, after=None)
    profiles = await profiles_of_contacts(connection, workspace, [each.id for each in page.items])
    edges = "SELECT profile_id, other_profile_id, source, rule, explanation FROM edge WHERE active ORDER BY 1, 2, 3"
    apart = "SELECT profile_id, other_profile_id FROM never_merge ORDER BY 1, 2"
    founders = "SELECT id, founder_id, size FROM contact WHERE size > 0 ORDER BY 1"
    rows = [[tuple(row) for row in await connection.fetch(statement)] for statement in (edges, apart, founders)]
    return [[replace(each, version=0, changed_at=NOON) for each in page.items], profiles, rows]


async def one_act(connection: Connection, workspace: WorkspaceId, chance: random.Random) -> MergeView | None:
    """A merge or a detachment of somebody, as far as there is anybody."""
    contacts = [each.id for each in (await list_contacts(connection, workspace, limit=100, after=None)).items]
    saying = Saying(by=BY, now=NOON, reason="said so")
    if chance.random() < 0.6 and len(contacts) > 1:
        one, other = chance.sample(contacts, 2)
        return await merge_contacts(connection, workspace, one, other=other, survivor=chance.choice((one, other)), saying=saying)
    profiles = await profiles_of_contacts(connection, workspace, contacts)
    crowded = [(contact, each.id) for contact, own in zip(contacts, profiles, strict=True) for each in own if len(own) > 1]
    if not crowded:
        return None
    contact, profile = chance.choice(crowded)
    return await detach_profile(connection, workspace, contact, profile=profile, saying=saying)


async def test_w6_whatever_members_do_can_be_taken_back_exactly(database: Database) -> None:
    for seed in range(SEQUENCES):
        chance = random.Random(seed)
        workspace = new_workspace()
        await learn(database, workspace, *(somebody(n, chance) for n in range(chance.randint(3, 7))))
        done: list[MergeId] = []
        async with database.transaction(workspace) as connection:
            states = [await everything(connection, workspace)]
            for _ in range(chance.randint(1, 5)):
                act = await one_act(connection, workspace, chance)
                if act is not None:
                    done.append(act.id)
                    states.append(await everything(connection, workspace))
            for merge, before in zip(reversed(done), reversed(states[:-1]), strict=True):
                await undo_merge(connection, workspace, merge, saying=Saying(by=BY, now=NOON))
                assert await everything(connection, workspace) == before, f"seed {seed}"
        await known_people(database, workspace)


async def test_w6_merged_as_asked_with_the_chosen_id_and_told(service: Service) -> None:
    token = await service.begin("acme")
    one, other = [await _entered(service, token, each) for each in ("1", "2")]
    path = f"/v1/contacts/{one['contact_id']}"

    preview = await service.ask("GET", f"{path}/merge-preview/{other['contact_id']}", token=token)
    body = {"contact_id": other["contact_id"], "survivor_id": other["contact_id"], "reason": "They told us"}
    merged = await service.ask("POST", f"{path}/merges", body, token=token)

    assert preview.body["profile_ids"] == sorted([one["id"], other["id"]])
    assert [each["name"] for each in preview.body["vetoes"]] == ["name_conflict"]
    assert (merged.status, merged.body["survivor_id"], merged.body["absorbed_id"]) == (201, other["contact_id"], one["contact_id"])
    old = await service.ask("GET", path, token=token)
    assert (old.status, old.body["id"]) == (200, other["contact_id"])
    assert old.headers["link"] == f'</v1/contacts/{other["contact_id"]}>; rel="canonical"'
    assert [each["linked_by"] for each in old.body["profiles"]] == ["merged_by_member", "first_seen"]
    assert old.body["profiles"][0]["explanation"] == "A member said that they are one person: They told us"
    journal = await service.ask("GET", f"{path}/merges", token=token)
    assert [(each["id"], each["reason"]) for each in journal.body["items"]] == [(merged.body["id"], "They told us")]
    ids = [one["contact_id"], str(UUID(int=9)), other["contact_id"]]
    pages = await service.ask("POST", "/internal/merges/by-contact-ids", {"ids": ids}, token=token)
    named = await service.ask("POST", "/internal/merges/by-ids", {"ids": [str(UUID(int=9)), merged.body["id"]]}, token=token)
    assert [page["items"] for page in pages.body] == [journal.body["items"], [], journal.body["items"]]
    assert named.body == [None, journal.body["items"][0]]


async def test_w6_undone_over_http_everything_answers_as_before(service: Service) -> None:
    token = await service.begin("acme")
    one, other = [await _entered(service, token, each) for each in ("1", "2")]
    ids = [one["contact_id"], other["contact_id"]]
    before = await _answers(service, token, ids)
    merged = await service.ask("POST", f"/v1/contacts/{ids[0]}/merges", {"contact_id": ids[1]}, token=token)

    undone = await service.ask("POST", f"/v1/merges/{merged.body['id']}/undo", {}, token=token)

    assert undone.status == 200
    assert await _answers(service, token, ids) == before
    again = await service.ask("POST", f"/v1/merges/{merged.body['id']}/undo", {}, token=token)
    assert (again.status, again.body["code"]) == (409, "merge_undone")


async def test_a_merge_of_a_version_that_has_passed_is_refused(service: Service) -> None:
    token = await service.begin("acme")
    one, other = [await _entered(service, token, each) for each in ("1", "2")]
    path = f"/v1/contacts/{one['contact_id']}/merges"

    stale = await service.ask("POST", path, {"contact_id": other["contact_id"]}, token=token, headers=[("if-match", '"9"')])
    passed = await service.ask("POST", path, {"contact_id": other["contact_id"], "version": 9}, token=token)
    itself = await service.ask("POST", path, {"contact_id": one["contact_id"]}, token=token)
    stranger = {"contact_id": other["contact_id"], "survivor_id": str(UUID(int=9))}

    assert [stale.status, passed.status, itself.status] == [412, 412, 409]
    assert (await service.ask("POST", path, stranger, token=token)).status == 404
    assert len((await service.ask("GET", "/v1/contacts", token=token)).body["items"]) == 2


async def test_w6_a_detached_profile_stays_away_though_evidence_says_otherwise(database: Database) -> None:
    workspace = new_workspace()
    seen = [sighting(author(each, "kim@park.example"), minute=n) for n, each in enumerate(("Kim Park", "K. Park", "Dr. Kim Park"))]
    await learn(database, workspace, *seen)
    async with database.transaction(workspace) as connection:
        ((contact,), profile) = await _contacts(connection, workspace), await _profile(connection, "k. park")
        detached = await detach_profile(connection, workspace, contact, profile=profile, saying=Saying(by=BY, now=NOON))

    await learn(database, workspace, sighting(replace(seen[1].author, bio="new", name="Kim Park"), minute=9))

    assert (await known_people(database, workspace)).groups == {frozenset({"kim park", "dr. kim park"}), frozenset({"k. park"})}
    async with database.transaction(workspace) as connection:
        await undo_merge(connection, workspace, detached.id, saying=Saying(by=BY, now=NOON))
    assert len((await known_people(database, workspace)).groups) == 1


async def test_w6_what_evidence_merged_can_be_taken_back_and_stays_so(database: Database) -> None:
    workspace = new_workspace()
    await learn(database, workspace, sighting(author("Kim Park")), sighting(author("Kim P.", unverified=["kim@park.example"]), minute=1))
    await learn(database, workspace, sighting(author("Kim Park", "kim@park.example"), minute=2))
    async with database.transaction(workspace) as connection:
        merge = await connection.fetchval("SELECT id FROM merge_event WHERE kind = 'evidence'")
        await undo_merge(connection, workspace, MergeId(merge), saying=Saying(by=BY, now=NOON))

    await learn(database, workspace, sighting(author("Kim Park", "kim@park.example", "kim@home.example"), minute=3))

    assert len((await known_people(database, workspace)).groups) == 2
    async with database.transaction(workspace) as connection:
        told = [row[0] for row in await connection.fetch("SELECT type FROM outbox ORDER BY id")]
    assert told.count("identity.contact.merged") == told.count("identity.contact.split") == 1


async def _entered(service: Service, token: str, number: str) -> Any:
    names = {"1": "Kim Park", "2": "Maria Lopez"}
    body = {"network": "inlet", "external_id": number, "name": names[number], "emails": [{"value": f"p{number}@example.com"}]}
    service.clock.advance(timedelta(seconds=1))
    return (await service.ask("POST", "/v1/profiles", body, token=token)).body


async def _answers(service: Service, token: str, ids: Sequence[str]) -> list[Any]:
    """What is said of these contacts, but for versions and times of change."""
    ask: Callable[..., Awaitable[Any]] = service.ask
    told = [(await ask("GET", f"/v1/contacts/{each}", token=token)).body for each in ids]
    listed = (await ask("GET", "/v1/contacts", token=token)).body["items"]
    return [{name: value for name, value in each.items() if name not in {"version", "changed_at"}} for each in [*told, *listed]]


async def _contacts(connection: Connection, workspace: WorkspaceId) -> list[ContactId]:
    return [each.id for each in (await list_contacts(connection, workspace, limit=100, after=None)).items]


async def _profile(connection: Connection, external_id: str) -> ProfileId:
    return ProfileId(await connection.fetchval("SELECT id FROM profile WHERE external_id = $1", external_id))


async def test_w6_what_is_said_during_a_merge_is_said_of_the_one_who_stays(database: Database) -> None:
    """Whoever waits for the merge to end goes on with the contact as it is then, not with the empty one."""
    workspace = new_workspace()
    await learn(database, workspace, sighting(author("Kim")), sighting(author("Ana")))
    saying = Saying(by=BY, now=NOON)

    async def change(contact: ContactId) -> UUID | None:
        async with database.transaction(workspace) as connection:
            row = await contact_for_change(connection, workspace, contact)
            return None if row is None else row["id"]

    async with database.transaction(workspace) as connection:
        one, other = [each.id for each in (await list_contacts(connection, workspace, limit=2, after=None)).items]
        await merge_contacts(connection, workspace, one, other=other, survivor=one, saying=saying)
        changing = asyncio.create_task(change(other))

        async def waits() -> bool:
            waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype IN ('transactionid', 'tuple') AND NOT granted)"
            return bool(await connection.fetchval(waiting))

        await until(waits)

    assert await changing == one
