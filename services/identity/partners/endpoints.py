"""Where partners want to be told: made, changed, deleted, with a secret each. Runs in the caller's transaction; called by `api`.

A secret is derived from the deployment's key, the endpoint and a number: it can be shown again and is stored nowhere.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.contracts.envelope import Passing
from services.contracts.events import EVENTS
from services.contracts.ids import WebhookEndpointId, WorkspaceId
from services.contracts.views import EventTypeView, PageView, WebhookDeliveryView, WebhookEndpointView
from services.identity.audit import Actor, record
from services.identity.partners.errors import (
    EndpointChangedError,
    EndpointNotFoundError,
    EndpointUrlError,
    EventTypesError,
    TooManyEndpointsError,
)
from services.identity.statements import partners as statements
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor

PURPOSE = "identity.partner-webhooks"
EVERYTHING = "*"
TESTED = "webhook.tested"
ENDPOINTS_LIMIT = 50
REPLAY_LIMIT = 10_000
# What concerns our own screens and keys is nobody else's.
_INNER = frozenset(
    {
        "identity.access.revoked",
        "identity.member.invited",
        "engagement.notification.added",
        "engagement.job.advanced",
        "identity.people.entered",
    }
)
TOLD = frozenset(name for name, event in EVENTS.items() if name not in _INNER and not issubclass(event, Passing))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChange:
    """What is to be different at this version; None leaves it."""

    version: int
    url: str | None = None
    types: Sequence[str] | None = None
    description: str | None = None
    active: bool | None = None


def secret_of(key: bytes, workspace: WorkspaceId, endpoint: UUID, *, number: int) -> str:
    """The secret in the form of Standard Webhooks. `key` is the deployment's, for `PURPOSE` alone."""
    made = hmac.digest(key, b"".join((workspace.bytes, endpoint.bytes, number.to_bytes(4))), "sha256")
    return f"whsec_{base64.b64encode(made).decode()}"


async def make_endpoint(  # noqa: PLR0913 - the parts of an endpoint
    connection: Connection, workspace: WorkspaceId, *, url: str, types: Sequence[str], description: str, by: Actor, now: datetime
) -> WebhookEndpointView:
    """Raises EndpointUrlError, EventTypesError, TooManyEndpointsError."""
    _check_url(url)
    _check_types(types)
    if len(await statements.page_of_endpoints(connection, workspace, after=None, limit=ENDPOINTS_LIMIT)) >= ENDPOINTS_LIMIT:
        raise TooManyEndpointsError
    endpoint = WebhookEndpointId(new_id())
    made = await statements.inserted_endpoint(
        connection, workspace, endpoint, url=url, types=sorted(set(types)), description=description, now=now
    )
    await record(connection, workspace, "webhook_endpoint.made", subject=endpoint, by=by, now=now)
    return made


async def change_endpoint(
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, change: EndpointChange, *, by: Actor, now: datetime
) -> WebhookEndpointView:
    """Raises EndpointNotFoundError, EndpointChangedError, EndpointUrlError, EventTypesError."""
    if change.url is not None:
        _check_url(change.url)
    if change.types is not None:
        _check_types(change.types)
    changed = await statements.changed_endpoint(
        connection,
        workspace,
        endpoint,
        version=change.version,
        url=change.url,
        types=None if change.types is None else sorted(set(change.types)),
        description=change.description,
        active=change.active,
    )
    return await _changed(connection, workspace, endpoint, changed, action="webhook_endpoint.changed", by=by, now=now)


async def rotate_secret(
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, version: int, by: Actor, now: datetime
) -> WebhookEndpointView:
    """The next secret; for a day, both sign. Raises EndpointNotFoundError, EndpointChangedError."""
    changed = await statements.rotated_endpoint(connection, workspace, endpoint, version=version, now=now)
    return await _changed(connection, workspace, endpoint, changed, action="webhook_endpoint.rotated", by=by, now=now)


async def delete_endpoint(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, by: Actor, now: datetime) -> None:
    """With what it was told and is still to be told. Raises EndpointNotFoundError."""
    if not await statements.deleted_endpoint(connection, workspace, endpoint):
        raise EndpointNotFoundError
    await record(connection, workspace, "webhook_endpoint.deleted", subject=endpoint, by=by, now=now)


async def get_endpoint(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId) -> WebhookEndpointView:
    """Raises EndpointNotFoundError."""
    (found,) = await list_endpoints_by_ids(connection, workspace, [endpoint])
    if found is None:
        raise EndpointNotFoundError
    return found


async def get_secret(connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, key: bytes) -> str:
    """The secret that signs at present. Raises EndpointNotFoundError."""
    number = await statements.secret_number_of(connection, workspace, endpoint)
    if number is None:
        raise EndpointNotFoundError
    return secret_of(key, workspace, endpoint, number=number)


async def list_endpoints(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[WebhookEndpointView]:
    """In the order in which they were made."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_endpoints(connection, workspace, after=last, limit=limit + 1)
    items = tuple(rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def list_deliveries(
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, state: str | None, limit: int, after: str | None
) -> PageView[WebhookDeliveryView]:
    """The newest first, a week of them. Raises EndpointNotFoundError."""
    await get_endpoint(connection, workspace, endpoint)
    (page,) = await deliveries_of_endpoints(connection, workspace, [endpoint], state=state, limit=limit, after=after)
    return page


async def list_endpoints_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[WebhookEndpointView | None]:
    """Aligned with `ids`."""
    return await statements.endpoints_of_ids(connection, workspace, ids)


async def deliveries_of_endpoints(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID], *, state: str | None, limit: int, after: str | None
) -> list[PageView[WebhookDeliveryView]]:
    """Pages aligned with `ids`, empty for those that are not known; a cursor is one list's."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    pages = []
    for rows in await statements.deliveries_of_endpoints(connection, workspace, ids, state=state, before=last, limit=limit + 1):
        items = tuple(rows[:limit])
        pages.append(PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit))
    return pages


def list_event_types() -> list[EventTypeView]:
    """What a partner can be told of, by name."""
    return [EventTypeView(name=name, description=(EVENTS[name].__doc__ or "").strip().partition("\n")[0]) for name in sorted(TOLD)]


async def replay(
    connection: Connection, workspace: WorkspaceId, endpoint: WebhookEndpointId, *, since: datetime, which: str, now: datetime
) -> int:
    """Tell again what was told, or could not be, since then, with the ids that it had; how much. Raises EndpointNotFoundError."""
    await get_endpoint(connection, workspace, endpoint)
    return await statements.replayed_deliveries(connection, workspace, endpoint, since=since, which=which, now=now, limit=REPLAY_LIMIT)


async def _changed(  # noqa: PLR0913 - what came of a change, and whose it is
    connection: Connection,
    workspace: WorkspaceId,
    endpoint: WebhookEndpointId,
    changed: WebhookEndpointView | None,
    *,
    action: str,
    by: Actor,
    now: datetime,
) -> WebhookEndpointView:
    if changed is None:
        await get_endpoint(connection, workspace, endpoint)
        raise EndpointChangedError
    await record(connection, workspace, action, subject=endpoint, by=by, now=now)
    return changed


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"https", "http"} and parts.hostname and not (parts.username or parts.password or parts.fragment)
    except ValueError:
        sound = False
    # Without TLS only to the machine itself, which the network's own guard allows nowhere but in trials.
    if not sound or (urlsplit(url).scheme == "http" and urlsplit(url).hostname not in {"localhost", "127.0.0.1"}):
        raise EndpointUrlError


def _check_types(types: Sequence[str]) -> None:
    if not types or (EVERYTHING not in types and not set(types) <= TOLD):
        raise EventTypesError(known=sorted(TOLD))
