"""Puts connecting by signing in together: the way there and back, and the renewing of credentials. Called by the service's `main` only."""

from dataclasses import dataclass

from services.engagement.authorizing import states
from services.engagement.authorizing.authorizer import Authorizer
from services.engagement.authorizing.clients import PURPOSE, Client
from services.engagement.authorizing.platforms import Platforms
from services.engagement.authorizing.registrations import Registrations
from services.engagement.network import PlatformNet
from services.engagement.refreshing import Refresher
from services.engagement.registry import ChannelRegistry
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from services.kit.foundation import Foundation
from services.kit.net import Net


@dataclass(frozen=True, slots=True)
class Authorizations:
    """What runs, and what edges call."""

    authorizer: Authorizer
    refresher: Refresher

    @classmethod
    def of(
        cls, settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, net: Net, vault: Vault
    ) -> "Authorizations":
        """All of it, not yet running."""
        registrations = Registrations(settings.oauth_values(), vault=vault, client=Client(settings.public_url, settings.key_for(PURPOSE)))
        authorizer = Authorizer(
            foundation.app,
            registrations=registrations,
            platforms=Platforms(PlatformNet(net), vault=vault),
            vault=vault,
            key=settings.key_for(states.PURPOSE),
            public_url=settings.public_url,
            origins=settings.origins(),
            changed=registry.refresh,
            published=foundation.published,
            clock=foundation.clock,
        )
        refresher = Refresher(
            foundation.app,
            worker=foundation.worker,
            net=PlatformNet(net),
            vault=vault,
            registrations=registrations,
            changed=registry.refresh,
            published=foundation.published,
            clock=foundation.clock,
        )
        return cls(authorizer, refresher)

    def start(self, foundation: Foundation) -> None:
        """Renew credentials until the service drains."""
        foundation.background.start("refresher", self.refresher.run())
