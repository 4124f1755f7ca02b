"""Signing in by OAuth: to the server that keeps the account, and back with tokens that only our key can use; and their renewal.

Called by the connector; I/O by the injected network. We are known by a document that the house serves (`describe`).
Sources: https://atproto.com/specs/oauth; RFC 9126 (PAR), RFC 7636 (PKCE), RFC 9449 (DPoP), RFC 9207 (iss).
"""

import secrets as random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from services.engagement.connectors.bluesky.identity import entrance_of, identity_of, refusal_of
from services.engagement.connectors.bluesky.proofs import assertion, challenge_of, new_key, proof, public_key
from services.engagement.connectors.bluesky.sessions import GRANT, Grant, grant_in
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    CredentialsExpiredError,
    Granted,
    InDoubtError,
    Net,
    NetAnswer,
    NotJsonError,
    NotSentError,
    RejectedError,
    read_payload,
)
from services.kit.clock import Clock

SCOPES = "atproto transition:generic transition:chat.bsky"
_TIMEOUT_SECONDS = 5.0
_USUAL_LIFE_SECONDS = 300.0
_LONGEST_LIFE_SECONDS = 86_400.0
_VERIFIER_BYTES = 48

Answer = TypeVar("Answer", bound=msgspec.Struct)


class _Pushed(msgspec.Struct):
    request_uri: str | None = None


class _Refused(msgspec.Struct):
    error: str | None = None


class _Tokens(msgspec.Struct):
    access_token: str | None = None
    refresh_token: str | None = None
    token_type: str | None = None
    expires_in: float | None = None
    scope: str = ""
    sub: str | None = None


def describe(*, app: Mapping[str, str], redirect_url: str) -> Mapping[str, object]:
    """Who we are, as an authorization server reads it (https://atproto.com/specs/oauth#client-id-metadata-document)."""
    site = urlsplit(redirect_url)
    return {
        "client_id": app["client_id"],
        "client_name": "Rapport",
        "client_uri": f"{site.scheme}://{site.netloc}",
        "application_type": "web",
        "redirect_uris": [redirect_url],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": SCOPES,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "dpop_bound_access_tokens": True,
        "jwks": {"keys": [public_key(app["client_key"])]},
    }


async def begin(*, app: Mapping[str, str], state: str, redirect_url: str, net: Net, clock: Clock) -> Authorization:
    """Find who lets the account in, tell them what is coming, and send the owner there. Raises the tree of `SendError`."""
    if not app.get("client_id", "").startswith("https://"):
        raise RejectedError("Bluesky reads who we are at PUBLIC_URL, which has to be a public https address")
    whose = await identity_of(app.get("identifier", ""), service=app.get("service", "").rstrip("/"), net=net)
    entrance = await entrance_of(whose.home, net=net)
    key, verifier = new_key(), random.token_urlsafe(_VERIFIER_BYTES)
    form = {
        "response_type": "code",
        "redirect_uri": redirect_url,
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": whose.handle or whose.did,
    }
    told = Grant(key=key, issuer=entrance.issuer, token=entrance.token_endpoint, client_id=app["client_id"])
    answer = await _post(entrance.pushed_authorization_request_endpoint, form, grant=told, app=app, net=net, clock=clock)
    pushed = _read(answer, into=_Pushed).request_uri
    if not pushed:
        raise NotSentError("the authorization server took nothing")
    keep = {
        "did": whose.did,
        "handle": whose.handle,
        "home": whose.home,
        "issuer": entrance.issuer,
        "token": entrance.token_endpoint,
        "key": key,
        "verifier": verifier,
    }
    query = urlencode({"client_id": app["client_id"], "request_uri": pushed})
    mark = "&" if "?" in entrance.authorization_endpoint else "?"
    return Authorization(url=f"{entrance.authorization_endpoint}{mark}{query}", keep=keep)


async def exchange(
    *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net, clock: Clock
) -> Granted:
    """The tokens of the account that signed in, if it is the one that was named. Raises `RejectedError` otherwise."""
    if query.get("error") or not query.get("code"):
        raise RejectedError(query.get("error_description") or query.get("error") or "the server sent no code")
    if query.get("iss", "").rstrip("/") != keep["issuer"].rstrip("/"):
        raise RejectedError("the answer is of another server than the one that was asked")
    grant = Grant(
        key=keep["key"],
        issuer=keep["issuer"],
        token=keep["token"],
        home=keep["home"],
        did=keep["did"],
        handle=keep["handle"],
        client_id=app["client_id"],
    )
    form = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "redirect_uri": redirect_url,
        "code_verifier": keep["verifier"],
    }
    answer = await _post(grant.token, form, grant=grant, app=app, net=net, clock=clock)
    granted, ends_at = _granted(answer, grant=grant, now=clock.now())
    account = Account(
        account=granted.did,
        name=granted.handle or granted.did,
        config={"handle": granted.handle, "identifier": granted.handle or granted.did},
    )
    return Granted(credentials=_stored(granted), expires_at=ends_at, accounts=(account,))


async def refresh(channel: ChannelAccess, *, net: Net, clock: Clock) -> Granted:
    """New tokens for the old ones, whose refresh token counts once. An app password has nothing to renew."""
    if not channel.credentials.get(GRANT):
        return Granted(credentials={})
    grant = grant_in(channel)
    if grant is None or not grant.refresh:
        raise CredentialsExpiredError("what signing in gave cannot be read: sign in again")
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
    try:
        answer = await _post(grant.token, form, grant=grant, app=channel.app, net=net, clock=clock)
        granted, ends_at = _granted(answer, grant=grant, now=clock.now())
    except RejectedError as error:
        raise CredentialsExpiredError(error.reason) from error
    return Granted(credentials=_stored(granted), expires_at=ends_at)


async def _post(url: str, form: Mapping[str, str], *, grant: Grant, app: Mapping[str, str], net: Net, clock: Clock) -> NetAnswer:
    """A call to the authorization server, proven by both keys; once more with the nonce that it asks for.

    Only at the server itself: what tells it who we are would tell it so from anybody else's hands, too.
    """
    if urlsplit(url)[:2] != urlsplit(grant.issuer)[:2]:
        raise RejectedError("the server takes sign-ins at another host than its own")
    nonce = ""
    while True:
        try:
            now = clock.now()
            said = {**form, **assertion(app.get("client_key", ""), client_id=grant.client_id, issuer=grant.issuer, now=now)}
            shown = proof(grant.key, method="POST", url=url, now=now, nonce=nonce)
        except ValueError as error:
            raise CredentialsExpiredError("what signing in gave cannot be read: sign in again") from error
        try:
            answer = await net.request("POST", url, data=said, headers={"dpop": shown}, timeout_seconds=_TIMEOUT_SECONDS)
        except InDoubtError as error:
            raise NotSentError(error.reason) from error
        asked = answer.headers.get("dpop-nonce", "") if answer.status in {400, 401} else ""
        if nonce or not asked or _read(answer, into=_Refused).error != "use_dpop_nonce":
            break
        nonce = asked
    if answer.status >= 300:
        raise refusal_of(answer)
    return answer


def _granted(answer: NetAnswer, *, grant: Grant, now: datetime) -> tuple[Grant, datetime]:
    told = _read(answer, into=_Tokens)
    if not told.access_token or (told.token_type or "").lower() != "dpop":
        raise RejectedError("the server granted no token")
    if told.sub != grant.did:
        raise RejectedError("another account signed in than the one that was named")
    if "atproto" not in told.scope.split():
        raise RejectedError("the server granted other rights than were asked for")
    lives = min(max(told.expires_in or _USUAL_LIFE_SECONDS, 1.0), _LONGEST_LIFE_SECONDS)
    ends_at = now + timedelta(seconds=lives)
    refresh_token = told.refresh_token or grant.refresh
    return msgspec.structs.replace(grant, access=told.access_token, refresh=refresh_token, ends_at=ends_at.timestamp()), ends_at


def _stored(grant: Grant) -> dict[str, str]:
    return {GRANT: msgspec.json.encode(grant).decode()}


def _read(answer: NetAnswer, *, into: type[Answer]) -> Answer:
    try:
        return read_payload(answer.body, into=into)
    except NotJsonError as error:
        raise NotSentError("what answered is no authorization server") from error
