"""Labels for people: the workspace's list, and who has which. Called by the edges, in their transaction."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ContactLabelId, WorkspaceId
from services.contracts.views.facts import ContactLabelView
from services.identity.errors import LabelNotFoundError, LabelTakenError, TooManyError
from services.identity.facts.changing import Saying, begin_change, end_change
from services.identity.statements import labels as statements
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.preconditions import match

LABELS_LIMIT = 500
# A person reads them on one page, and a form has so many fields.
OFFERED_LIMIT = 50


async def list_labels(connection: Connection, workspace: WorkspaceId) -> list[ContactLabelView]:
    """All of the workspace's list by name, at most 500."""
    return list(map(_shown, await statements.all_contact_labels(connection, workspace, limit=LABELS_LIMIT)))


async def add_label(
    connection: Connection, workspace: WorkspaceId, *, name: str, colour: str, offered: bool, now: datetime
) -> ContactLabelView:
    """Put a label on the list. Raises LabelTakenError, however the name is written; TooManyError."""
    listed = await statements.all_contact_labels(connection, workspace, limit=LABELS_LIMIT)
    if len(listed) >= LABELS_LIMIT:
        raise TooManyError(f"A workspace has at most {LABELS_LIMIT} labels for people; delete one first.")
    _refuse_crowded(listed, offered=offered)
    made = await statements.inserted_contact_label(
        connection,
        workspace,
        ContactLabelId(new_id()),
        name=written(name),
        key=compared(name),
        colour=colour.lower(),
        offered=offered,
        now=now,
    )
    if made is None:
        raise LabelTakenError
    return _shown(made)


async def change_label(  # noqa: PLR0913 - each is one thing that may change
    connection: Connection,
    workspace: WorkspaceId,
    label: ContactLabelId,
    *,
    name: str | None,
    colour: str | None,
    offered: bool | None,
    expected: int | None,
) -> ContactLabelView:
    """Rename, recolour or offer one; it stays on its people.

    Raises LabelNotFoundError, LabelTakenError, TooManyError, PreconditionFailedError.
    """
    version = await statements.locked_contact_label(connection, workspace, label)
    if version is None:
        raise LabelNotFoundError
    match(expected, version)
    key = None if name is None else compared(name)
    listed = await statements.all_contact_labels(connection, workspace, limit=LABELS_LIMIT)
    if any(each["key"] == key and each["id"] != label for each in listed):
        raise LabelTakenError
    _refuse_crowded([each for each in listed if each["id"] != label], offered=bool(offered))
    named = None if name is None else written(name)
    return _shown(
        await statements.changed_contact_label(
            connection, workspace, label, name=named, key=key, colour=colour and colour.lower(), offered=offered
        )
    )


async def delete_label(connection: Connection, workspace: WorkspaceId, label: ContactLabelId) -> None:
    """Take it from everybody and from the list. Raises LabelNotFoundError."""
    if not await statements.deleted_contact_label(connection, workspace, label):
        raise LabelNotFoundError


async def give_label(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, label: ContactLabelId, saying: Saying) -> int:
    """Give a contact a label; gives the contact's version. Raises LabelNotFoundError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    if await statements.contact_label_of_id(connection, workspace, label) is None:
        raise LabelNotFoundError
    new = await statements.given_label(
        connection, workspace, subject.contact_id, profile=subject.profile_id, label=label, by=saying.by, now=saying.now
    )
    return await end_change(connection, workspace, subject) if new else subject.version


async def take_label(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, label: ContactLabelId, saying: Saying) -> int:
    """Take a label from a contact, whichever of its profiles has it; gives the contact's version."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    had = await statements.taken_label(connection, workspace, subject.contact_id, label=label)
    return await end_change(connection, workspace, subject) if had else subject.version


async def labels_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[ContactLabelView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    return [list(map(_shown, rows)) for rows in await statements.labels_of_contacts(connection, workspace, ids)]


def _shown(row: asyncpg.Record) -> ContactLabelView:
    return ContactLabelView(
        id=ContactLabelId(row["id"]), name=row["name"], colour=row["colour"], version=row["version"], offered=row["offered"]
    )


def _refuse_crowded(others: Sequence[asyncpg.Record], *, offered: bool) -> None:
    if offered and sum(each["offered"] for each in others) >= OFFERED_LIMIT:
        raise TooManyError(f"People choose from at most {OFFERED_LIMIT} labels; take back the offer of one first.")


def written(name: str) -> str:
    """As it is shown: composed, without spaces around it."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def compared(name: str) -> str:
    """As it is compared: case and composition do not matter."""
    return unicodedata.normalize("NFKC", written(name)).casefold()
