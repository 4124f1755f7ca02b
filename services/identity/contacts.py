"""Contacts and profiles as callers read them. Called by `api` and `batch`, in their transaction; writes nothing."""

from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.stakeholders import Encounter
from services.contracts.views import ContactCountsView, ContactView, EncounterCountView, PageView, ProfileView
from services.identity.errors import ContactNotFoundError, ProfileNotFoundError
from services.identity.matching import EMAIL, PHONE, normalise_email, normalise_phone, value_key
from services.identity.sightings import search_key
from services.identity.statements import contacts as statements
from services.identity.statements.encounters import counted_contacts, encounters_of
from services.kit.db import Connection
from services.kit.errors import MalformedError
from services.kit.ids import FIRST_ID
from services.kit.pagination import decode_cursor, encode_cursor

COUNTED_LIMIT = 10_000
ONE_OF_BOTH = "Search for words, or ask what changed with `updated_since`: not both at once."


async def get_contact(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> ContactView:
    """By any id it ever had. Raises ContactNotFoundError."""
    (found,) = await statements.contacts_of_ids(connection, workspace, [contact])
    if found is None:
        raise ContactNotFoundError
    return found


async def get_profile(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> ProfileView:
    """Raises ProfileNotFoundError."""
    (found,) = await statements.profiles_of_ids(connection, workspace, [profile])
    if found is None:
        raise ProfileNotFoundError
    return found


async def list_contacts(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    limit: int,
    after: str | None,
    search: str | None = None,
    updated_since: datetime | None = None,
) -> PageView[ContactView]:
    """The newest first; with `search`, those whose name or handle begins so, or whose e-mail or phone it is.

    With `updated_since`, those changed since, as `list_changed_contacts`. Raises MalformedError for both at once.
    """
    if updated_since is not None:
        if search:
            raise MalformedError(ONE_OF_BOTH)
        return await list_changed_contacts(connection, workspace, since=updated_since, limit=limit, after=after)
    last = decode_cursor(after, (UUID,))[0] if after else None
    if search and search.strip():
        rows = await statements.page_of_found_contacts(
            connection, workspace, beginning=search_key(search), keys=_keys(search), after=last, limit=limit + 1
        )
    else:
        rows = await statements.page_of_contacts(connection, workspace, after=last, limit=limit + 1)
    items = tuple(rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def list_changed_contacts(
    connection: Connection, workspace: WorkspaceId, *, since: datetime, limit: int, after: str | None
) -> PageView[ContactView]:
    """Those changed at or after `since`, each once and where it stands now, changed longest ago first."""
    moment, last = decode_cursor(after, (datetime, UUID)) if after else (since, FIRST_ID)
    rows = await statements.page_of_changed_contacts(connection, workspace, since=moment, after=last, limit=limit + 1)
    items = tuple(rows[:limit])
    cursors = tuple(encode_cursor(each.changed_at, each.id) for each in items)
    return PageView(items=items, cursors=cursors, has_next=len(rows) > limit)


async def count_contacts(connection: Connection, workspace: WorkspaceId) -> ContactCountsView:
    """How many there are, and how many of them are known in one way only; beyond COUNTED_LIMIT the newest are counted."""
    rows = await counted_contacts(connection, workspace, most=COUNTED_LIMIT)
    total = sum(row["count"] for row in rows)
    ways = [(encounters_of(row["bits"]), row["count"]) for row in rows]
    only = {told[0]: count for told, count in ways if len(told) == 1}
    counts = tuple(EncounterCountView(encounter=each, count=only[each]) for each in Encounter if each in only)
    return ContactCountsView(total=total, capped=total == COUNTED_LIMIT, only=counts)


def _keys(search: str) -> list[bytes]:
    email, phone = normalise_email(search), normalise_phone(search)
    found = [value_key(EMAIL, email)] if email else []
    return found + ([value_key(PHONE, phone)] if phone else [])
