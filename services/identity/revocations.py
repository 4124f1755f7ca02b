"""Sessions and keys that end in another process of this service end here too, within two seconds (no memory: tokens live five minutes).

Started by `main`; it is also what opens the bus, so that the service answers before the broker does.
"""

import asyncio

import structlog
from nats.errors import Error as NatsError

from services.contracts.events import AccessRevoked
from services.kit.access import TokenVerifier
from services.kit.bus import Bus, BusUnavailableError

_PAUSE_SECONDS = 0.5
log = structlog.get_logger()


async def follow_revocations(bus: Bus, verifier: TokenVerifier) -> None:
    """Open the bus, then tell the verifier of every AccessRevoked until cancelled."""
    await bus.open()
    while True:
        try:
            await _follow(bus, verifier)
        except (BusUnavailableError, NatsError, OSError, TimeoutError) as error:
            log.info("revocations_interrupted", error=type(error).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _follow(bus: Bus, verifier: TokenVerifier) -> None:
    async for received in bus.listen(AccessRevoked):
        event = received.event
        if isinstance(event, AccessRevoked):
            for credential in (event.session_id, event.key_id):
                if credential is not None:
                    verifier.revoke(credential)
