"""An erasure from the request to the certificate. Called by `api` and `subscribers` in their transaction; the job itself is kit's.

The person's profiles are gone when the request is answered; what else is held of them goes soon after, in every service.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.envelope import Event
from services.contracts.events import PersonErased, PersonErasureRequested
from services.contracts.ids import ContactId, ErasureId, ProfileId, WorkspaceId
from services.contracts.views import ErasureShareView, ErasureView, PageView, RemovedView
from services.contracts.vocabulary import ErasureReason
from services.identity.audit import Actor, record
from services.identity.contacts import get_contact
from services.identity.erasure.holding import refuse_held
from services.identity.erasure.removing import Remover, remove
from services.identity.errors import ContactNotFoundError, ErasureNotFoundError
from services.identity.statements import erasing as statements
from services.identity.statements.linking import linking_lock
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection
from services.kit.erasing import Account, Begin, Eraser, Subject, begin_erasing, seal_subject
from services.kit.foundation import Foundation
from services.kit.ids import LAST_ID, new_id
from services.kit.pagination import decode_cursor, encode_cursor

SERVICE = "identity"
SERVICES = (SERVICE, "engagement", "routing")


class Asker:
    """Asks for erasures."""

    def __init__(self, *, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def ask(
        self, connection: Connection, workspace: WorkspaceId, contact: ContactId, *, reason: ErasureReason, by: Actor
    ) -> ErasureView:
        """Erase a contact with all profiles. Raises ContactNotFoundError, ContactHeldError."""
        now = self._clock.now()
        await linking_lock(connection, workspace)
        known = await get_contact(connection, workspace, contact)
        rows = await statements.locked_members(connection, workspace, known.id)
        if not rows:
            raise ContactNotFoundError
        await refuse_held(connection, workspace, known.id)
        erasure = ErasureId(new_id())
        subject = _subject(erasure, known.id, rows, at=now)
        hashes = [hash_of(profile) for profile in sorted(subject.profiles)]
        await statements.kept_certificate(
            connection, workspace, erasure, contact=known.id, reason=reason, by=by.member, now=now, hashes=hashes, services=SERVICES
        )
        await record(connection, workspace, "person.erasure_requested", subject=erasure, by=by, now=now, detail=reason)
        sealed = seal_subject(self._vault, workspace, subject)
        removed = await remove(connection, workspace, subject)
        begin = Begin(id=erasure, sealed=sealed, removed=removed)
        await begin_erasing(connection, workspace, begin, vault=self._vault, now=now)
        asked = PersonErasureRequested(erasure_id=erasure, contact_id=known.id, at=now, sealed=sealed)
        await outbox.append(connection, workspace, [asked], now=now)
        return await get_erasure(connection, workspace, erasure)


class Erasures(Asker):
    """Asks for erasures, runs identity's part of them, and collects what the others say."""

    def __init__(self, eraser: Eraser, *, vault: Vault, clock: Clock) -> None:
        super().__init__(vault=vault, clock=clock)
        self.eraser = eraser

    @classmethod
    def of(cls, foundation: Foundation, *, vault: Vault) -> "Erasures":
        """With the parts of a running service."""
        eraser = Eraser(
            SERVICE,
            app=foundation.app,
            worker=foundation.worker,
            bus=foundation.bus,
            vault=vault,
            clock=foundation.clock,
            published=foundation.published,
            remove=Remover(foundation.app),
            ending=_ended_here,
        )
        return cls(eraser, vault=vault, clock=foundation.clock)


def hash_of(profile: ProfileId) -> str:
    """How a certificate names a profile: to whoever knows the account and the deployment's key, and to nobody else."""
    return hashlib.sha256(str(profile).encode()).hexdigest()


def _subject(erasure: ErasureId, contact: ContactId, rows: Sequence[asyncpg.Record], *, at: datetime) -> Subject:
    return Subject(
        id=erasure,
        at=at,
        profiles={ProfileId(row["id"]): row["version"] for row in rows},
        accounts=tuple(Account(network=row["network"], scope=row["scope"], external_id=row["external_id"]) for row in rows),
        values=tuple(sorted({value for row in rows for value in row["held"]})),
        contacts=(contact,),
    )


async def acknowledge(
    connection: Connection, workspace: WorkspaceId, erasure: UUID, *, service: str, removed: Mapping[str, int], at: datetime
) -> list[Event]:
    """Keep what a service says that it removed; gives the event of the end where it was the last."""
    contact = await statements.acknowledged(connection, workspace, erasure, service=service, removed=removed, at=at)
    return [] if contact is None else [PersonErased(erasure_id=ErasureId(erasure), contact_id=contact, at=at)]


async def _ended_here(
    connection: Connection, workspace: WorkspaceId, erasure: UUID, removed: Mapping[str, int], at: datetime
) -> list[Event]:
    return await acknowledge(connection, workspace, erasure, service=SERVICE, removed=removed, at=at)


async def get_erasure(connection: Connection, workspace: WorkspaceId, erasure: ErasureId) -> ErasureView:
    """The certificate as it stands. Raises ErasureNotFoundError."""
    row = await statements.certificate_of_id(connection, workspace, erasure)
    if row is None:
        raise ErasureNotFoundError
    return _view(row)


async def list_erasures(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[ErasureView]:
    """The newest first."""
    before = decode_cursor(after, (UUID,))[0] if after else LAST_ID
    rows = await statements.page_of_certificates(connection, workspace, before=before, limit=limit + 1)
    items = tuple(_view(row) for row in rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


def _view(row: asyncpg.Record) -> ErasureView:
    told = {name: row[name] for name in ("id", "contact_id", "requested_by", "requested_at", "completed_at")}
    shares = tuple(_share(each) for each in row["shares"] or ())
    return ErasureView(**told, reason=ErasureReason(row["reason"]), profile_hashes=tuple(row["profile_hashes"]), services=shares)


def _share(told: Mapping[str, object]) -> ErasureShareView:
    removed = told["removed"] if isinstance(told["removed"], dict) else {}
    at = told["acknowledged_at"]
    return ErasureShareView(
        service=str(told["service"]),
        acknowledged_at=None if at is None else datetime.fromisoformat(str(at)),
        removed=tuple(RemovedView(kind=kind, count=count) for kind, count in sorted(removed.items())),
    )
