"""Which templates a channel's platform has approved, asked of it at once. Called by REST; holds no transaction and keeps nothing.

Approvals come and go on the platform: what was kept here would be wrong when it is needed.
"""

import asyncio

from services.engagement.channel_errors import TemplatesUnknownError
from services.engagement.protocol import ApprovedTemplate, Net, OffersTemplates, SendError
from services.engagement.registry import ConnectedChannel

ANSWER_SECONDS = 8.0
REASON_CHARS = 300
MOST = 500


class TemplateOffers:
    """Asks platforms. `net` is the way out."""

    def __init__(self, net: Net, *, timeout_seconds: float = ANSWER_SECONDS) -> None:
        self._net = net
        self._timeout_seconds = timeout_seconds

    async def list_templates(self, channel: ConnectedChannel) -> tuple[ApprovedTemplate, ...]:
        """Those that may be sent now; none where the platform has no templates. Raises TemplatesUnknownError."""
        connector, title = channel.connector, channel.connector.declaration.title
        if not isinstance(connector, OffersTemplates):
            return ()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return (await connector.list_templates(channel=channel.access, net=self._net))[:MOST]
        except SendError as error:
            raise TemplatesUnknownError(f"{title} says: {error.reason[:REASON_CHARS]}") from error
        except TimeoutError as error:
            raise TemplatesUnknownError(f"{title} did not answer within {self._timeout_seconds:g} seconds. Try again later.") from error
