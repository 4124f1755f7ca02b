"""When each profile last wrote to us, or was written to: by that people grow old. Called by subscribers; order does not matter."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.events import InteractionReceived, ReplySent
from services.contracts.ids import ProfileId, WorkspaceId
from services.identity.statements.retention import active_profiles
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.erasing import erased_among
from services.kit.subscriptions import Subscription


class ActivitySeen:
    """Hears who wrote, and to whom was written. `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def subscription(self) -> Subscription:
        """Durable `identity-activity`."""
        return Subscription(durable="identity-activity", service="engagement", events=(InteractionReceived, ReplySent), handler=self.keep)

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """One transaction for the batch; a second run changes nothing."""
        told = [acted for received in batch if (acted := _acted(received.event)) is not None]
        if told:
            async with self._database.transaction(workspace) as connection:
                await keep_activity(connection, workspace, told, now=self._clock.now())


def _acted(event: object) -> tuple[ProfileId, datetime] | None:
    if isinstance(event, InteractionReceived):
        return event.profile_id, event.event.occurred_at
    return (event.profile_id, event.at) if isinstance(event, ReplySent) else None


async def keep_activity(
    connection: Connection, workspace: WorkspaceId, told: Sequence[tuple[ProfileId, datetime]], *, now: datetime
) -> None:
    """Keep the last day of each profile; nothing of before it was erased, and nothing of days to come."""
    erased = await erased_among(connection, workspace, [profile for profile, _ in told])
    since = [(profile, at) for profile, at in told if profile not in erased or at > erased[profile]]
    days = {profile: min(at, now).date() for profile, at in sorted(since, key=lambda each: each[1])}
    if days:
        await active_profiles(connection, workspace, dict(sorted(days.items())))
