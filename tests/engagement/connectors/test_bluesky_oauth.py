"""Signing in at an authorization server that believes nothing: nonces, proofs, assertions, PKCE, tokens that count once."""

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from services.contracts.vocabulary import Kind
from services.engagement.authorizing.clients import Client
from services.engagement.connectors.bluesky.connector import BlueskyConnector
from services.engagement.connectors.bluesky.proofs import new_key, public_key
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    Granted,
    NetAnswer,
    NotSentError,
    OutboundReply,
    RejectedError,
)
from tests.engagement.connectors.scripted import ScriptedNet

DID, HOME, ISSUER = "did:plc:lumen2222222222222222222", "https://pds.lumen.example", "https://entry.lumen.example"
CLIENT = Client("https://rapport.example", b"k" * 32)
APP = {**CLIENT.app("bluesky"), "identifier": "lumen.example"}
REDIRECT = "https://rapport.example/oauth/bluesky"


@dataclass
class MovingClock:
    """A clock that tests move."""

    at: datetime = datetime(2026, 5, 4, 10, tzinfo=UTC)

    def now(self) -> datetime:
        """The time."""
        return self.at


def thumbprint_of(shown: Mapping[str, Any]) -> str:
    return ECKey.import_key(dict(shown)).thumbprint()


def told(said: object, *, status: int = 200, **headers: str) -> NetAnswer:
    return NetAnswer(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=json.dumps(said).encode()
    )


@dataclass
class Network(ScriptedNet):
    """Bluesky's directory, the account's server and its authorization server."""

    clock: MovingClock = field(default_factory=MovingClock)
    nonces: dict[str, str] = field(default_factory=lambda: {ISSUER: "nonce-a", HOME: "nonce-h"})
    pushed: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    access: dict[str, str] = field(default_factory=dict)
    refresh: str = ""
    posts: list[Any] = field(default_factory=list)

    async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
        """Keep protocol.Net."""
        await super().request(method, url, **parts)
        place = urlsplit(url)
        documents: dict[str, object] = {
            "/xrpc/com.atproto.identity.resolveHandle": {"did": DID},
            f"/{DID}": {
                "id": DID,
                "alsoKnownAs": ["at://lumen.example"],
                "service": [{"id": f"{DID}#atproto_pds", "serviceEndpoint": HOME}],
            },
            "/.well-known/oauth-protected-resource": {"authorization_servers": [ISSUER]},
            "/.well-known/oauth-authorization-server": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            },
        }
        if place.path in documents:
            return told(documents[place.path])
        headers, form = parts["headers"], dict(parts.get("data") or {}) if isinstance(parts.get("data"), dict) else {}
        key = self._proven(method, url, headers)
        if key is None:
            return self._ask_for_nonce(url)
        if url.startswith(ISSUER):
            self._who(form)
            return self._let_in(place.path, form, key=key)
        return self._used(url, headers, key=key)

    def _proven(self, method: str, url: str, headers: Mapping[str, str]) -> str | None:
        """The thumbprint of the key that signed; None where the nonce is not ours."""
        head = json.loads(base64.urlsafe_b64decode(headers["dpop"].split(".")[0] + "=="))
        assert (head["typ"], head["alg"], set(head["jwk"])) == ("dpop+jwt", "ES256", {"kty", "crv", "x", "y"})
        claims = jwt.decode(headers["dpop"], ECKey.import_key(head["jwk"]), algorithms=["ES256"]).claims
        assert (claims["htm"], claims["htu"]) == (method, url.partition("?")[0])
        assert claims["iat"] == int(self.clock.now().timestamp())
        self._once(claims["jti"])
        if claims.get("nonce") != self.nonces[f"https://{urlsplit(url).netloc}"]:
            return None
        if authorization := headers.get("authorization"):
            assert claims["ath"] == base64.urlsafe_b64encode(
                hashlib.sha256(authorization.removeprefix("DPoP ").encode()).digest()
            ).decode().rstrip("=")
        return thumbprint_of(head["jwk"])

    def _once(self, number: str) -> None:
        assert number not in self.seen, "a proof came twice"
        self.seen.add(number)

    def _ask_for_nonce(self, url: str) -> NetAnswer:
        at = f"https://{urlsplit(url).netloc}"
        if at == ISSUER:
            return told({"error": "use_dpop_nonce"}, status=400, dpop_nonce=self.nonces[at])
        return told({"error": "use_dpop_nonce"}, status=401, www_authenticate='DPoP error="use_dpop_nonce"', dpop_nonce=self.nonces[at])

    def _who(self, form: Mapping[str, str]) -> None:
        """It reads the document at the client id, as every authorization server does."""
        document: Any = CLIENT.document("bluesky")
        assert form["client_id"] == document["client_id"] == "https://rapport.example/oauth/bluesky.json"
        (shown,) = document["jwks"]["keys"]
        claims = jwt.decode(form["client_assertion"], ECKey.import_key(shown), algorithms=["ES256"]).claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == (form["client_id"], form["client_id"], ISSUER)
        self._once(claims["jti"])

    def _let_in(self, path: str, form: dict[str, str], *, key: str) -> NetAnswer:
        if path == "/par":
            assert (form["scope"], form["redirect_uri"], form["code_challenge_method"]) == (
                "atproto transition:generic transition:chat.bsky",
                REDIRECT,
                "S256",
            )
            self.pushed = {**form, "key": key}
            return told({"request_uri": "urn:request:1"}, status=201)
        if form["grant_type"] == "authorization_code":
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
            good = form["code"] == "code-1" and challenge == self.pushed["code_challenge"] and key == self.pushed["key"]
        else:
            good = form["refresh_token"] == self.refresh
        if not good:
            return told({"error": "invalid_grant", "error_description": "It does not count"}, status=400)
        number = len(self.access) + 1
        self.access[f"access-{number}"], self.refresh = key, f"refresh-{number}"
        said = {"access_token": f"access-{number}", "refresh_token": self.refresh, "token_type": "DPoP", "expires_in": 1800}
        return told({**said, "scope": self.pushed["scope"], "sub": DID}, dpop_nonce=self.nonces[ISSUER])

    def _used(self, url: str, headers: Mapping[str, str], *, key: str) -> NetAnswer:
        token = headers["authorization"].removeprefix("DPoP ")
        if self.access.get(token) != key:
            return told({"error": "invalid_token"}, status=401)
        name = urlsplit(url).path.rpartition("/")[2]
        if name == "com.atproto.repo.putRecord":
            self.posts.append(self.requests[-1]["json"])
            return told({"uri": f"at://{DID}/app.bsky.feed.post/x", "cid": "bafyrei"})
        if name == "com.atproto.server.getSession":
            return told({"did": DID, "handle": "lumen.example"})
        return told({"notifications": [], "logs": [], "records": [], "cursor": "2222222lqaaaa"})


async def signed_in(network: Network) -> Granted:
    """The way there and back."""
    connector = BlueskyConnector(network.clock)
    begun = await connector.begin(app=APP, state="state-1", redirect_url=REDIRECT, net=network)
    assert begun.url == f"{ISSUER}/authorize?client_id=https%3A%2F%2Frapport.example%2Foauth%2Fbluesky.json&request_uri=urn%3Arequest%3A1"
    assert (network.pushed["state"], network.pushed["login_hint"]) == ("state-1", "lumen.example")
    query = {"code": "code-1", "state": "state-1", "iss": ISSUER}
    return await connector.exchange(app=APP, keep=begun.keep, query=query, redirect_url=REDIRECT, net=network)


def channel_of(granted: Granted) -> ChannelAccess:
    (account,) = granted.accounts
    return ChannelAccess(platform="bluesky", account=account.account, config=account.config, credentials=granted.credentials, app=APP)


async def test_an_account_is_connected_and_speaks_with_a_key_of_its_own() -> None:
    network = Network()
    granted = await signed_in(network)
    assert (granted.accounts[0].account, granted.accounts[0].name) == (DID, "lumen.example")
    assert granted.expires_at == network.clock.now() + timedelta(minutes=30)
    channel, connector = channel_of(granted), BlueskyConnector(network.clock)
    assert (await connector.check(channel=channel, net=network)).account == DID
    reply = OutboundReply(id="r1", kind=Kind.POST, attempted_at=network.clock.now(), text="Hello")
    assert (await connector.send(reply, channel=channel, net=network)).external_id is not None
    (post,) = network.posts
    assert (post["repo"], post["record"]["text"]) == (DID, "Hello")
    asked = len(network.requests)
    network.nonces[HOME] = "nonce-later"
    async with aclosing(connector.listen(channel=channel, cursor=None, net=network)) as stream:  # type: ignore[type-var] # a generator
        await anext(stream)
    proofs = [each["headers"]["dpop"] for each in network.requests[asked:]]
    assert len(proofs) == 4, "the first is asked once more, with the new nonce"
    assert not any("Bearer" in str(each["headers"]) for each in network.requests)


async def test_tokens_are_renewed_and_the_old_ones_end() -> None:
    network = Network()
    channel, connector = channel_of(await signed_in(network)), BlueskyConnector(network.clock)
    network.clock.at += timedelta(minutes=25)
    renewed = await connector.refresh(channel=channel, net=network)
    assert renewed.expires_at == network.clock.now() + timedelta(minutes=30)
    with pytest.raises(CredentialsExpiredError):
        await connector.refresh(channel=channel, net=network)
    network.clock.at += timedelta(minutes=10)
    with pytest.raises(NotSentError) as ended:
        await connector.check(channel=channel, net=network)
    assert ended.type is NotSentError, "the house renews it: nobody is troubled"
    fresh = replace(channel, credentials=renewed.credentials)
    assert (await connector.check(channel=fresh, net=network)).account == DID
    assert (await connector.refresh(channel=fresh, net=network)).credentials["oauth"] != renewed.credentials["oauth"]


async def test_no_other_host_is_told_who_we_are_to_a_server() -> None:
    network = Network()
    channel = channel_of(await signed_in(network))
    bent = {**json.loads(channel.credentials["oauth"]), "token": "https://elsewhere.example/token"}
    asked = len(network.requests)
    with pytest.raises(CredentialsExpiredError):
        await BlueskyConnector(network.clock).refresh(channel=replace(channel, credentials={"oauth": json.dumps(bent)}), net=network)
    assert len(network.requests) == asked


async def test_a_token_without_its_key_is_worth_nothing() -> None:
    network = Network()
    channel = channel_of(await signed_in(network))
    stolen = json.loads(channel.credentials["oauth"])
    other = replace(channel, credentials={"oauth": json.dumps({**stolen, "key": new_key()})})
    with pytest.raises(CredentialsExpiredError):
        await BlueskyConnector(network.clock).check(channel=other, net=network)


@pytest.mark.parametrize(
    "kept", ["", "{}", "no JSON", '{"key":"\u00e9","access":"a","refresh":"r","ends_at":4e9,"home":"https://pds.lumen.example"}']
)
async def test_credentials_that_cannot_be_read_want_a_new_sign_in(kept: str) -> None:
    network = Network()
    channel = ChannelAccess(platform="bluesky", account=DID, config={"identifier": "lumen.example"}, credentials={"oauth": kept}, app=APP)
    with pytest.raises(CredentialsExpiredError):
        await BlueskyConnector(network.clock).check(channel=channel, net=network)
    if kept:
        with pytest.raises(CredentialsExpiredError):
            await BlueskyConnector(network.clock).refresh(channel=channel, net=network)


@pytest.mark.parametrize(
    "name", ["", "mail@lumen.example", "lumen", "did:web:127.0.0.1:8080", "did:plc:short", "did:key:z1", "a..example", "x.example/../y"]
)
async def test_what_is_no_account_is_asked_of_nobody(name: str) -> None:
    network = Network()
    with pytest.raises(RejectedError):
        await BlueskyConnector(network.clock).begin(app={**APP, "identifier": name}, state="s", redirect_url=REDIRECT, net=network)
    assert network.requests == []


def test_the_document_says_who_we_are_and_keeps_the_key() -> None:
    document: Any = CLIENT.document("bluesky")
    assert document["redirect_uris"] == [REDIRECT]
    assert document["dpop_bound_access_tokens"] is True
    assert "d" not in document["jwks"]["keys"][0]
    assert document["jwks"]["keys"] == [public_key(APP["client_key"])]
    assert (CLIENT.document("telegram"), CLIENT.document("nothing"), CLIENT.app("mastodon")) == (None, None, {})
    assert parse_qs(urlsplit(document["client_id"]).query) == {}
