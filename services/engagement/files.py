"""Where files lie, the links to them, and visitors' leave to hand some in. Put together here for the service's `main` only."""

from dataclasses import dataclass

from services.engagement.media.handing import Handing
from services.engagement.media.keeping import Keeper
from services.engagement.media.links import Links
from services.engagement.media.serving import MediaRoutes
from services.engagement.media.storage import NoStorage, Storage, storage_of
from services.engagement.registry import ChannelRegistry
from services.engagement.settings import EngagementSettings
from services.engagement.visitors.uploads import Leaves
from services.kit.foundation import Foundation
from services.kit.net import Net


@dataclass(frozen=True, slots=True)
class Store:
    """All that has to do with files."""

    storage: Storage
    links: Links
    leaves: Leaves

    @classmethod
    def of(cls, settings: EngagementSettings) -> "Store":
        """As the settings say."""
        links = Links(settings.key_for("media-links"), public_url=settings.public_url)
        return cls(storage_of(settings), links, Leaves(settings.key_for("webchat-uploads")))

    def routes(self, foundation: Foundation, *, registry: ChannelRegistry, net: Net) -> MediaRoutes:
        """The files' routes, with their keeper running where there is a place for files."""
        if not isinstance(self.storage, NoStorage):
            keeper = Keeper(
                foundation.app, worker=foundation.worker, storage=self.storage, registry=registry, net=net, clock=foundation.clock
            )
            foundation.background.start("media", keeper.run())
        return MediaRoutes(foundation.app, storage=self.storage, links=self.links, clock=foundation.clock)

    def handing(self, foundation: Foundation) -> Handing:
        """The files as connectors get them."""
        return Handing(foundation.app, storage=self.storage, links=self.links, clock=foundation.clock)
