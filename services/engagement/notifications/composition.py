"""Puts the parts of notifications together and runs them. Called by the service's `workers`; what is heard is in its `subscribers`."""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.ids import WorkspaceId
from services.engagement.notifications.delivering import Deliverer, Ways
from services.engagement.notifications.mail import MailServer
from services.engagement.notifications.sweeping import NotificationSweeper
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from services.kit.foundation import Foundation
from services.kit.net import Net


@dataclass(frozen=True, slots=True)
class Notifying:
    """What runs, and what the endpoints ask."""

    sweeper: NotificationSweeper
    deliverer: Deliverer
    told: Callable[[WorkspaceId], None]

    @classmethod
    def of(cls, settings: EngagementSettings, foundation: Foundation, *, net: Net, vault: Vault) -> "Notifying":
        """All of it, not yet running."""
        ways = Ways(server=mail_server(settings), net=net, vault=vault, link=settings.conversation_link)
        deliverer = Deliverer(foundation.app, worker=foundation.worker, ways=ways, clock=foundation.clock)

        def told(_: WorkspaceId) -> None:
            foundation.published()

        return cls(
            sweeper=NotificationSweeper(foundation.app, worker=foundation.worker, clock=foundation.clock, told=told),
            deliverer=deliverer,
            told=told,
        )

    def start(self, foundation: Foundation) -> None:
        """Run everything until the service drains."""
        foundation.background.start("notification-sweeper", self.sweeper.run())
        foundation.background.start("notification-deliverer", self.deliverer.run())


def mail_server(settings: EngagementSettings) -> MailServer | None:
    """None where this deployment sends no mail."""
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
