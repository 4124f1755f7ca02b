"""Resolution on a real database (W3, W4, W5): what becomes of profiles one by one is what joining all of them at once says."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from services.contracts.ids import WorkspaceId
from services.contracts.interaction import Author, Claimed
from services.identity.matching.facts import Described, read_facts
from services.identity.matching.joining import join_profiles
from services.identity.matching.values import value_key
from services.identity.profiles import block_email
from services.identity.resolving import refresh_facts
from services.identity.sightings import Sighting
from services.kit.db import Database
from tests.identity.people import NOON, People, author, groups, known_people, learn, new_workspace, sighting

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "identity" / "social_synth" / "dev.jsonl"
PEOPLE = 250
PLANTED = {
    "emails": ("info@acme.example", "noreply@acme.example", "test@test.com"),
    "phones": ("0000000000", "+10000000000", "+15555555555"),
    "links": ("https://bit.ly/1", "https://www.instagram.com/"),
}


def crowd(*, people: int = PEOPLE, seed: int = 5) -> list[dict[str, object]]:
    """Some of the sample's people whole, with everybody of their households."""
    if not SAMPLE.exists():
        pytest.skip("the samples lie next to the project, in ../shared")
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    homes = sorted({row["household"] for row in rows})
    chosen = set(random.Random(seed).sample(homes, people))
    return [row for row in rows if row["household"] in chosen]


def seen(row: dict[str, object], *, minute: int = 0) -> Sighting:
    """A row as an import tells it."""
    author = Author(
        network=str(row["network"]),
        external_id=str(row["platform_user_id"]),
        handle=_text(row["handle"]),
        name=_text(row["name"]),
        emails=(Claimed(value=str(row["email"]), verified=bool(row["email_verified"])),) if row["email"] else (),
        phones=(Claimed(value=str(row["phone"])),) if row["phone"] else (),
        links=tuple(row["links"]) if isinstance(row["links"], list) else (),
    )
    return Sighting(author=author, at=NOON + timedelta(minutes=minute), source="import", location=_text(row["location"]))


def _text(value: object) -> str | None:
    return str(value) if value else None


def pairs(found: People) -> set[frozenset[str]]:
    return {frozenset(pair) for group in found.groups for pair in combinations(sorted(group), 2)}


async def learn_all(database: Database, workspace: WorkspaceId, sightings: Sequence[Sighting], *, batch: int) -> None:
    for start in range(0, len(sightings), batch):
        await learn(database, workspace, *sightings[start : start + batch])


async def test_w4_people_of_the_sample_are_joined_online_as_they_are_all_at_once(database: Database) -> None:
    rows = crowd()
    whole, shuffled = new_workspace(), new_workspace()
    sightings = [seen(row, minute=n) for n, row in enumerate(rows)]

    await learn_all(database, whole, sightings, batch=100)
    random.Random(3).shuffle(sightings)
    await learn_all(database, shuffled, sightings, batch=7)

    found = await known_people(database, whole)
    assert pairs(await known_people(database, shuffled)) == pairs(found)
    assert pairs(found) == _joined(rows)
    person = {str(row["platform_user_id"]): str(row["truth"]) for row in rows}
    made = pairs(found)
    right = [pair for pair in made if len({person[each] for each in pair}) == 1]
    possible = sum(count * (count - 1) // 2 for count in Counter(person.values()).values())
    assert len(right) / len(made) >= 0.995
    assert len(right) / possible >= 0.5
    assert sum(len({person[each] for each in group}) > 1 for group in found.groups) / len(found.groups) <= 0.0015


async def test_importing_the_same_again_changes_nothing(database: Database) -> None:
    workspace = new_workspace()
    sightings = [seen(row, minute=n) for n, row in enumerate(crowd(people=60))]
    await learn_all(database, workspace, sightings, batch=50)
    before = await known_people(database, workspace)

    events = await learn(database, workspace, *sightings)

    assert events == []
    assert await known_people(database, workspace) == before


async def test_values_of_functions_and_of_nobody_merge_nobody(database: Database) -> None:
    workspace = new_workspace()
    planted = [
        Author(
            network="inlet",
            external_id=str(n),
            emails=tuple(Claimed(value=each, verified=True) for each in PLANTED["emails"]),
            phones=tuple(Claimed(value=each, verified=True) for each in PLANTED["phones"]),
            links=PLANTED["links"],
        )
        for n in range(20)
    ]
    family = [
        Author(network="inlet", external_id=name, name=name, phones=(Claimed(value="+34600111222", verified=True),))
        for name in ("Kim Park", "Maria Park", "John Park")
    ]

    await learn(database, workspace, *(sighting(each) for each in (*planted, *family)))

    assert len((await known_people(database, workspace)).groups) == 23


async def test_a_value_that_too_many_carry_says_nothing_any_more(database: Database) -> None:
    workspace = new_workspace()
    shared = "bobbins@shop.example"

    for n in range(12):
        await learn(database, workspace, sighting(author(f"p{n}", shared), minute=n))
    twelve = await known_people(database, workspace)
    await learn(database, workspace, sighting(author("p12", shared), minute=12))

    assert len(twelve.groups) == 1
    assert len((await known_people(database, workspace)).groups) == 13


async def test_many_who_come_at_once_are_joined_as_they_are_one_by_one(database: Database) -> None:
    """A chunk of an import reaches more people than anybody has accounts, without any of them being reached by many."""
    workspace = new_workspace()
    for network in ("x", "bluesky", "mastodon"):
        seen_there = [author(f"p{n}", f"p{n}@people.example", network=network) for n in range(500)]
        await learn(database, workspace, *(sighting(each) for each in seen_there))

    async with database.transaction(workspace) as connection:
        assert await connection.fetchval("SELECT count(*) FROM contact WHERE size > 0") == 500


async def test_a_handle_and_name_join_and_a_changed_name_parts_again(database: Database) -> None:
    workspace = new_workspace()
    kim = Author(network="x", external_id="1", handle="moonrider287", name="Kim Lundqvist")
    same = Author(network="youtube", external_id="2", handle="moonrider287", name="Kim Lundqvist")
    other = Author(network="youtube", external_id="2", name="Pedro Fernandez")

    await learn(database, workspace, sighting(kim), sighting(same, minute=1))
    together = (await known_people(database, workspace)).groups
    await learn(database, workspace, sighting(other, minute=2))

    assert together == groups("1 2")
    assert (await known_people(database, workspace)).groups == groups("1", "2")


async def test_w4_a_crms_key_joins_whoever_carries_it(database: Database) -> None:
    workspace = new_workspace()
    row = Author(network="crm", scope="sales", external_id="77", name="Kim Lu")
    visitor = Author(network="web", external_id="v1")

    await learn(database, workspace, sighting(row), sighting(visitor, minute=1))
    await learn(database, workspace, Sighting(author=visitor, at=NOON + timedelta(minutes=2), source="web", attributes={"crm:sales": "77"}))

    found = await known_people(database, workspace)
    assert (found.groups, found.rules["v1"]) == (groups("77 v1"), "crm_key")


def _joined(rows: Sequence[dict[str, object]]) -> set[frozenset[str]]:
    """What the scorer says of all of them at once, of pairs that share a key."""
    told = [
        Described(
            id=str(row["platform_user_id"]),
            network=each.author.network,
            external_id=each.author.external_id,
            handle=each.author.handle or "",
            name=each.author.name or "",
            location=each.location or "",
            emails=tuple((claimed.value, claimed.verified) for claimed in each.author.emails),
            phones=tuple((claimed.value, claimed.verified) for claimed in each.author.phones),
            links=each.author.links,
        )
        for row, each in ((row, seen(row)) for row in rows)
    ]
    members = join_profiles([read_facts(each) for each in told], suggesting=()).members().values()
    return {frozenset(pair) for group in members for pair in combinations(group, 2)}


async def test_what_is_kept_of_somebody_new_is_what_reading_it_again_would_give(database: Database) -> None:
    workspace = new_workspace()
    async with database.transaction(workspace) as connection:
        await block_email(connection, workspace=workspace, key=value_key("email", "blocked@people.example"), reason="shared", now=NOON)
    addresses = [f"Kim.{n}@People.example" for n in range(25)]
    full = Author(
        network="X",
        external_id=" 1 ",
        scope="here",
        handle="@Moon.Rider_287",
        name="Dr. Kim Lundqvist",
        followers=7,
        emails=tuple(Claimed(value=each, verified=n % 2 == 0) for n, each in enumerate([*addresses, *PLANTED["emails"]])),
        phones=tuple(Claimed(value=each, verified=True) for each in ("+34600111222", *PLANTED["phones"])),
        links=tuple(f"https://site-{n}.example/kim" for n in range(40)),
    )
    told = {"dob": "1990-02-03", "avatar_hash": "abcdef", "visitor_id": "v1", "rel_me": "true", "crm:acme": "17"}
    blocked = author("2", "blocked@people.example")
    again = replace(full, handle="later", emails=(Claimed(value="kim.0@people.example", verified=True),))
    await learn(
        database,
        workspace,
        Sighting(author=full, at=NOON, source="x", location="Graz, Austria", attributes=told),
        Sighting(author=again, at=NOON + timedelta(minutes=1), source="x", attributes={"user_id": "v2", "crm:other": "18"}),
        sighting(blocked),
    )

    async with database.transaction(workspace) as connection:
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM profile WHERE workspace_id = $1", workspace)]
        changed = await refresh_facts(connection, workspace, ids)

    assert len(ids) == 2
    assert not changed.now
