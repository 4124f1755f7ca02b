"""REST of notifications: what a member is to know of, and how the member, or the workspace's chat room, is told."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from services.contracts.ids import WorkspaceId
from services.contracts.views.notifications import NotificationSettingsView, NotificationView
from services.contracts.vocabulary import DigestEvery, NotificationKind
from services.engagement.api.edge import Parts, PartsOf
from services.engagement.notifications import preferences
from services.engagement.notifications.hours import DIGEST_AT, MINUTES_A_DAY, Hours
from services.engagement.notifications.kinds import Means
from services.engagement.notifications.reading import member_of, notification_view
from services.engagement.rendering import list_of, position_of
from services.engagement.statements import notifications as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["notifications"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Operator = Annotated[Caller, Depends(require("operations:write"))]
Minute = Annotated[int, Field(ge=0, lt=MINUTES_A_DAY)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
State = Annotated[Literal["all", "unread"], Query(description="Which: all, or the unread.")]
URL_LIMIT_CHARS = 2000


class MarkRead(RequestBody):
    """Which have been seen: these, or all that happened until a moment."""

    ids: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    until: Moment | None = None


class KindMeans(RequestBody):
    """By which means a kind is told; none: not at all."""

    kind: NotificationKind
    app: bool = False
    email: bool = False
    chat: bool = False
    digest: bool = False


class ChangeSettings(RequestBody):
    """How to be told from now on: the hours as a whole, and those kinds that are to be different. `version` as read."""

    version: Version
    kinds: Annotated[list[KindMeans], Field(max_length=50)] = Field(default_factory=list)
    time_zone: Annotated[str, Field(min_length=1, max_length=60)] = "UTC"
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    digest: DigestEvery = DigestEvery.DAY
    digest_at: Minute = DIGEST_AT


class SetChat(RequestBody):
    """The address of an incoming webhook that takes Slack's form."""

    url: Annotated[str, Field(min_length=1, max_length=URL_LIMIT_CHARS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadView:
    """How many matters are unread; `more` where there are more than a thousand."""

    unread: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatView:
    """The secret that messages are signed with (Standard Webhooks); shown only now."""

    secret: str


@router.get("/notifications")
async def list_notifications(
    caller: Reader, parts: PartsOf, state: State = "all", limit: Limit = 50, after: After = None
) -> Page[NotificationView]:
    """What the calling member is to know of; what changed last first."""
    member = member_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.notifications_page(
            connection, caller.workspace_id, member, unread=state == "unread", before=position_of(after), limit=limit + 1
        )
    return list_of(rows, limit=limit, render=notification_view, time="changed_at")


@router.get("/notifications/unread")
async def count_unread_notifications(caller: Reader, parts: PartsOf) -> UnreadView:
    """How many matters the calling member has not read."""
    member = member_of(caller)
    async with parts.database.transaction(caller.workspace_id) as connection:
        found = await statements.count_unread(connection, caller.workspace_id, member)
    most = statements.COUNTED_AT_MOST
    return UnreadView(unread=min(found, most), more=found > most)


@router.post("/notifications/read", status_code=200, response_model=UnreadView)
async def mark_notifications_read(request: Request, body: MarkRead, caller: Reader, parts: PartsOf) -> Response:
    """The calling member has seen these; ids of nothing, or of somebody else's, change nothing. Takes an Idempotency-Key."""
    member = member_of(caller)

    async def act(connection: Connection) -> tuple[int, object]:
        now = parts.clock.now()
        await statements.mark_read(connection, caller.workspace_id, member, body.ids, now=now)
        if body.until is not None:
            await statements.mark_all_read(connection, caller.workspace_id, member, until=body.until, now=now)
        found = await statements.count_unread(connection, caller.workspace_id, member)
        return 200, UnreadView(unread=min(found, statements.COUNTED_AT_MOST), more=found > statements.COUNTED_AT_MOST)

    return await once(request, parts.database, caller, act)


@router.get("/notification-settings")
async def get_notification_settings(caller: Reader, parts: PartsOf) -> NotificationSettingsView:
    """How the calling member is told."""
    return await _shown(parts, caller.workspace_id, member_of(caller))


@router.patch("/notification-settings")
async def change_notification_settings(body: ChangeSettings, caller: Reader, parts: PartsOf) -> NotificationSettingsView:
    """Change how the calling member is told."""
    return await _changed(parts, caller.workspace_id, member_of(caller), body)


@router.put("/notification-settings/chat")
async def set_notification_chat(body: SetChat, caller: Reader, parts: PartsOf) -> ChatView:
    """Have the calling member's chat told; gives a new signing secret."""
    return await _chat(parts, caller.workspace_id, member_of(caller), url=body.url)


@router.delete("/notification-settings/chat", status_code=204)
async def end_notification_chat(caller: Reader, parts: PartsOf) -> Response:
    """Tell the calling member's chat no more."""
    return await _ended(parts, caller.workspace_id, member_of(caller))


@router.get("/notification-settings/room")
async def get_room(caller: Operator, parts: PartsOf) -> NotificationSettingsView:
    """What the workspace's chat room is told of."""
    return await _shown(parts, caller.workspace_id, caller.workspace_id)


@router.patch("/notification-settings/room")
async def change_room(body: ChangeSettings, caller: Operator, parts: PartsOf) -> NotificationSettingsView:
    """Change what the workspace's chat room is told of; by chat only."""
    return await _changed(parts, caller.workspace_id, caller.workspace_id, body)


@router.put("/notification-settings/room/chat")
async def set_room_chat(body: SetChat, caller: Operator, parts: PartsOf) -> ChatView:
    """Have the workspace's chat room told; gives a new signing secret."""
    return await _chat(parts, caller.workspace_id, caller.workspace_id, url=body.url)


@router.delete("/notification-settings/room/chat", status_code=204)
async def end_room_chat(caller: Operator, parts: PartsOf) -> Response:
    """Tell the workspace's chat room no more."""
    return await _ended(parts, caller.workspace_id, caller.workspace_id)


async def _shown(parts: Parts, workspace: WorkspaceId, member: UUID) -> NotificationSettingsView:
    async with parts.database.transaction(workspace) as connection:
        return await preferences.get_settings(connection, workspace, member, email_possible=parts.notifying.deliverer.sends_mail)


async def _changed(parts: Parts, workspace: WorkspaceId, member: UUID, body: ChangeSettings) -> NotificationSettingsView:
    kinds = {each.kind: Means(app=each.app, email=each.email, chat=each.chat, digest=each.digest) for each in body.kinds}
    hours = Hours(
        time_zone=body.time_zone,
        quiet_from=body.quiet_from,
        quiet_until=body.quiet_until,
        digest=body.digest,
        digest_at=body.digest_at,
    )
    async with parts.database.transaction(workspace) as connection:
        await preferences.change_hours(connection, workspace, member, hours, version=body.version)
        await preferences.change_kinds(connection, workspace, member, kinds)
        return await preferences.get_settings(connection, workspace, member, email_possible=parts.notifying.deliverer.sends_mail)


async def _chat(parts: Parts, workspace: WorkspaceId, member: UUID, *, url: str) -> ChatView:
    async with parts.database.transaction(workspace) as connection:
        return ChatView(secret=await preferences.set_chat(connection, workspace, member, url, vault=parts.vault))


async def _ended(parts: Parts, workspace: WorkspaceId, member: UUID) -> Response:
    async with parts.database.transaction(workspace) as connection:
        await preferences.end_chat(connection, workspace, member)
    return Response(status_code=204)
