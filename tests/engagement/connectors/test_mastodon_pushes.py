"""Who sent a push: the server's own key, for our address, in time; and what a listened channel makes of a push."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from services.engagement.connectors import connectors
from services.engagement.connectors.mastodon.vapid import check_sender
from services.engagement.protocol import ChannelFacts, Delivery, Request, Secrets, SignatureRefusedError
from tests.engagement.connectors.case_files import cases

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
SERVER, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")


def point(key: ECKey) -> str:
    raw = key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode()


def token(*, key: ECKey = SERVER, audience: str = "https://rapport.example", ends: timedelta = timedelta(hours=12)) -> str:
    claims = {"aud": audience, "exp": int((NOW + ends).timestamp()), "sub": "mailto:admin@social.lumen.example"}
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, key)


def pushed(headers: dict[str, str]) -> Request:
    listed = {name: [value] for name, value in headers.items()}
    return Request(url="https://rapport.example/webhooks/abc", headers=listed)


def standard(said: str, *, key: ECKey = SERVER) -> Request:
    return pushed({"authorization": f"vapid t={said},k={point(key).rstrip('=')}"})


KNOWN = Secrets(current="x", config={"vapid_key": point(SERVER)})


@pytest.mark.parametrize("secrets", [KNOWN, Secrets(current="x")], ids=["key known", "key not known"])
def test_the_server_is_believed_in_both_forms(secrets: Secrets) -> None:
    check_sender(standard(token()), secrets=secrets, now=NOW)
    draft = {"authorization": f"WebPush {token()}", "crypto-key": f"dh=abc;p256ecdsa={point(SERVER)}"}
    check_sender(pushed(draft), secrets=secrets, now=NOW)


def test_without_a_token_opening_is_proof_where_no_key_is_known() -> None:
    check_sender(pushed({}), secrets=Secrets(current="x"), now=NOW)
    with pytest.raises(SignatureRefusedError):
        check_sender(pushed({}), secrets=KNOWN, now=NOW)


@pytest.mark.parametrize(
    "request_",
    [
        standard(token(key=OTHER), key=OTHER),
        standard(token(key=OTHER)),
        standard(token(audience="https://elsewhere.example")),
        standard(token(ends=timedelta(minutes=-6))),
        standard(token(ends=timedelta(hours=25))),
        standard("a.b.c"),
        standard("x" * 5_000),
        pushed({"authorization": f"vapid t={token()},k=\u00e9"}),
        pushed({"authorization": f"WebPush {token()}"}),
        standard(jwt.encode({"alg": "ES256"}, {"aud": "https://rapport.example", "exp": 10**30}, SERVER)),
        standard(jwt.encode({"alg": "ES256"}, {"aud": ["https://rapport.example"]}, SERVER)),
    ],
    ids=["other server", "other signature", "other address", "over", "too long", "no token", "long", "no key", "no point", "far", "bare"],
)
def test_anybody_else_is_refused(request_: Request) -> None:
    with pytest.raises(SignatureRefusedError):
        check_sender(request_, secrets=KNOWN, now=NOW)


def test_a_push_to_a_listened_channel_makes_its_listener_look() -> None:
    case: Any = next(each for each in cases() if each.title == "mastodon/push_encrypted_draft")
    connector, request = connectors()["mastodon"], case.request()
    connector.verify(request, secrets=case.secrets(), now=NOW)
    (item,) = connector.split(request, secrets=case.secrets())
    facts = ChannelFacts(platform="mastodon", account="110001")
    parsed = connector.parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=NOW))
    assert (parsed.events, parsed.look) == ((), True)
