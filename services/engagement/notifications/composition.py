"""Puts the parts of notifications together and runs them. Called by the service's `main` only."""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.ids import WorkspaceId
from services.contracts.invitations import PURPOSE
from services.engagement.notifications.delivering import Deliverer, Ways
from services.engagement.notifications.inviting import Inviter
from services.engagement.notifications.mail import MailServer
from services.engagement.notifications.sources import NotificationSources
from services.engagement.notifications.sweeping import NotificationSweeper
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from services.kit.foundation import Foundation
from services.kit.net import Net
from services.kit.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Notifying:
    """What runs, and what the endpoints ask."""

    sources: NotificationSources
    sweeper: NotificationSweeper
    deliverer: Deliverer
    inviter: Inviter
    told: Callable[[WorkspaceId], None]

    @classmethod
    def of(cls, settings: EngagementSettings, foundation: Foundation, *, net: Net, vault: Vault) -> "Notifying":
        """All of it, not yet running."""
        ways = Ways(server=_server(settings), net=net, vault=vault, link=settings.conversation_link)
        deliverer = Deliverer(foundation.app, worker=foundation.worker, ways=ways, clock=foundation.clock)

        def told(_: WorkspaceId) -> None:
            foundation.published()

        return cls(
            sources=NotificationSources(foundation.app, clock=foundation.clock, told=told),
            sweeper=NotificationSweeper(foundation.app, worker=foundation.worker, clock=foundation.clock, told=told),
            deliverer=deliverer,
            inviter=Inviter(ways.server, key=settings.key_for(PURPOSE), link=settings.invitation_link, clock=foundation.clock),
            told=told,
        )

    def start(self, foundation: Foundation) -> None:
        """Run everything until the service drains."""
        foundation.background.start("notification-sweeper", self.sweeper.run())
        foundation.background.start("notification-deliverer", self.deliverer.run())
        foundation.subscribe(self.subscriptions())

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What is listened to: dead letters are redriven to it."""
        return (*self.sources.subscriptions(), self.inviter.subscription())


def _server(settings: EngagementSettings) -> MailServer | None:
    if not settings.smtp_host:
        return None
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
    )
