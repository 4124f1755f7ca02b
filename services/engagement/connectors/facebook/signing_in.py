"""Connecting a Page by Facebook Login: the dialog, the code, a token that lasts, the Pages to pick from. Called by the connector.

Vendor's pages: https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
.../docs/facebook-login/guides/access-tokens/get-long-lived, .../docs/graph-api/reference/user/accounts.
"""

import secrets as random
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from services.engagement.connectors.facebook.attachments import listed
from services.engagement.families.meta import GRAPH_HOST, GRAPH_VERSION, Graph
from services.engagement.protocol import Account, Authorization, Granted, Net, RejectedError, salvage

SCOPES = (
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "pages_read_user_content",
    "pages_manage_engagement",
)
# What the webhook is asked for. Each is granted only where the app has the permission that it belongs to.
FIELDS = (
    "messages",
    "message_echoes",
    "message_edits",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "messaging_postbacks",
    "messaging_optins",
    "messaging_referrals",
    "messaging_feedback",
    "feed",
    "mention",
    "ratings",
)
_DIALOG = f"https://www.facebook.com/{GRAPH_VERSION}/dialog/oauth"


class _Token(msgspec.Struct):
    access_token: str | None = None


class _Page(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    access_token: str | None = None


def dialog(*, app: Mapping[str, str], state: str, redirect_url: str) -> Authorization:
    """Where the owner of the Pages agrees."""
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": redirect_url,
        "state": state,
        "response_type": "code",
        "scope": ",".join(SCOPES),
    }
    return Authorization(url=f"{_DIALOG}?{urlencode(asked)}")


async def exchange(*, app: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net) -> Granted:
    """The Pages of whoever agreed, each with a token of its own that lasts until it is withdrawn."""
    code = query.get("code", "")
    if not code:
        raise RejectedError(query.get("error_description") or query.get("error") or "Facebook gave no code")
    nobody = Graph(net=net, token="", host=GRAPH_HOST)
    us = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    short = await _token(nobody, {**us, "redirect_uri": redirect_url, "code": code})
    lasting = await _token(nobody, {**us, "grant_type": "fb_exchange_token", "fb_exchange_token": short})
    person = Graph(net=net, token=lasting, app_secret=app["client_secret"])
    pages = [
        salvage(each, into=_Page)
        async for answer in person.pages("me/accounts", query={"fields": "id,name,access_token", "limit": "100"}, most=20)
        for each in listed(answer)
    ]
    accounts = tuple(_account(page, app=app) for page in pages if page.id and page.access_token)
    if not accounts:
        raise RejectedError("no Page was picked: sign in again and choose at least one, with all permissions")
    # The app's webhook is pointed here by a call of ours, which tells Meta the word that it will name.
    return Granted(credentials={"signing_secret": app["client_secret"], "verify_token": random.token_urlsafe(24)}, accounts=accounts)


def _account(page: _Page, *, app: Mapping[str, str]) -> Account:
    config = {"page_name": page.name or "", "app_id": app["client_id"]}
    return Account(account=page.id or "", name=page.name or "", config=config, credentials={"token": page.access_token or ""})


async def _token(graph: Graph, query: Mapping[str, str]) -> str:
    """Asking twice does no harm, but a code counts once: what fails is told as it is."""
    told = salvage(await graph.call("GET", "oauth/access_token", query=query), into=_Token).access_token
    if not told:
        raise RejectedError("Facebook gave no access token")
    return told
