"""Calls to engagement about notifications and how they are told. Called by loaders and by mutations of `notifications`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from gateway.clients.service import Service
from services.contracts.views import PageView
from services.contracts.views.notifications import NotificationSettingsView, NotificationView

ROOM = "/v1/notification-settings/room"
OWN = "/v1/notification-settings"


class UnreadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many matters are unread; `more` beyond a thousand."""

    unread: int
    more: bool


class ChatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A new signing secret."""

    secret: str


class NotifyingClient:
    """The caller's notifications."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, filters: Mapping[str, object]) -> PageView[NotificationView]:
        """What changed last first; filters: limit, after, unread."""
        return await self._service.ask("POST", "/internal/notifications/page", expect=PageView[NotificationView], payload=filters)

    async def by_ids(self, ids: list[UUID]) -> list[NotificationView | None]:
        """Those that are the caller's."""
        return await self._service.batch("/internal/notifications/by-ids", ids, expect=list[NotificationView | None])

    async def unread(self) -> UnreadAnswer:
        """How many are unread."""
        return await self._service.ask("GET", "/v1/notifications/unread", expect=UnreadAnswer)

    async def mark_read(self, ids: Sequence[UUID], *, until: datetime | None) -> UnreadAnswer:
        """These were seen, and all that happened until then."""
        payload = {"ids": list(ids), "until": until}
        return await self._service.ask("POST", "/v1/notifications/read", expect=UnreadAnswer, payload=payload)

    async def settings(self, *, room: bool) -> NotificationSettingsView:
        """How the caller, or the workspace's room, is told."""
        return await self._service.ask("GET", ROOM if room else OWN, expect=NotificationSettingsView)

    async def change_settings(self, payload: Mapping[str, object], *, room: bool) -> NotificationSettingsView:
        """Change how."""
        return await self._service.ask("PATCH", ROOM if room else OWN, expect=NotificationSettingsView, payload=payload)

    async def set_chat(self, url: str, *, room: bool) -> ChatAnswer:
        """Have a chat told."""
        return await self._service.ask("PUT", f"{ROOM if room else OWN}/chat", expect=ChatAnswer, payload={"url": url})

    async def end_chat(self, *, room: bool) -> None:
        """Tell the chat no more."""
        await self._service.tell("DELETE", f"{ROOM if room else OWN}/chat")
