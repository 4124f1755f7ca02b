"""Keeps that the people of a list of followers follow the account that the list is of. Called by jobs, in the transaction of the chunk."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.interaction import NeutralEvent, Venue
from services.contracts.stakeholders import RelationKind
from services.contracts.vocabulary import Kind, Source
from services.identity.facts.relations import Relation
from services.identity.statements import imported
from services.identity.transfer.rows import Person, Reading
from services.kit.db import Connection


async def keep_follows(
    connection: Connection, workspace: WorkspaceId, people: Sequence[tuple[ProfileId, Person]], *, reading: Reading, at: datetime
) -> None:
    """Keep it since the row's time, else since the file came in; who followed before goes on since then."""
    if reading.followers and reading.of and people:
        known = {profile: _relation(profile, person, reading=reading, at=at) for profile, person in people}
        await imported.imported_follows(connection, workspace, [each.row() for each in known.values()])


def _relation(profile: ProfileId, person: Person, *, reading: Reading, at: datetime) -> Relation:
    since = min(person.at or at, at)
    author = person.author
    venue = Venue(network=author.network, scope=author.scope, external_id=reading.of)
    event = NeutralEvent(id="", occurred_at=since, kind=Kind.FOLLOW, author=author, venue=venue, source=Source.IMPORT)
    return Relation(profile_id=profile, kind=RelationKind.FOLLOWS, event=event, item=None, first_at=since, began_at=since)
