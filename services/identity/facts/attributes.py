"""The attributes that a workspace gives its people: defined with a type, set with values that fit it. Called by the edges."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, MemberId, WorkspaceId
from services.contracts.views.facts import AttributeDefinitionView, AttributeView
from services.contracts.vocabulary import AttributeType
from services.identity.errors import AttributeNotFoundError, AttributeOptionsError, AttributeTakenError, OptionInUseError, TooManyError
from services.identity.facts.changing import Saying, begin_change, end_change
from services.identity.facts.values import Given, read_value
from services.identity.statements import attributes as statements
from services.kit.db import Connection
from services.kit.preconditions import match

DEFINITIONS_LIMIT = 200


async def list_definitions(connection: Connection, workspace: WorkspaceId) -> list[AttributeDefinitionView]:
    """All of the workspace's attributes by key, at most 200."""
    return list(map(_defined, await statements.all_definitions(connection, workspace, limit=DEFINITIONS_LIMIT)))


async def define_attribute(
    connection: Connection, workspace: WorkspaceId, wanted: AttributeDefinitionView, *, now: datetime
) -> AttributeDefinitionView:
    """Raises AttributeTakenError, AttributeOptionsError, TooManyError."""
    options = _options(wanted.type, wanted.options)
    if len(await list_definitions(connection, workspace)) >= DEFINITIONS_LIMIT:
        raise TooManyError(f"A workspace has at most {DEFINITIONS_LIMIT} attributes; delete one first.")
    made = await statements.inserted_definition(
        connection, workspace, wanted.key, label=wanted.label, type_=wanted.type, options=options, now=now
    )
    if made is None:
        raise AttributeTakenError
    return _defined(made)


async def change_definition(
    connection: Connection, workspace: WorkspaceId, key: str, *, label: str | None, options: Sequence[str] | None, expected: int | None
) -> AttributeDefinitionView:
    """Its type stays. Raises AttributeNotFoundError, AttributeOptionsError, OptionInUseError, PreconditionFailedError."""
    row = await statements.locked_definition(connection, workspace, key)
    if row is None:
        raise AttributeNotFoundError
    match(expected, row["version"])
    wanted = row["options"] if options is None else _options(AttributeType(row["type"]), options)
    gone = [option for option in row["options"] if option not in wanted]
    if gone:
        keys = [hashlib.sha256(option.encode()).digest() for option in gone]
        used = await statements.used_options(connection, workspace, key, options=gone, keys=keys)
        if used:
            raise OptionInUseError(f"Somebody has {', '.join(used)}: give them another value first.", options=used)
    changed = await statements.changed_definition(connection, workspace, key, label=label or row["label"], options=wanted)
    return _defined(changed)


async def delete_definition(connection: Connection, workspace: WorkspaceId, key: str) -> None:
    """With everybody's values of it. Raises AttributeNotFoundError."""
    if not await statements.deleted_definition(connection, workspace, key):
        raise AttributeNotFoundError


async def set_attributes(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, values: Mapping[str, Given | None], saying: Saying
) -> int:
    """Set values, all or none; None takes one away. Gives the contact's version. Raises AttributeNotFoundError, AttributeValueError."""
    subject = await begin_change(connection, workspace, contact, expected=saying.expected)
    defined = {each.key: each for each in await list_definitions(connection, workspace)}
    unknown = sorted(values.keys() - defined.keys())
    if unknown:
        raise AttributeNotFoundError(f"Define {', '.join(unknown)} first; GET /v1/contact-attributes lists those that there are.")
    kept = {key: read_value(key, defined[key].type, defined[key].options, given) for key, given in values.items() if given is not None}
    await statements.taken_attributes(connection, workspace, subject.contact_id, keys=[key for key in values if key not in kept])
    await statements.kept_attributes(
        connection,
        workspace,
        subject.profile_id,
        keys=list(kept),
        values=list(kept.values()),
        source=saying.source,
        by=saying.by,
        now=saying.now,
    )
    return await end_change(connection, workspace, subject) if values else subject.version


async def attributes_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[AttributeView]]:
    """Aligned with `ids`, which are contacts under any id they ever had."""
    return [list(map(_shown, rows)) for rows in await statements.attributes_of_contacts(connection, workspace, ids)]


def _options(type_: AttributeType, given: Sequence[str]) -> list[str]:
    """As they are kept: composed, each once. A choice has some, and nothing else has any."""
    options = [" ".join(unicodedata.normalize("NFC", each).split()) for each in given]
    apart = {option.casefold() for option in options}
    if (type_ is AttributeType.CHOICE) != bool(options) or "" in apart or len(apart) != len(options):
        raise AttributeOptionsError
    return options


def _defined(row: asyncpg.Record) -> AttributeDefinitionView:
    return AttributeDefinitionView(
        key=row["key"], label=row["label"], type=AttributeType(row["type"]), options=tuple(row["options"]), version=row["version"]
    )


def _shown(row: asyncpg.Record) -> AttributeView:
    return AttributeView(
        key=row["key"],
        label=row["label"],
        type=AttributeType(row["type"]),
        value=row["value"],
        set_at=row["set_at"],
        by=None if row["by"] is None else MemberId(row["by"]),
        source=row["source"],
    )
