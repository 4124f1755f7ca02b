"""The workspace's labels: listed, made, renamed, deleted. Called by REST in its transaction; putting them on threads is `changing`."""

import unicodedata
from datetime import datetime

import asyncpg

from services.contracts.ids import LabelId, WorkspaceId
from services.engagement.errors import LabelExistsError, LabelNotFoundError, TooManyLabelsError, VersionConflictError
from services.engagement.statements import labels as statements
from services.kit.db import Connection
from services.kit.ids import new_id

LABELS_LIMIT = 500


async def list_labels(connection: Connection, workspace: WorkspaceId) -> list[asyncpg.Record]:
    """All labels by name, at most 500."""
    return await statements.all_labels(connection, workspace, limit=LABELS_LIMIT)


async def add_label(connection: Connection, workspace: WorkspaceId, *, name: str, colour: str, now: datetime) -> asyncpg.Record:
    """Make a label. Raises LabelExistsError where the name is taken, however it is written; TooManyLabelsError."""
    if len(await list_labels(connection, workspace)) >= LABELS_LIMIT:
        raise TooManyLabelsError(f"A workspace has at most {LABELS_LIMIT} labels; delete one first.")
    made = await statements.insert_label(
        connection, workspace, LabelId(new_id()), name=shown(name), key=compared(name), colour=colour.lower(), now=now
    )
    if made is None:
        raise LabelExistsError
    return made


async def change_label(
    connection: Connection, workspace: WorkspaceId, label: LabelId, *, name: str | None, colour: str | None, version: int
) -> asyncpg.Record:
    """Rename or recolour a label. Raises LabelNotFoundError, LabelExistsError, VersionConflictError."""
    known = await statements.labels_by_id(connection, workspace, [label])
    if not known:
        raise LabelNotFoundError
    key = None if name is None else compared(name)
    if key is not None and any(compared(each["name"]) == key and each["id"] != label for each in await list_labels(connection, workspace)):
        raise LabelExistsError
    changed = await statements.changed_label(
        connection,
        workspace,
        label,
        name=None if name is None else shown(name),
        key=key,
        colour=None if colour is None else colour.lower(),
        version=version,
    )
    if changed is None:
        raise VersionConflictError("Read the label again and repeat.", version=known[0]["version"])
    return changed


async def delete_label(connection: Connection, workspace: WorkspaceId, label: LabelId) -> None:
    """Take a label from every thread and from the list. Raises LabelNotFoundError."""
    if not await statements.delete_label(connection, workspace, label):
        raise LabelNotFoundError


def shown(name: str) -> str:
    """A name as it is shown: composed, without spaces around it."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def compared(name: str) -> str:
    """A name as it is compared: case and composition do not matter."""
    return unicodedata.normalize("NFKC", shown(name)).casefold()
