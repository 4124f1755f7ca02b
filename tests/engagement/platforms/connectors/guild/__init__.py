"""Guild, a platform for tests: OAuth with PKCE on a server that the person names, tokens of an hour, refresh tokens that count once."""

import hashlib
import json
import secrets as random
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from services.contracts.vocabulary import Kind
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    CredentialsExpiredError,
    Declaration,
    Delivery,
    Field,
    Granted,
    HandshakeAnswer,
    Net,
    NotSentError,
    OutboundReply,
    Parsed,
    Quality,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    Sent,
    SignatureRefusedError,
    SignIn,
    SigningSecret,
    TextLimit,
)

DECLARATION = Declaration(
    platform="guild",
    title="Guild",
    receives=frozenset({Kind.DIRECT}),
    text_limits={Kind.DIRECT: TextLimit(limit=100)},
    credentials=(
        Field(name="token", description="Access token", secret=True),
        Field(name="refresh_token", description="Refresh token", secret=True, required=False),
    ),
    settings=(
        Field(name="server", description="The server's address", form="address"),
        Field(name="rank", description="-", required=False),
    ),
    sign_in=SignIn(asks=("server",)),
    signing=SigningSecret(made_by="us"),
    quality=Quality(received="-", sent="-", verified="-", backfill="-", lookup="-", last_checked="2026-11-23"),
    docs=(),
)


class GuildConnector:
    """Keeps protocol.Connector, Authorizes, Refreshes and Subscribes."""

    declaration = DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:
        """None: there is no challenge."""
        del request, secrets, now
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """Nobody proves anything."""
        del request, secrets, now
        raise SignatureRefusedError("nobody delivers")

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:
        """Nothing."""
        del request, secrets
        return []

    def parse(self, delivery: Delivery) -> Parsed:
        """Nothing."""
        del delivery
        return Parsed(ignored="nothing")

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """Post it."""
        await call(net, "POST", f"{channel.config['server']}/messages", token=channel.credentials["token"], form={"text": reply.text})
        return Sent(external_id=reply.id, echo_reference=None)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:
        """The server's page, with a challenge."""
        del net
        verifier = random.token_urlsafe(48)
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {"client_id": app["client_id"], "redirect_uri": redirect_url, "state": state, "code_challenge": challenge}
        return Authorization(url=f"{app['server']}/authorize?{urlencode(asked)}", keep={"verifier": verifier})

    async def exchange(
        self, *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net
    ) -> Granted:
        """A code for tokens, then the accounts."""
        form = {"code": query.get("code", ""), "code_verifier": keep["verifier"], "redirect_uri": redirect_url}
        granted = await token(net, app, server=app["server"], form={"grant_type": "authorization_code", **form})
        listed = await call(net, "GET", f"{app['server']}/accounts", token=granted.credentials["token"])
        accounts = tuple(Account(account=each["id"], name=each["name"], config={"rank": each["rank"]}) for each in listed["accounts"])
        return Granted(credentials=granted.credentials, expires_at=granted.expires_at, accounts=accounts)

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """A refresh token for new ones; nothing where there is none."""
        refresh = channel.credentials.get("refresh_token", "")
        if not refresh:
            return Granted(credentials={})
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        return await token(net, channel.app, server=channel.config["server"], form=form)

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> timedelta | None:
        """Name the address; for a month."""
        form = {"address": webhook_url, "secret": secret, "account": channel.account}
        await call(net, "POST", f"{channel.config['server']}/webhooks", token=channel.credentials["token"], form=form)
        return timedelta(days=30)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Nothing to do."""
        del channel, net


async def token(net: Net, app: Mapping[str, str], *, server: str, form: Mapping[str, str]) -> Granted:
    """Ask the token endpoint as our registration."""
    ours = {"client_id": app.get("client_id", ""), "client_secret": app.get("client_secret", "")}
    answer = await call(net, "POST", f"{server}/token", form={**form, **ours})
    credentials = {"token": answer["access_token"], "refresh_token": answer["refresh_token"]}
    return Granted(credentials=credentials, expires_at=datetime.fromtimestamp(answer["ends"], UTC))


async def call(net: Net, method: str, url: str, *, token: str = "", form: Mapping[str, str] | None = None) -> Any:
    """One request; its JSON, or the errors of the protocol."""
    answer = await net.request(method, url, data=form, headers={"authorization": f"Bearer {token}"} if token else {})
    told = json.loads(answer.body)
    if answer.status == 200:
        return told
    if answer.status >= 500:
        raise NotSentError("the server is away")
    if told["error"] in {"invalid_grant", "invalid_token"}:
        raise CredentialsExpiredError(told["error"])
    raise RejectedError(told["error"])


connector = GuildConnector()
