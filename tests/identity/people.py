"""People as the tests of identity need them: authors, sightings, and what the database knows of them afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.interaction import Author, Claimed
from services.identity.profiles import learn_profiles
from services.identity.sightings import Sighting, fold
from services.identity.statements.linking import EvidenceEdge, Reason
from services.identity.statements.suggestions import proposed_pairs
from services.kit.db import Connection, Database
from services.kit.ids import new_id

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
DEPLOYMENT_KEY = b"k" * 32


def new_workspace() -> WorkspaceId:
    return WorkspaceId(new_id())


def author(name: str, *emails: str, network: str = "telegram", unverified: Iterable[str] = ()) -> Author:
    """An account called `name`; `emails` are vouched for."""
    claimed = [Claimed(value=email, verified=True) for email in emails] + [Claimed(value=email) for email in unverified]
    return Author(network=network, external_id=name.lower(), name=name, emails=tuple(claimed))


def sighting(author: Author, *, minute: int = 0) -> Sighting:
    return Sighting(author=author, at=NOON + timedelta(minutes=minute), source=author.network)


async def learn(database: Database, workspace: WorkspaceId, *sightings: Sighting) -> list[ProfileAssigned]:
    """See these people in one transaction."""
    known = fold(sightings, workspace=workspace, deployment_key=DEPLOYMENT_KEY)
    async with database.transaction(workspace) as connection:
        events = await learn_profiles(connection, workspace=workspace, known=known, now=NOON)
    return [event for event in events if isinstance(event, ProfileAssigned)]


async def proposed(database: Database, workspace: WorkspaceId, one: ProfileId, other: ProfileId) -> UUID:
    """An open suggestion that these are one person."""
    first, second = sorted((one, other))
    reason = Reason(rule="name", explanation="They have the same name.", score=0.7, evidence='[{"rule": "name", "bits": 9.5}]')
    async with database.transaction(workspace) as connection:
        edge = EvidenceEdge(profile_id=first, other_profile_id=second, reason=reason)
        await proposed_pairs(connection, workspace, [edge], among=[first], now=NOON)
        found: UUID = await connection.fetchval("SELECT id FROM suggestion WHERE profile_id = $1 AND other_profile_id = $2", first, second)
    return found


@dataclass(frozen=True, slots=True)
class People:
    """What the database knows of a workspace's people; profiles by external id."""

    groups: frozenset[frozenset[str]]
    contacts: dict[str, UUID]
    versions: dict[str, int]
    rules: dict[str, str]
    suggestions: frozenset[tuple[str, ...]]


async def known_people(database: Database, workspace: WorkspaceId) -> People:
    async with database.transaction(workspace) as connection:
        rows = await connection.fetch(
            "SELECT profile.id, external_id, contact_id, version, rule FROM profile "
            "JOIN membership ON membership.workspace_id = profile.workspace_id AND profile_id = profile.id"
        )
        await _assert_sizes(connection)
        pairs = await connection.fetch("SELECT profile_id, other_profile_id FROM suggestion WHERE state = 'open'")
    names = {row["id"]: row["external_id"] for row in rows}
    groups: dict[UUID, set[str]] = {}
    for row in rows:
        groups.setdefault(row["contact_id"], set()).add(row["external_id"])
    return People(
        groups=frozenset(frozenset(group) for group in groups.values()),
        contacts={row["external_id"]: row["contact_id"] for row in rows},
        versions={row["external_id"]: row["version"] for row in rows},
        rules={row["external_id"]: row["rule"] for row in rows},
        suggestions=frozenset(tuple(sorted((names[row["profile_id"]], names[row["other_profile_id"]]))) for row in pairs),
    )


async def _assert_sizes(connection: Connection) -> None:
    """A contact counts its profiles; the counts are kept, not computed, so every reading checks them."""
    wrong = await connection.fetchval(
        "SELECT count(*) FROM contact WHERE size <> (SELECT count(*) FROM membership "
        "WHERE membership.workspace_id = contact.workspace_id AND membership.contact_id = contact.id)"
    )
    assert wrong == 0


def groups(*members: str) -> frozenset[frozenset[str]]:
    """`groups("kim lu", "ana")`: kim and lu are one contact, ana another."""
    return frozenset(frozenset(each.split()) for each in members)
