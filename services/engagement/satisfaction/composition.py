"""Puts satisfaction together and runs it. Called by the service's `workers` only."""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.ids import WorkspaceId
from services.engagement.registry import ChannelRegistry
from services.engagement.satisfaction.asking import Asker
from services.engagement.satisfaction.links import PURPOSE
from services.engagement.settings import EngagementSettings
from services.kit.foundation import Foundation


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What runs."""

    asker: Asker

    @classmethod
    def of(
        cls, settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, queued: Callable[[WorkspaceId], None]
    ) -> "Satisfaction":
        """All of it, not yet running; `queued` wakes the sender."""

        def woken(workspace: WorkspaceId) -> None:
            foundation.published()
            queued(workspace)

        key = settings.key_for(PURPOSE)
        return cls(
            Asker(
                registry,
                foundation.app,
                worker=foundation.worker,
                key=key,
                public_url=settings.public_url,
                clock=foundation.clock,
                queued=woken,
            )
        )

    def start(self, foundation: Foundation) -> None:
        """Run everything until the service drains."""
        foundation.background.start("satisfaction", self.asker.run())
