"""Bare routes for the gateway about the calling member's notifications. Put into `Routes` by `main`. Scope: conversations:read."""

from typing import Annotated
from uuid import UUID

import msgspec

from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.engagement import rendering
from services.engagement.notifications.reading import member_of, notification_view
from services.engagement.statements import notifications as statements
from services.kit.access import Caller, authenticate, permit
from services.kit.db import Database
from services.kit.http import BareBody, BareRequest, Endpoint


class NotificationsPage(BareBody):
    """Which notifications: all, or the unread."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None
    unread: bool = False


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


class NotificationRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/notifications/page"): self.page,
            ("POST", "/internal/notifications/by-ids"): self.by_ids,
        }

    async def page(self, request: BareRequest) -> bytes:
        """A page of the caller's, what changed last first."""
        caller = await _reader(request)
        asked = await request.json(NotificationsPage)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await statements.notifications_page(
                connection,
                caller.workspace_id,
                member_of(caller),
                unread=asked.unread,
                before=rendering.position_of(asked.after),
                limit=asked.limit + 1,
            )
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=notification_view, time="changed_at"))

    async def by_ids(self, request: BareRequest) -> bytes:
        """Those of these ids that are the caller's."""
        caller = await _reader(request)
        asked = await request.json(ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await statements.notifications_by_id(connection, caller.workspace_id, member_of(caller), asked.ids)
        return msgspec.json.encode(rendering.aligned(rows, asked.ids, notification_view))


async def _reader(request: BareRequest) -> Caller:
    caller = await authenticate(request.scope)
    permit(caller, "conversations:read")
    return caller
