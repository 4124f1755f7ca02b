"""Contacts and profiles as callers read them. Called by `api` and `batch`, in their transaction; writes nothing."""

from datetime import datetime
from uuid import UUID

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.views import ContactView, PageView, ProfileView
from services.identity.errors import ContactNotFoundError, ProfileNotFoundError
from services.identity.matching import EMAIL, PHONE, normalise_email, normalise_phone, value_key
from services.identity.sightings import search_key
from services.identity.statements import contacts as statements
from services.kit.db import Connection
from services.kit.ids import FIRST_ID
from services.kit.pagination import decode_cursor, encode_cursor


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
    connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None, search: str | None = None
) -> PageView[ContactView]:
    """The newest first; with `search`, those whose name or handle begins so, or whose e-mail or phone it is."""
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


def _keys(search: str) -> list[bytes]:
    email, phone = normalise_email(search), normalise_phone(search)
    found = [value_key(EMAIL, email)] if email else []
    return found + ([value_key(PHONE, phone)] if phone else [])
