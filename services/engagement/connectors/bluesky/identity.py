"""Whose account a handle or DID is, which server keeps it, and who lets in there. Called by signing_in; I/O by the injected network.

Each step is believed only where the other side says the same: a handle where its DID document names it, a server where it names itself.
Sources: https://atproto.com/specs/handle, /specs/did, /specs/oauth#identity-authentication; RFC 8414, RFC 9728.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from services.engagement.connectors.bluesky.answers import Resolved
from services.engagement.connectors.bluesky.sessions import DEFAULT_SERVICE, home_in
from services.engagement.protocol import (
    InDoubtError,
    Net,
    NetAnswer,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    read_json,
    retry_after_seconds,
    salvage,
)

DIRECTORY = "https://plc.directory"
_TIMEOUT_SECONDS = 5.0
_LONGEST_BYTES = 262_144
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_PLC = re.compile(r"did:plc:[a-z2-7]{24}")
_WEB = re.compile(rf"did:web:((?:{_LABEL}\.)+{_LABEL})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An account: its DID, the handle that is proven ("" for none), and the server that keeps it."""

    did: str
    handle: str
    home: str


class Entrance(msgspec.Struct, kw_only=True):
    """An authorization server, as it describes itself."""

    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    pushed_authorization_request_endpoint: str = ""


class _Resource(msgspec.Struct):
    authorization_servers: list[str] = []


async def identity_of(name: str, *, service: str, net: Net) -> Identity:
    """The account of a handle or DID. Raises `RejectedError` where there is none, `NotSentError` where nobody answers."""
    name = name.strip().removeprefix("@").lower()
    given = "" if name.startswith("did:") else name
    if given and not _HANDLE.fullmatch(given):
        raise RejectedError("signing in needs the account's handle, such as acme.bsky.social, or its DID")
    did = await _did_of(given, service=service, net=net) if given else name
    document = await _json(_document_of(did), net=net)
    names = document.get("alsoKnownAs")
    known = [each.removeprefix("at://").lower() for each in names if isinstance(each, str)] if isinstance(names, list) else []
    home = home_in(document)
    if document.get("id") != did or home is None:
        raise RejectedError(f"the DID document of {did} names no server that keeps the account")
    if given and given not in known:
        raise RejectedError(f"{given} leads to {did}, which does not name it")
    return Identity(did=did, handle=given or next(iter(known), ""), home=home)


async def entrance_of(home: str, *, net: Net) -> Entrance:
    """The authorization server of an account's server. Raises `RejectedError` where it describes itself as another."""
    listed = salvage(await _json(f"{home}/.well-known/oauth-protected-resource", net=net), into=_Resource).authorization_servers
    issuer = next(iter(listed), "").rstrip("/")
    if not issuer.startswith("https://"):
        raise RejectedError("the account's server names nobody who lets in by OAuth: take an app password")
    found = salvage(await _json(f"{issuer}/.well-known/oauth-authorization-server", net=net), into=Entrance)
    places = (found.authorization_endpoint, found.token_endpoint, found.pushed_authorization_request_endpoint)
    if found.issuer.rstrip("/") != issuer or not all(each.startswith("https://") for each in places):
        raise RejectedError("the authorization server does not describe itself as what it was named")
    return found


def refusal_of(answer: NetAnswer) -> NotSentError:
    """What an answer that is no success means, in the server's words."""
    try:
        said = read_json(answer.body)
    except NotJsonError:
        said = None
    told = [str(said[name]) for name in ("error", "error_description", "message") if said.get(name)] if isinstance(said, dict) else []
    reason = ": ".join(told)[:300] or f"the server answered {answer.status}"
    if answer.status == 429:
        return RateLimitedError(reason, retry_after_seconds=retry_after_seconds(answer.headers, now=None, otherwise=60.0))
    return NotSentError(reason) if answer.status >= 500 else RejectedError(reason)


async def _did_of(handle: str, *, service: str, net: Net) -> str:
    """By the account's own server or Bluesky's, which ask DNS too; else by the handle's own site."""
    asked = await _get(f"{service or DEFAULT_SERVICE}/xrpc/com.atproto.identity.resolveHandle?handle={quote(handle)}", net=net)
    if asked.status == 200:
        did = salvage(_read(asked), into=Resolved).did
    else:
        own = await _get(f"https://{handle}/.well-known/atproto-did", net=net)
        did = own.body.decode("ascii", "replace").strip() if own.status == 200 else None
    if not did:
        raise RejectedError(f"nobody has the handle {handle}")
    return did


def _document_of(did: str) -> str:
    if _PLC.fullmatch(did):
        return f"{DIRECTORY}/{did}"
    if web := _WEB.fullmatch(did):
        return f"https://{web.group(1)}/.well-known/did.json"
    raise RejectedError("that is no DID that accounts have")


async def _json(url: str, *, net: Net) -> dict[str, object]:
    answer = await _get(url, net=net)
    if answer.status != 200:
        raise refusal_of(answer)
    return _read(answer)


def _read(answer: NetAnswer) -> dict[str, object]:
    try:
        said = read_json(answer.body)
    except NotJsonError as error:
        raise RejectedError("what answered is not the AT Protocol") from error
    if not isinstance(said, dict):
        raise RejectedError("what answered is not the AT Protocol")
    return said


async def _get(url: str, *, net: Net) -> NetAnswer:
    """A question, which changes nothing."""
    try:
        return await net.request("GET", url, timeout_seconds=_TIMEOUT_SECONDS, max_bytes=_LONGEST_BYTES)
    except InDoubtError as error:
        raise NotSentError(error.reason) from error
