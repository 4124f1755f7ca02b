"""What other systems call people: given, taken, found by, and entered by (W14). Called by the edges, in their transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.contracts.ids import ContactId, ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import Author
from services.contracts.views.facts import ReferenceView
from services.identity.errors import NoLookupError, ReferenceNotFoundError, ReferenceTakenError
from services.identity.facts.changing import Saying, begin_change, end_change
from services.identity.matching import EMAIL, PHONE, normalise_email, normalise_phone, value_key
from services.identity.profiles import enter_profile
from services.identity.sightings import Sighting, search_key
from services.identity.statements import facts
from services.identity.statements import references as statements
from services.identity.statements.linking import linking_lock
from services.kit.db import Connection
from services.kit.preconditions import match
from services.kit.references import Reference

CRM = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """By what contacts are looked up: one of reference, account on a network, e-mail, phone, or handle (on a network or on any)."""

    reference: Reference | None = None
    network: str | None = None
    scope: str = ""
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    handle: str | None = None


async def set_reference(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, reference: Reference, url: str | None, saying: Saying
) -> int:
    """Say what a contact is called elsewhere; gives the contact's version. Raises ReferenceTakenError where another is called so."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    owner = await _owner(connection, workspace, reference)
    if owner is not None and owner[1] != subject.contact_id:
        raise ReferenceTakenError(contact_id=str(owner[1]))
    carrier = subject.profile_id if owner is None else owner[0]
    await _keep(connection, workspace, carrier, reference=reference, url=url, saying=saying)
    return await end_change(connection, workspace, subject)


async def remove_reference(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, reference: Reference, saying: Saying
) -> int:
    """Gives the contact's version. Raises ReferenceNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    taken = await statements.taken_reference(
        connection,
        workspace,
        subject.contact_id,
        system=reference.system,
        type_=reference.type,
        external_id=reference.external_id,
    )
    if not taken:
        raise ReferenceNotFoundError
    return await end_change(connection, workspace, subject)


async def upsert_by_reference(  # noqa: PLR0913 - what is known, of whom, and by whom
    connection: Connection,
    workspace: WorkspaceId,
    reference: Reference,
    *,
    author: Author,
    url: str | None,
    deployment_key: bytes,
    saying: Saying,
) -> tuple[ContactId, bool]:
    """Enter what another system knows of a person, on the profile that carries the reference, or on a new one of the CRM.

    Gives the contact, and whether it was entered now. Of `author` only what is said of the person counts, not its account.
    Raises MalformedError, PreconditionFailedError.
    """
    await linking_lock(connection, workspace)
    owner = await _owner(connection, workspace, reference)
    if owner is not None:
        match(saying.expected, (await begin_change(connection, workspace, owner[1], expected=None)).version)
    known = await _on_account(connection, workspace, reference, author, carrier=None if owner is None else owner[0])
    sighting = Sighting(author=known, at=saying.now, source=reference.system)
    profile = await enter_profile(connection, workspace=workspace, sighting=sighting, deployment_key=deployment_key, now=saying.now)
    await _keep(connection, workspace, profile, reference=reference, url=url, saying=saying)
    await facts.changed_contacts_of(connection, workspace, [profile])
    (contact,) = await statements.contact_with_profile(connection, workspace, profile)
    return ContactId(contact), owner is None


async def find_contacts(connection: Connection, workspace: WorkspaceId, question: Question, *, deployment_key: bytes) -> list[UUID]:
    """Whoever fits, by canonical ids, at most 100; nobody where an address cannot be one. Raises NoLookupError."""
    asked = [question.reference, question.external_id, question.email, question.phone, question.handle]
    if sum(each is not None for each in asked) != 1 or (question.external_id is not None and question.network is None):
        raise NoLookupError
    if question.reference is not None:
        owner = await _owner(connection, workspace, question.reference)
        return [] if owner is None else [owner[1]]
    if question.external_id is not None and question.network is not None:
        network, external_id = question.network, question.external_id
        profile = profile_id(deployment_key, workspace=workspace, network=network, scope=question.scope, external_id=external_id)
        return await statements.contact_with_profile(connection, workspace, profile)
    if question.handle is not None:
        return await statements.contacts_with_handle(connection, workspace, key=search_key(question.handle), network=question.network)
    type_, value = (EMAIL, normalise_email(question.email)) if question.email else (PHONE, normalise_phone(question.phone or ""))
    return await statements.contacts_with_address(connection, workspace, type_=type_, key=value_key(type_, value)) if value else []


async def references_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[ReferenceView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    found = await statements.references_of_contacts(connection, workspace, ids)
    return [
        [ReferenceView(system=row["system"], type=row["type"], external_id=row["external_id"], url=row["url"]) for row in rows]
        for rows in found
    ]


async def _owner(connection: Connection, workspace: WorkspaceId, reference: Reference) -> tuple[ProfileId, ContactId] | None:
    system, type_, external_id = reference.system, reference.type, reference.external_id
    await statements.lock_reference(connection, workspace, system=system, type_=type_, external_id=external_id)
    row = await statements.owner_of_reference(connection, workspace, system=system, type_=type_, external_id=external_id)
    return None if row is None else (ProfileId(row["profile_id"]), ContactId(row["contact_id"]))


async def _keep(
    connection: Connection, workspace: WorkspaceId, profile: ProfileId, *, reference: Reference, url: str | None, saying: Saying
) -> None:
    await statements.kept_reference(
        connection,
        workspace,
        profile,
        system=reference.system,
        type_=reference.type,
        external_id=reference.external_id,
        url=url,
        by=saying.by,
        now=saying.now,
    )


async def _on_account(
    connection: Connection, workspace: WorkspaceId, reference: Reference, author: Author, *, carrier: ProfileId | None
) -> Author:
    """What is said of the person, as said of the account that carries the reference."""
    row = None if carrier is None else await statements.account_of_profile(connection, workspace, carrier)
    if row is None:
        return replace(author, network=CRM, scope=f"{reference.system}/{reference.type}", external_id=reference.external_id)
    return replace(author, network=row["network"], scope=row["scope"], external_id=row["external_id"])
