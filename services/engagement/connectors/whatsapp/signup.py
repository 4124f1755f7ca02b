"""Connecting a number by Meta's sign-in (embedded signup): the address, the code for a token, and the numbers to pick from.

Called by the connector. Vendor's pages: .../whatsapp/embedded-signup/implementation, https://developers.facebook.com/docs/facebook-login.
"""

import secrets as random
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from services.engagement.families.meta import GRAPH_VERSION, Graph
from services.engagement.protocol import Account, Authorization, Granted, Net, NotSentError, RejectedError, salvage

DIALOG = f"https://www.facebook.com/{GRAPH_VERSION}/dialog/oauth"
_VERIFY_TOKEN_BYTES = 24
SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")


class Number(msgspec.Struct):
    """A number of an account."""

    id: str | None = None
    display_phone_number: str | None = None
    verified_name: str | None = None


class Scope(msgspec.Struct):
    """What a token may do, and with which accounts."""

    scope: str | None = None
    target_ids: list[str] = []


class Debugged(msgspec.Struct):
    """What is told of a token. `expires_at` 0: never."""

    granular_scopes: list[Scope] = []
    expires_at: int = 0


def authorization(*, app: Mapping[str, str], state: str, redirect_url: str) -> Authorization:
    """Where the owner picks a business and a number; with a configuration that is embedded signup, else the bare permissions."""
    asked = {"client_id": app.get("client_id", ""), "redirect_uri": redirect_url, "state": state, "response_type": "code"}
    config = app.get("whatsapp_config_id", "")
    more = {"config_id": config, "override_default_response_type": "true"} if config else {"scope": ",".join(SCOPES)}
    return Authorization(url=f"{DIALOG}?{urlencode({**asked, **more})}")


async def granted(*, app: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net) -> Granted:
    """The token, every number that it opens, and a word of our own by which Meta may try our address."""
    code = query.get("code", "")
    if not code:
        raise RejectedError(query.get("error_description") or query.get("error") or "the sign-in brought no code")
    client = {"client_id": app.get("client_id", ""), "client_secret": app.get("client_secret", "")}
    bare = Graph(net=net, token="")
    told = await bare.call("GET", "oauth/access_token", query={**client, "code": code, "redirect_uri": redirect_url})
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        raise NotSentError("Meta gave no token for the code")
    debugged = await _debugged(token, client=client, net=net)
    graph = Graph(net=net, token=token, app_secret=client["client_secret"])
    accounts = [account async for business in _each(_businesses(debugged)) async for account in _accounts(business, graph=graph)]
    ends = datetime.fromtimestamp(debugged.expires_at, tz=UTC) if 0 < debugged.expires_at < 2**33 else None
    credentials = {"token": token, "signing_secret": client["client_secret"], "verify_token": random.token_urlsafe(_VERIFY_TOKEN_BYTES)}
    return Granted(credentials=credentials, expires_at=ends, accounts=tuple(accounts))


async def _debugged(token: str, *, client: Mapping[str, str], net: Net) -> Debugged:
    """Meta tells of a token whoever shows the app's own."""
    own = Graph(net=net, token=f"{client['client_id']}|{client['client_secret']}")
    told = await own.call("GET", "debug_token", query={"input_token": token})
    return salvage(told.get("data"), into=Debugged)


def _businesses(debugged: Debugged) -> Iterable[str]:
    """The accounts that both permissions name; a token may open several."""
    found: dict[str, None] = {}
    for scope in debugged.granular_scopes:
        if scope.scope in SCOPES:
            found.update(dict.fromkeys(scope.target_ids))
    return found


async def _each(items: Iterable[str]) -> AsyncIterator[str]:
    for item in items:
        yield item


async def _accounts(business: str, *, graph: Graph) -> AsyncIterator[Account]:
    async for page in graph.pages(f"{business}/phone_numbers", query={"fields": "id,display_phone_number,verified_name"}):
        listed = page.get("data")
        for raw in listed if isinstance(listed, list) else []:
            number = salvage(raw, into=Number)
            if number.id:
                yield account_of(number, business=business)


def account_of(number: Number, *, business: str) -> Account:
    """A number as an account of ours."""
    shown = number.display_phone_number or ""
    told = {"display_phone_number": shown, "business_account": business}
    return Account(
        account=number.id or "", name=number.verified_name or shown, config={name: value for name, value in told.items() if value}
    )
