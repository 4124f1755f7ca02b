"""Takes a chunk of a Chatwoot file in: people and their labels are written, what was said is told to engagement. Called by `jobs`.

In the transaction of the chunk: what is written and what is told are so together, with the place behind the chunk, or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.events import HistoryEntry, HistoryImported, HistoryLabel
from services.contracts.ids import ChannelId, ImportId, ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import Author
from services.identity.facts.labels import LABELS_LIMIT, compared, written
from services.identity.profiles import learn_profiles
from services.identity.sightings import Sighting, fold
from services.identity.statements import archives as statements
from services.identity.statements import facts, labels
from services.identity.transfer.attributes import keep_attributes
from services.identity.transfer.chatwoot.accounts import own_scope
from services.identity.transfer.chatwoot.chunks import Read, read_all
from services.identity.transfer.chatwoot.objects import Object
from services.identity.transfer.chatwoot.people import Contact, key_of_contact
from services.identity.transfer.chatwoot.threads import Thread
from services.identity.transfer.rows import Reading
from services.identity.transfer.sifting import Refusal
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id

ENTRIES_AN_EVENT = 100
BYTES_AN_EVENT = 200_000
SOURCE = "import"
_SIGHTING_SOURCE = "chatwoot"


async def take_objects(  # noqa: PLR0913 - each is one thing that is said
    connection: Connection,
    workspace: WorkspaceId,
    job: asyncpg.Record,
    objects: Sequence[tuple[int, Object]],
    *,
    reading: Reading,
    deployment_key: bytes,
    now: datetime,
) -> list[Refusal]:
    """Write what the lines say; gives the report's rows."""
    read = await read_all(connection, workspace, job["upload_id"], objects, reading=reading, now=now)
    people = _People(workspace, deployment_key, reading.scope)
    known = fold(people.sightings(read, at=job["created_at"]), workspace=workspace, deployment_key=deployment_key)
    await learn_profiles(connection, workspace=workspace, known=known, now=now)
    told = await _keep_facts(connection, workspace, read, people=people, at=job["created_at"])
    await _give_labels(connection, workspace, read, people=people, now=now)
    events = _events(read.said, people=people, job=ImportId(job["id"]), reading=reading)
    await outbox.append(connection, workspace, events, now=now)
    return [*read.refusals, *told]


class _People:
    """Names profiles, and says of accounts whose they are."""

    def __init__(self, workspace: WorkspaceId, deployment_key: bytes, scope: str) -> None:
        self._workspace = workspace
        self._key = deployment_key
        self._scope = scope

    def profile_of(self, author: Author) -> ProfileId:
        """The profile of an account."""
        return profile_id(self._key, workspace=self._workspace, network=author.network, scope=author.scope, external_id=author.external_id)

    def sightings(self, read: Read, *, at: datetime) -> list[Sighting]:
        """Every account of the chunk, with Chatwoot's key of its person where that is known."""
        seen = [(contact.id, contact.person.author, contact.person.location) for _, contact in read.contacts]
        seen += [(contact, author, None) for contact, author in read.accounts]
        return [
            Sighting(
                author=author,
                at=at,
                source=_SIGHTING_SOURCE,
                location=location,
                attributes=key_of_contact(contact, scope=self._scope) if contact else {},
            )
            for contact, author, location in seen
        ]


async def _keep_facts(connection: Connection, workspace: WorkspaceId, read: Read, *, people: _People, at: datetime) -> list[Refusal]:
    """Keep the attributes of contacts; gives what was left out of each."""
    named = [(people.profile_of(contact.person.author), contact.person) for _, contact in read.contacts]
    unkept = await keep_attributes(connection, workspace, named, source=SOURCE, at=at)
    told = [
        (line, f"contact:{contact.id}", [*contact.person.left_out, *problems])
        for (line, contact), problems in zip(read.contacts, unkept, strict=True)
    ]
    return [(line, key, "; ".join(problems), True) for line, key, problems in told if problems]


async def _give_labels(connection: Connection, workspace: WorkspaceId, read: Read, *, people: _People, now: datetime) -> None:
    """Labels that the workspace does not have are made, as far as there is room on its list."""
    if not read.labels:
        return
    listed = {row["key"] for row in await labels.all_contact_labels(connection, workspace, limit=LABELS_LIMIT)}
    wanted = {compared(name): (written(name), colour) for name, colour in read.labels.items()}
    missing = sorted(wanted.keys() - listed)[: LABELS_LIMIT - len(listed)]
    if missing:
        rows = [(new_id(), wanted[key][0], key, wanted[key][1]) for key in missing]
        await statements.defined_contact_labels(connection, workspace, rows=rows, now=now)
    given = {(profile, compared(name)) for profile, name in _labelled(read.contacts, people)}
    if given:
        changed = await statements.given_contact_labels(connection, workspace, rows=sorted(given), now=now)
        await facts.changed_contacts_of(connection, workspace, sorted(changed))


def _labelled(contacts: Sequence[tuple[int, Contact]], people: _People) -> list[tuple[UUID, str]]:
    return [(people.profile_of(contact.person.author), name) for _, contact in contacts for name in contact.labels]


def _events(said: Sequence[tuple[Thread, HistoryEntry]], *, people: _People, job: ImportId, reading: Reading) -> list[HistoryImported]:
    """What was said by conversation, in pieces that a broker takes."""
    by_thread: dict[str, tuple[Thread, list[HistoryEntry]]] = {}
    for thread, entry in said:
        by_thread.setdefault(thread.id, (thread, []))[1].append(entry)
    return [
        _event(thread, piece, people=people, job=job, reading=reading)
        for thread, entries in by_thread.values()
        for piece in _pieces(entries)
    ]


def _pieces(entries: Sequence[HistoryEntry]) -> list[list[HistoryEntry]]:
    pieces: list[list[HistoryEntry]] = [[]]
    size = 0
    for entry in entries:
        weight = len(msgspec.json.encode(entry))
        if pieces[-1] and (len(pieces[-1]) >= ENTRIES_AN_EVENT or size + weight > BYTES_AN_EVENT):
            pieces.append([])
            size = 0
        pieces[-1].append(entry)
        size += weight
    return pieces


def _event(thread: Thread, entries: Sequence[HistoryEntry], *, people: _People, job: ImportId, reading: Reading) -> HistoryImported:
    channel = reading.channels.get(thread.inbox)
    return HistoryImported(
        import_id=job,
        profile_id=people.profile_of(thread.author),
        archive=f"{own_scope(reading.scope)}/{thread.inbox}",
        archive_name=f"{thread.inbox_name or f'Inbox {thread.inbox}'} (Chatwoot)",
        status=thread.status,
        entries=tuple(entries),
        labels=tuple(HistoryLabel(name=name, colour=colour) for name, colour in thread.labels),
        channel_id=None if channel is None else ChannelId(channel),
        title=thread.title,
    )
