"""Attributes that rows bring along, kept with the profile of the row. Called by jobs, in the transaction of the chunk.

A name that the workspace has not defined becomes an attribute of type text; a value that does not fit its type is left out and told of.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.contracts.views.facts import AttributeDefinitionView
from services.identity.errors import AttributeValueError
from services.identity.facts.attributes import DEFINITIONS_LIMIT, list_definitions
from services.identity.facts.values import read_value
from services.identity.statements import facts, imported
from services.identity.transfer.rows import Person
from services.kit.db import Connection

LOCATION = "location"
KEY_LIMIT_CHARS = 40
_FULL = f"The workspace has {DEFINITIONS_LIMIT} attributes already, so there is no room for "


async def keep_attributes(
    connection: Connection, workspace: WorkspaceId, people: Sequence[tuple[UUID, Person]], *, source: str, at: datetime
) -> list[list[str]]:
    """Keep the attributes of people by their profiles; gives, aligned, what could not be kept of each."""
    given = [(profile, attributes_of(person)) for profile, person in people]
    wanted = {key: label for _, attributes in given for key, (label, _) in attributes.items()}
    if not wanted:
        return [[] for _ in people]
    defined = await _defined(connection, workspace, wanted, now=at)
    rows: dict[tuple[UUID, str], str] = {}
    left_out: list[list[str]] = []
    for profile, attributes in given:
        problems: list[str] = []
        for key, (label, value) in attributes.items():
            try:
                rows[profile, key] = _read(defined.get(key), label, value)
            except AttributeValueError as refused:
                problems.append(refused.detail)
        left_out.append(problems)
    told = [(profile, key, value) for (profile, key), value in rows.items()]
    if told:
        changed = await imported.imported_attributes(connection, workspace, rows=told, source=source, at=at)
        if changed:
            await facts.changed_contacts_of(connection, workspace, sorted(changed))
    return left_out


def attributes_of(person: Person) -> dict[str, tuple[str, str]]:
    """The attributes of a row by the key they are kept under: their name and value. Where somebody lives is one."""
    named = {**person.attributes, **({LOCATION: person.location} if person.location else {})}
    return {key_of(name): (name, value) for name, value in named.items()}


def key_of(name: str) -> str:
    """The key of a column's name: small letters, digits and underscores, a letter first; of other scripts a hash."""
    latin = "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
    plain = re.sub(r"[^a-z0-9]+", "_", latin).strip("_") or hashlib.sha256(name.encode()).hexdigest()[:8]
    return (plain if plain[0].isalpha() else f"a_{plain}")[:KEY_LIMIT_CHARS].rstrip("_")


async def _defined(
    connection: Connection, workspace: WorkspaceId, wanted: Mapping[str, str], *, now: datetime
) -> dict[str, AttributeDefinitionView]:
    """The workspace's attributes by key, with those that are wanted as far as there is room."""
    defined = {each.key: each for each in await list_definitions(connection, workspace)}
    missing = sorted(wanted.keys() - defined.keys())[: DEFINITIONS_LIMIT - len(defined)]
    if not missing:
        return defined
    await imported.defined_texts(connection, workspace, keys=missing, labels=[wanted[key] for key in missing], now=now)
    return {each.key: each for each in await list_definitions(connection, workspace)}


def _read(definition: AttributeDefinitionView | None, label: str, value: str) -> str:
    if definition is None:
        raise AttributeValueError(_FULL + f"{label!r}.")
    return read_value(definition.key, definition.type, definition.options, value)
