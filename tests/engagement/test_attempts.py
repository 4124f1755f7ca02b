"""An attempt that takes too long: in what goes before the message nothing was sent, after it nobody knows."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.vocabulary import Kind, ReplyState
from services.engagement.protocol import ChannelAccess, Net, OutboundReply, Sent, preparing
from services.engagement.registry import ConnectedChannel
from services.engagement.sending.attempts import Outcome, attempt
from services.engagement.sending.means import Means
from services.kit.clock import FixedClock

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@dataclass
class Slow:
    """Brings a file, then says the words; one of the two lasts for ever."""

    stuck_before: bool

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """Keep protocol.Connector."""
        del channel, net
        with preparing():
            await self._wait(for_ever=self.stuck_before)
        await self._wait(for_ever=not self.stuck_before)
        return Sent(external_id=reply.id, echo_reference=reply.id)

    async def _wait(self, *, for_ever: bool) -> None:
        if for_ever:
            await asyncio.get_running_loop().create_future()


async def attempted(connector: Slow) -> Outcome:
    means = SimpleNamespace(net=None, files=lambda _: None, clock=FixedClock(NOW), timeout_seconds=0.01)
    channel = SimpleNamespace(connector=connector, workspace_id=uuid4(), access=ChannelAccess(platform="slow"), platform="slow")
    reply = {"queued_at": NOW, "attempt": 1}
    outbound = OutboundReply(id="r", kind=Kind.DIRECT, attempted_at=NOW, text="Hello")
    parts: Any = (cast("Means", means), cast("ConnectedChannel", channel), cast("asyncpg.Record", reply), outbound)
    return await attempt(*parts)


@pytest.mark.parametrize(("stuck_before", "state"), [(True, ReplyState.QUEUED), (False, ReplyState.UNKNOWN)])
async def test_too_long_before_the_message_is_no_doubt(stuck_before: bool, state: ReplyState) -> None:
    outcome = await attempted(Slow(stuck_before=stuck_before))
    assert outcome.state is state
    assert (outcome.wait_seconds is not None) is stuck_before


def test_outside_an_attempt_nothing_is_noticed() -> None:
    with preparing():
        pass
