"""Whether credentials work, asked of the platform before a channel is connected or changed. Called by REST and the command line.

Holds no transaction and keeps nothing. Asked for by who connects: a form wants to tell the person who types, a script that sets up many
channels does not depend on their platforms. What cannot be asked within seconds is refused as well: most often it is a misspelt host.
"""

import asyncio
from collections.abc import Mapping

from services.engagement.channel_errors import CredentialsRefusedError, PlatformUnreachableError
from services.engagement.channels import Wanted
from services.engagement.protocol import Account, Checks, Net, RejectedError, SendError

CHECK_SECONDS = 8.0
REASON_CHARS = 300
UNCHECKED = "Look at the addresses and ports, try again later, or go on without `check`."


class Checker:
    """Asks platforms. `net` is the way out."""

    def __init__(self, net: Net, *, timeout_seconds: float = CHECK_SECONDS) -> None:
        self._net = net
        self._timeout_seconds = timeout_seconds

    async def check(self, wanted: Wanted) -> Mapping[str, str]:
        """The settings that the platform told and nobody gave. Raises CredentialsRefusedError, PlatformUnreachableError."""
        connector = wanted.connector
        if not isinstance(connector, Checks):
            return {}
        title = connector.declaration.title
        try:
            async with asyncio.timeout(self._timeout_seconds):
                account = await connector.check(channel=wanted.access, net=self._net)
        except RejectedError as error:
            raise CredentialsRefusedError(f"{title} says: {error.reason[:REASON_CHARS]}", reason=error.reason[:REASON_CHARS]) from error
        except SendError as error:
            raise PlatformUnreachableError(f"{title}: {error.reason[:REASON_CHARS]}. {UNCHECKED}") from error
        except TimeoutError as error:
            raise PlatformUnreachableError(f"{title} did not answer within {self._timeout_seconds:g} seconds. {UNCHECKED}") from error
        return _told(account, wanted)


def _told(account: Account, wanted: Wanted) -> Mapping[str, str]:
    known = {each.name for each in wanted.connector.declaration.settings} | {"account"}
    told = {"account": account.account, **account.config}
    return {name: value for name, value in told.items() if value and name in known and not wanted.access.config.get(name)}
