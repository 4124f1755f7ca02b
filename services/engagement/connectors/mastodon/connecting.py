"""Whose token it is and what the server allows; signing in, with a registration made at each server. Called by the connector.

Vendor's pages: https://docs.joinmastodon.org/client/authorized/, /methods/apps/#create, /methods/oauth/, /methods/instance/#v2.
"""

import base64
import hashlib
import secrets as random
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from services.engagement.connectors.mastodon.calls import TIMEOUT_SECONDS, ask, base_of_instance, failure, read_entity
from services.engagement.connectors.mastodon.payloads import Account as OurAccount
from services.engagement.connectors.mastodon.payloads import Application
from services.engagement.connectors.mastodon.statuses import CLIENT_NAME, ident
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    CredentialsExpiredError,
    Granted,
    InDoubtError,
    Net,
    NetAnswer,
    NotSentError,
    RejectedError,
    SendError,
)

SCOPES = "read write:statuses write:media write:favourites push"
_VERIFIER_BYTES = 48


class _Statuses(msgspec.Struct):
    max_characters: int | None = None


class _Vapid(msgspec.Struct):
    public_key: str | None = None


class _Configuration(msgspec.Struct):
    """`vapid` since 4.3."""

    statuses: _Statuses | None = None
    vapid: _Vapid | None = None


class _Instance(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Instance/; `max_toot_chars` is Pleroma's."""

    configuration: _Configuration | None = None
    max_toot_chars: int | None = None


class _Registered(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Application/#CredentialApplication."""

    client_id: str | None = None
    client_secret: str | None = None


class _Token(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Token/: tokens of Mastodon do not end."""

    access_token: str | None = None


async def account_behind(channel: ChannelAccess, *, net: Net) -> Account:
    """The account, how long its server lets posts be, and the name of the application that the token was made for."""
    told = read_entity(await ask("/api/v1/accounts/verify_credentials", channel=channel, net=net), into=OurAccount)
    key = ident(told.id)
    if key is None:
        raise NotSentError("what answered is not Mastodon's API")
    config = {
        "acct": told.acct or told.username or "",
        **await _allowed(channel, net=net),
        "client_name": await _application(channel, net=net),
    }
    name = told.display_name or told.acct or key
    return Account(account=key, name=name, config={name: value for name, value in config.items() if value})


async def begin_sign_in(*, instance: str, state: str, redirect_url: str, net: Net) -> Authorization:
    """Register at the server, then send the owner there. Raises the tree of `SendError`."""
    base = base_of_instance(instance)
    # A list would do for Mastodon since 4.3; older servers and others take one address only.
    form = {"client_name": CLIENT_NAME, "redirect_uris": redirect_url, "scopes": SCOPES}
    app = read_entity(await _post(f"{base}/api/v1/apps", form, net=net), into=_Registered)
    if not app.client_id or not app.client_secret:
        raise NotSentError("the server registered no application")
    verifier = random.token_urlsafe(_VERIFIER_BYTES)
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_url,
        "scope": SCOPES,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    keep = {"instance": base, "client_id": app.client_id, "client_secret": app.client_secret, "code_verifier": verifier}
    return Authorization(url=f"{base}/oauth/authorize?{urlencode(query)}", keep=keep)


async def end_sign_in(*, keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net) -> Granted:
    """The token of the account that signed in. Raises `RejectedError` where the owner said no."""
    code = query.get("code", "")
    if not code:
        raise RejectedError(query.get("error_description") or query.get("error") or "the server sent no code")
    base = base_of_instance(keep.get("instance", ""))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_url,
        **{name: keep.get(name, "") for name in ("client_id", "client_secret", "code_verifier")},
    }
    token = read_entity(await _post(f"{base}/oauth/token", form, net=net), into=_Token).access_token
    if not token:
        raise RejectedError("the server granted no token")
    access = ChannelAccess(platform="mastodon", config={"instance": base}, credentials={"access_token": token})
    account = await account_behind(access, net=net)
    return Granted(credentials={"access_token": token}, accounts=(account,))


async def _post(url: str, form: Mapping[str, str], *, net: Net) -> NetAnswer:
    """A call without a token. Nothing is said to anybody by it: whatever goes wrong may be tried again."""
    try:
        answer = await net.request("POST", url, json=dict(form), timeout_seconds=TIMEOUT_SECONDS)
    except InDoubtError as error:
        raise NotSentError(error.reason) from error
    if 200 <= answer.status < 300:
        return answer
    refused = failure(answer, now=None)
    if isinstance(refused, InDoubtError):
        raise NotSentError(refused.reason)
    # 401 and "invalid_client" are about this sign-in, not about a channel.
    raise RejectedError(refused.reason) if isinstance(refused, CredentialsExpiredError) else refused


async def _allowed(channel: ChannelAccess, *, net: Net) -> dict[str, str]:
    """How long a post may be, and with which key the server signs pushes, from its newer or older description, as far as they say."""
    for path in ("/api/v2/instance", "/api/v1/instance"):
        try:
            told = read_entity(await ask(path, channel=channel, net=net), into=_Instance)
        except SendError:
            continue
        statuses = told.configuration.statuses if told.configuration else None
        vapid = told.configuration.vapid if told.configuration else None
        limit = (statuses.max_characters if statuses else None) or told.max_toot_chars
        if limit and limit > 0:
            return {"max_characters": str(limit), "vapid_key": (vapid.public_key if vapid else None) or ""}
    return {}


async def _application(channel: ChannelAccess, *, net: Net) -> str:
    """What our posts will be marked with."""
    try:
        return read_entity(await ask("/api/v1/apps/verify_credentials", channel=channel, net=net), into=Application).name or ""
    except SendError:
        return ""
