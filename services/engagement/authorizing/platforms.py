"""The calls to platforms that signing in makes, each with its time, and their errors in words for people. Called by the authorizer.

All of a callback's calls together take less than the gateway waits for an answer.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from services.engagement.authorizing.connecting import OnTheWay
from services.engagement.authorizing.errors import AuthorizationRefusedError, NotAuthorizableError
from services.engagement.channel_errors import PlatformUnreachableError
from services.engagement.protocol import (
    Account,
    Authorization,
    Authorizes,
    ChannelAccess,
    Checks,
    Connector,
    Granted,
    Net,
    RejectedError,
    SendError,
)
from services.engagement.reading import text_of
from services.kit.crypto import Vault

EXCHANGE_SECONDS = 8.0
SUBSCRIBE_SECONDS = 4.0
REASON_CHARS = 300
WEBHOOKS = "/webhooks/"
AGAIN = "Begin again in a while."

log = structlog.get_logger()


class Platforms:
    """Asks platforms. `net` is the way out; `vault` opens the channels that were made."""

    def __init__(self, net: Net, *, vault: Vault, exchange_seconds: float = EXCHANGE_SECONDS) -> None:
        self._net = net
        self._vault = vault
        self._exchange_seconds = exchange_seconds

    async def begin(self, connector: Connector, *, app: Mapping[str, str], state: str, redirect_url: str) -> Authorization:
        """Where to send the browser. Raises AuthorizationRefusedError, PlatformUnreachableError."""
        authorizes = authorizing(connector)
        async with _asked(connector, seconds=self._exchange_seconds):
            return await authorizes.begin(app=app, state=state, redirect_url=redirect_url, net=self._net)

    async def exchange(self, connector: Connector, kept: OnTheWay, *, app: Mapping[str, str], query: Mapping[str, str]) -> Granted:
        """What a callback is worth, with at least one account: where the platform lists none, the one that the credentials open.

        Raises AuthorizationRefusedError, PlatformUnreachableError.
        """
        authorizes = authorizing(connector)
        async with _asked(connector, seconds=self._exchange_seconds):
            granted = await authorizes.exchange(app=app, keep=kept.keep, query=query, redirect_url=kept.redirect_url, net=self._net)
            return granted if granted.accounts else replace(granted, accounts=(await self._checked(connector, kept, granted),))

    async def _checked(self, connector: Connector, kept: OnTheWay, granted: Granted) -> Account:
        title = connector.declaration.title
        if not isinstance(connector, Checks):
            return Account(account=kept.config.get("account", ""), name=title)
        credentials = {**kept.credentials, **granted.credentials}
        access = ChannelAccess(platform=connector.declaration.platform, config=kept.config, credentials=credentials)
        return await connector.check(channel=access, net=self._net)


def authorizing(connector: Connector) -> Authorizes:
    """The connector as one that is connected by signing in. Raises NotAuthorizableError."""
    if not isinstance(connector, Authorizes):
        raise NotAuthorizableError(f"{connector.declaration.title} takes credentials given by hand: POST /v1/channels.")
    return connector


@asynccontextmanager
async def _asked(connector: Connector, *, seconds: float) -> AsyncIterator[None]:
    """Within so many seconds, and with the platform's errors as ours."""
    title = connector.declaration.title
    try:
        async with asyncio.timeout(seconds):
            yield
    except RejectedError as error:
        raise AuthorizationRefusedError(f"{title} says: {_words(error)}", reason=_words(error)) from error
    except SendError as error:
        raise PlatformUnreachableError(f"{title}: {_words(error)}. {AGAIN}") from error
    except TimeoutError as error:
        raise PlatformUnreachableError(f"{title} did not answer within {seconds:g} seconds. {AGAIN}") from error


def _words(error: SendError) -> str:
    return (text_of(error.reason) or "")[:REASON_CHARS]
