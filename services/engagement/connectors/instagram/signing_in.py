"""Connecting an account by Instagram's own login, a token that lasts 60 days, and its renewal. Called by the connector.

Vendor's pages: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login,
.../docs/instagram-platform/reference/access_token and .../reference/refresh_access_token.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from services.engagement.connectors.instagram.graph import INSTAGRAM_HOST, by_facebook, graph
from services.engagement.connectors.instagram.payloads import Ident
from services.engagement.connectors.instagram.people import text_id
from services.engagement.families.meta import TIMEOUT_SECONDS, Graph
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    CredentialsExpiredError,
    Granted,
    Net,
    RejectedError,
    salvage,
)
from services.kit.clock import SystemClock

SCOPES = ("instagram_business_basic", "instagram_business_manage_messages", "instagram_business_manage_comments")
# A token can be renewed once it is a day old; one that was made today is asked about again after it is.
YOUNG = timedelta(days=2)
_DIALOG = "https://www.instagram.com/oauth/authorize"
_CODES = "https://api.instagram.com/oauth/access_token"
_OURSELVES = "user_id,username,name"
_BEHIND_THE_PAGE = "id,name,instagram_business_account{id,username,name}"


class _Token(msgspec.Struct):
    """A token, at once or in a list of one."""

    access_token: str | None = None
    expires_in: float | None = None
    error_message: str | None = None
    data: list[dict[str, object]] = msgspec.field(default_factory=list)


class _Me(msgspec.Struct):
    """Our account, or our page with the account behind it."""

    id: Ident | None = None
    user_id: Ident | None = None
    username: str | None = None
    name: str | None = None
    instagram_business_account: dict[str, object] | None = None
    data: list[dict[str, object]] = msgspec.field(default_factory=list)


def dialog(*, app: Mapping[str, str], state: str, redirect_url: str) -> Authorization:
    """Where the account's owner agrees."""
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": redirect_url,
        "response_type": "code",
        "scope": ",".join(SCOPES),
        "state": state,
    }
    return Authorization(url=f"{_DIALOG}?{urlencode(asked)}")


async def exchange(*, app: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net) -> Granted:
    """The account of whoever agreed, with a token for 60 days."""
    # Instagram hangs "#_" on the address that it calls back; some browsers leave it on the code.
    code = query.get("code", "").removesuffix("#_")
    if not code:
        raise RejectedError(query.get("error_description") or query.get("error") or "Instagram gave no code")
    short = await _short_token(app=app, code=code, redirect_url=redirect_url, net=net)
    wanted = {"grant_type": "ig_exchange_token", "client_secret": app["client_secret"], "access_token": short}
    lasting, expires_at = await _lasting_token("access_token", wanted, host=INSTAGRAM_HOST, net=net)
    account = await whose(Graph(net=net, token=lasting, host=INSTAGRAM_HOST), facebook=False)
    word = {"verify_token": app["verify_token"]} if app.get("verify_token") else {}
    credentials = {"token": lasting, "signing_secret": app["client_secret"], **word}
    return Granted(credentials=credentials, expires_at=expires_at, accounts=(account,))


async def refresh(channel: ChannelAccess, *, net: Net) -> Granted:
    """The same token for 60 more days. A page's token does not end."""
    if by_facebook(channel.config):
        return Granted(credentials={})
    asking = graph(channel, net=net)
    wanted = {"grant_type": "ig_refresh_token", "access_token": asking.token}
    try:
        token, expires_at = await _lasting_token("refresh_access_token", wanted, host=asking.host, net=net)
    except RejectedError:
        # Refused because it is too young, unless it does not work at all: then this raises.
        await whose(asking, facebook=False)
        return Granted(credentials={}, expires_at=SystemClock().now() + YOUNG)
    return Granted(credentials={"token": token}, expires_at=expires_at)


async def whose(asking: Graph, *, facebook: bool) -> Account:
    """The account behind a token. Raises `CredentialsExpiredError`, and `RejectedError` for a page without an account."""
    said = salvage(await asking.call("GET", "me", query={"fields": _BEHIND_THE_PAGE if facebook else _OURSELVES}), into=_Me)
    if not facebook:
        me = salvage(said.data[0], into=_Me) if said.data else said
        return _account(me, config={})
    if not said.instagram_business_account:
        raise RejectedError("no professional Instagram account is linked with this page")
    behind = salvage(said.instagram_business_account, into=_Me)
    return _account(behind, config={"login": "facebook", "page_id": text_id(said.id)})


def _account(me: _Me, *, config: Mapping[str, str]) -> Account:
    number = text_id(me.user_id) or text_id(me.id)
    if not number:
        raise CredentialsExpiredError("what answers does not say whose token it is")
    return Account(account=number, name=me.name or me.username or number, config={**config, "username": me.username or ""})


async def _short_token(*, app: Mapping[str, str], code: str, redirect_url: str, net: Net) -> str:
    form = {
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "grant_type": "authorization_code",
        "redirect_uri": redirect_url,
        "code": code,
    }
    answer = await net.request("POST", _CODES, data=form, timeout_seconds=TIMEOUT_SECONDS)
    said = salvage(Graph(net=net, token="").read(answer, repeatable=True), into=_Token) if answer.status < 300 else _refused(answer.body)
    told = salvage(said.data[0], into=_Token) if said.data else said
    if not told.access_token:
        raise RejectedError(told.error_message or f"Instagram gave no token for the code: it answered {answer.status}")
    return told.access_token


def _refused(body: bytes) -> _Token:
    """Here Instagram words its errors in a way of its own."""
    try:
        return msgspec.json.decode(body, type=_Token, strict=False)
    except msgspec.DecodeError:
        return _Token()


async def _lasting_token(path: str, query: Mapping[str, str], *, host: str, net: Net) -> tuple[str, datetime]:
    """These two calls have no version, and the token stands among their arguments."""
    answer = await net.request("GET", f"{host}/{path}?{urlencode(query)}", timeout_seconds=TIMEOUT_SECONDS)
    said = salvage(Graph(net=net, token="", host=host).read(answer, repeatable=True), into=_Token)
    if not said.access_token:
        raise RejectedError("Instagram gave no token")
    # When it ends is told from now on; the clock is the machine's, whatever time a sandbox plays.
    return said.access_token, SystemClock().now() + timedelta(seconds=max(0.0, said.expires_in or 0.0))
