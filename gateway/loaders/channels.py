"""Loaders of what can be connected. Called by resolvers through `Loaders`."""

from functools import cached_property

from gateway.clients.channels import ChannelClient
from gateway.loaders.batches import OneByOneLoader
from services.contracts.views.connectors import ConnectorView


class ConnectorsByCallerLoader(OneByOneLoader[None, list[ConnectorView]]):
    """The connectors that there are."""


class ChannelLoaders:
    """Part of Loaders."""

    _channels: ChannelClient

    @cached_property
    def connectors_by_caller(self) -> ConnectorsByCallerLoader:
        """Key: None."""
        return ConnectorsByCallerLoader(lambda _key: self._channels.connectors())
