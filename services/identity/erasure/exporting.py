"""All that is kept of a person as one file: asked for here, told by every service in pieces, read through a link that ends.

Called by `api`, `subscribers` and the command line. The request tells identity's own part; the file is never whole in memory.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

import asyncpg
import orjson

from services.contracts.events import PersonExportRequested
from services.contracts.ids import ContactId, PersonExportId, WorkspaceId
from services.contracts.views import ExportShareView, PersonExportView
from services.identity.audit import Actor, record
from services.identity.contacts import get_contact
from services.identity.erasure.errors import PersonExportNotFoundError
from services.identity.erasure.export_links import ExportLinks, Grant
from services.identity.errors import ContactNotFoundError
from services.identity.settings import IdentitySettings
from services.identity.statements import person_exports as statements
from services.identity.statements.erasing import exported, profiles_of
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.ids import new_id
from services.kit.packing import PURPOSE, Packer, unpacked

SERVICE = "identity"
SERVICES = ("engagement", SERVICE, "routing")
"""In the order of the file."""
GOOD_FOR = timedelta(hours=24)
WAITED_FOR = timedelta(days=7)


class PersonExports:
    """Asks for exports, keeps what the services tell, and reads the file."""

    def __init__(self, *, vault: Vault, links: ExportLinks, clock: Clock) -> None:
        self._vault = vault
        self.links = links
        self._clock = clock

    async def ask(self, connection: Connection, workspace: WorkspaceId, contact: ContactId, *, by: Actor) -> PersonExportView:
        """Ask every service for what it keeps of a contact. Raises ContactNotFoundError."""
        now = self._clock.now()
        known = await get_contact(connection, workspace, contact)
        profiles = await profiles_of(connection, workspace, known.id)
        if not profiles:
            raise ContactNotFoundError
        export = PersonExportId(new_id())
        await statements.kept_export(
            connection, workspace, export, contact=known.id, profiles=profiles, by=by.member, now=now, expires_at=now + WAITED_FOR
        )
        await record(connection, workspace, "person.exported", subject=known.id, by=by, now=now)
        packer = Packer(self._vault, workspace, export, SERVICE)
        pieces = [*packer.add(await exported(connection, workspace, known.id)), packer.end()]
        rows = [(export, SERVICE, each.number, each.last, each.items, each.sealed) for each in pieces]
        await statements.kept_pieces(connection, workspace, rows, now=now)
        asked = PersonExportRequested(export_id=export, contact_id=known.id, profile_ids=profiles, at=now)
        await outbox.append(connection, workspace, [asked], now=now)
        return await self.get(connection, workspace, export)

    async def get(self, connection: Connection, workspace: WorkspaceId, export: PersonExportId) -> PersonExportView:
        """How far it is, and once it is whole, the link. Raises PersonExportNotFoundError, also of one that expired."""
        row = await statements.export_of_id(connection, workspace, export, now=self._clock.now())
        if row is None:
            raise PersonExportNotFoundError
        url = self.links.make(workspace, export, end=row["expires_at"]) if row["completed_at"] else None
        told = {name: row[name] for name in ("id", "contact_id", "requested_by", "requested_at", "completed_at", "expires_at")}
        return PersonExportView(**told, url=url, services=_shares(row))

    async def keep(self, connection: Connection, workspace: WorkspaceId, rows: Sequence[statements.Row]) -> None:
        """Pieces as services told them; those of exports that are complete, or gone with their person, are dropped."""
        now = self._clock.now()
        waiting = await statements.locked_open(connection, workspace, [row[0] for row in rows])
        awaited = [row for row in rows if row[0] in waiting]
        if awaited:
            await statements.kept_pieces(connection, workspace, awaited, now=now)
            await statements.completed(
                connection, workspace, sorted(waiting), services=SERVICES, now=now, expires_at=(now + GOOD_FOR).replace(microsecond=0)
            )

    async def file(self, database: Database, granted: Grant) -> AsyncIterator[bytes]:
        """The file's text, a piece at a time. Raises PersonExportNotFoundError before the first, unless it is there and whole."""
        async with database.transaction(granted.workspace) as connection:
            view = await self.get(connection, granted.workspace, granted.export)
        if view.completed_at is None:
            raise PersonExportNotFoundError
        return self._text(database, granted, view)

    async def _text(self, database: Database, granted: Grant, view: PersonExportView) -> AsyncIterator[bytes]:
        told = {"contact_id": str(view.contact_id), "requested_at": view.requested_at}
        yield orjson.dumps(told)[:-1]
        after = ("", -1)
        while True:
            async with database.transaction(granted.workspace) as connection:
                row = await statements.next_piece(connection, granted.workspace, granted.export, after=after)
            if row is None:
                break
            service, number = row["service"], row["number"]
            text = unpacked(self._vault, granted.workspace, granted.export, service=service, number=number, sealed=row["sealed"])
            yield text if number else f',\n"{service}": '.encode() + text
            after = (service, number)
        yield b"\n}\n"


def exports_of(settings: IdentitySettings, *, clock: Clock) -> PersonExports:
    """With the keys of a deployment."""
    links = ExportLinks(settings.key_for(f"{PURPOSE}.links"), public_url=settings.public_url)
    return PersonExports(vault=Vault(settings.key_for(PURPOSE)), links=links, clock=clock)


def _shares(row: asyncpg.Record) -> tuple[ExportShareView, ...]:
    told: dict[str, Mapping[str, object]] = {each["service"]: each for each in row["shares"] or ()}
    return tuple(_share(service, told.get(service, {})) for service in SERVICES)


def _share(service: str, told: Mapping[str, object]) -> ExportShareView:
    at = told.get("at")
    return ExportShareView(
        service=service, acknowledged_at=None if at is None else datetime.fromisoformat(str(at)), items=int(str(told.get("items", 0)))
    )
