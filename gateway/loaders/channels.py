"""Loaders of what can be connected. Called by resolvers through `Loaders`."""

from functools import cached_property
from uuid import UUID

from gateway.clients.channels import ChannelClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views.authorizing import AuthorizationView
from services.contracts.views.connectors import ApprovedTemplateView, ConnectorView


class ConnectorsByCallerLoader(OneByOneLoader[None, list[ConnectorView]]):
    """The connectors that there are."""


class AuthorizationByIdLoader(OneByOneLoader[UUID, AuthorizationView | None]):
    """The caller's own authorizations."""


class TemplatesByChannelLoader(OneByOneLoader[UUID, list[ApprovedTemplateView]]):
    """What the platform of a channel has approved."""


class ChannelLoaders:
    """Part of Loaders."""

    _channels: ChannelClient

    @cached_property
    def connectors_by_caller(self) -> ConnectorsByCallerLoader:
        """Key: None."""
        return ConnectorsByCallerLoader(lambda _key: self._channels.connectors())

    @cached_property
    def authorization_by_id(self) -> AuthorizationByIdLoader:
        """Key: id."""
        return AuthorizationByIdLoader(self._channels.authorization)

    @cached_property
    def templates_by_channel(self) -> TemplatesByChannelLoader:
        """Key: the channel's id."""
        return TemplatesByChannelLoader(self._channels.templates)
