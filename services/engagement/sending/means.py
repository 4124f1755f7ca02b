"""What every part of the sender works with. Made by `Sender`; holds no behaviour of its own but to be woken later."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.ids import WorkspaceId
from services.engagement.protocol import Files, Net
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.kit.clock import Clock
from services.kit.db import Database

# A wake-up that comes a moment too early finds nothing due.
MARGIN_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """`database` is of the role `app`, `files` are a workspace's own.

    `published` wakes the relay, `unparked` the reader of a channel, `wake` the sender itself.
    """

    registry: ChannelRegistry
    database: Database
    net: Net
    files: Callable[[WorkspaceId], Files]
    clock: Clock
    timeout_seconds: float
    published: Callable[[], None]
    unparked: Callable[[ConnectedChannel], None]
    wake: Callable[[WorkspaceId], None]

    def wake_later(self, workspace: WorkspaceId, *, after_seconds: float) -> None:
        """Look for work of a workspace once more, then. Forgotten with the process: the sweep is behind it."""
        asyncio.get_running_loop().call_later(max(0.0, after_seconds) + MARGIN_SECONDS, self.wake, workspace)
