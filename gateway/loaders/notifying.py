"""Loaders of the caller's notifications and their settings. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple

from gateway.clients.notifying import NotifyingClient, UnreadAnswer
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import PageView
from services.contracts.views.notifications import NotificationSettingsView, NotificationView


class NotificationPageKey(NamedTuple):
    """A page of the caller's notifications."""

    limit: int
    after: str | None
    unread: bool = False


class NotificationByIdLoader(ByIdLoader[NotificationView | None]):
    """The caller's notifications."""


class NotificationsByPageLoader(OneByOneLoader[NotificationPageKey, PageView[NotificationView]]):
    """A page of the caller's notifications."""


class UnreadByCallerLoader(OneByOneLoader[None, UnreadAnswer]):
    """How many of the caller's notifications are unread."""


class NotificationSettingsLoader(OneByOneLoader[bool, NotificationSettingsView]):
    """How the caller (False), or the workspace's room (True), is told."""


class NotifyingLoaders:
    """Part of Loaders."""

    _notifying: NotifyingClient

    @cached_property
    def notification_by_id(self) -> NotificationByIdLoader:
        """Keys: notification ids."""
        return NotificationByIdLoader(self._notifying.by_ids)

    @cached_property
    def notifications_by_page(self) -> NotificationsByPageLoader:
        """Keys: pages."""
        return NotificationsByPageLoader(lambda key: self._notifying.page(key._asdict()))

    @cached_property
    def unread_by_caller(self) -> UnreadByCallerLoader:
        """Key: None."""
        return UnreadByCallerLoader(lambda _key: self._notifying.unread())

    @cached_property
    def notification_settings(self) -> NotificationSettingsLoader:
        """Keys: whether the room's are meant."""
        return NotificationSettingsLoader(lambda key: self._notifying.settings(room=key))
