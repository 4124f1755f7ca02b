"""Gives people out as a file, in the form in which files bring them in, with the contact of every profile. Called by REST and a command.

Profiles pass in the order of their ids, which never change: whatever is merged meanwhile, each is there once. Each page is one
statement, so a profile and its contact are of one moment.
"""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from services.contracts.ids import WorkspaceId
from services.identity.statements import exports as statements
from services.identity.transfer.attributes import LOCATION
from services.identity.transfer.formulas import harmless
from services.kit.db import Database
from services.kit.ids import FIRST_ID

PAGE_ROWS = 500
CONTACTS_LIMIT = 100
COLUMNS = (
    "contact_id",
    "profile_id",
    "network",
    "scope",
    "external_id",
    "handle",
    "name",
    "location",
    "language",
    "bio",
    "avatar_url",
    "followers",
    "emails",
    "verified_emails",
    "phones",
    "verified_phones",
    "links",
    "attributes",
    "first_seen_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Whose profiles: everybody's, those of contacts with a label, or those of some contacts by their present ids."""

    label: UUID | None = None
    contacts: Sequence[UUID] | None = None


async def export_people(database: Database, workspace: WorkspaceId, selection: Selection, *, as_csv: bool) -> AsyncIterator[bytes]:
    """The file, piece by piece; a CSV file begins with the names of its columns."""
    if as_csv:
        yield _table([COLUMNS])
    after = FIRST_ID
    while True:
        async with database.transaction(workspace) as connection:
            rows = await statements.exported_profiles(
                connection,
                workspace,
                after=after,
                limit=PAGE_ROWS,
                label=selection.label,
                contacts=None if selection.contacts is None else list(selection.contacts),
            )
        if rows:
            people = [_line(row) for row in rows]
            yield _table([_cells(each) for each in people]) if as_csv else b"".join(orjson.dumps(each) + b"\n" for each in people)
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1]["id"]


def _line(row: asyncpg.Record) -> dict[str, object]:
    """One profile as a line of NDJSON has it."""
    claims = list(zip(row["types"], row["values"], row["verified"], strict=True))
    attributes = dict(zip(row["keys"], row["texts"], strict=True))
    return {
        "contact_id": str(row["contact_id"]),
        "profile_id": str(row["id"]),
        **{name: row[name] for name in ("network", "scope", "external_id", "handle", "name")},
        "location": attributes.pop(LOCATION, None),
        **{name: row[name] for name in ("language", "bio", "avatar_url", "followers")},
        "emails": [{"value": value, "verified": verified} for kind, value, verified in claims if kind == "email"],
        "phones": [{"value": value, "verified": verified} for kind, value, verified in claims if kind == "phone"],
        "links": row["links"],
        "attributes": attributes,
        "first_seen_at": row["first_seen_at"],
    }


def _cells(line: Mapping[str, object]) -> list[str]:
    """The same as cells of a table; of several values, one a line of the cell."""
    flat = {
        **line,
        "emails": _values(line["emails"], verified=False),
        "verified_emails": _values(line["emails"], verified=True),
        "phones": _values(line["phones"], verified=False),
        "verified_phones": _values(line["phones"], verified=True),
        "links": _joined(line["links"]),
        "attributes": orjson.dumps(line["attributes"]).decode() if line["attributes"] else "",
    }
    return [harmless("" if flat[name] is None else str(flat[name])) for name in COLUMNS]


def _values(claims: object, *, verified: bool) -> str:
    listed = claims if isinstance(claims, list) else []
    return "\n".join(each["value"] for each in listed if each["verified"] is verified)


def _joined(values: object) -> str:
    return "\n".join(values) if isinstance(values, list) else ""


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
