"""Web pushes: opened with the channel's secret, which nobody but the server was given, so that what opens is proven. Pure.

Called by the connector's verify and split. Sources: RFC 8291 and RFC 8188 (aes128gcm), draft-ietf-webpush-encryption-04 (aesgcm,
which servers send unless asked for the standard); https://docs.joinmastodon.org/methods/push/.
"""

import base64
import binascii
import secrets as random
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.engagement.protocol import NotJsonError, RejectedError, Request, read_json

_CURVE = ec.SECP256R1()
_PRIVATE_BYTES, _AUTH_BYTES, _SALT_BYTES = 32, 16, 16
_HEADER_BYTES = 21
_LAST_RECORD = 2
ENCODINGS = ("aesgcm", "aes128gcm")


@dataclass(frozen=True, slots=True)
class PushKey:
    """The private key and the shared secret of a subscription."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def public(self) -> bytes:
        """What the server was given as `p256dh`."""
        return _point(self.private.public_key())

    def shared(self, other: bytes) -> bytes:
        """The secret that both ends compute. Raises ValueError for what is no point of the curve."""
        return self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, other))


def new_secret() -> str:
    """A private key and a shared secret, as one text: `<32 bytes>.<16 bytes>`, each in base64url."""
    number = ec.generate_private_key(_CURVE).private_numbers().private_value
    return f"{_text(number.to_bytes(_PRIVATE_BYTES))}.{_text(random.token_bytes(_AUTH_BYTES))}"


def public_parts(secret: str) -> tuple[str, str]:
    """What a server is told of a secret: `p256dh` and `auth`, each in base64url. Raises `RejectedError` for one of another form."""
    try:
        key = _key(secret)
    except (ValueError, binascii.Error) as error:
        raise RejectedError("the channel's signing secret opens no pushes: rotate it") from error
    return _text(key.public), _text(key.auth)


def encoding_of(request: Request) -> str | None:
    """How a request is encrypted; None where it is not."""
    named = (request.header("content-encoding") or "").strip().lower()
    return named if named in ENCODINGS else None


def opened_push(request: Request, *, secrets: Iterable[str]) -> bytes | None:
    """What the push says, by the first secret that opens it; each is tried, so that time tells nothing. Without its access token."""
    plain = [_opened(request, secret=secret) for secret in secrets]
    return next((_without_token(each) for each in plain if each is not None), None)


def _opened(request: Request, *, secret: str) -> bytes | None:
    try:
        key = _key(secret)
        return _standard(request.body, key=key) if encoding_of(request) == "aes128gcm" else _draft(request, key=key)
    except (ValueError, InvalidTag, binascii.Error):
        return None


def _standard(body: bytes, *, key: PushKey) -> bytes:
    """RFC 8291: the header is in the body, and one record holds it all."""
    salt, length = body[:_SALT_BYTES], body[20:_HEADER_BYTES]
    sender = body[_HEADER_BYTES : _HEADER_BYTES + int.from_bytes(length)]
    sealed = body[_HEADER_BYTES + len(sender) :]
    material = _derive(key.shared(sender), salt=key.auth, info=b"WebPush: info\x00" + key.public + sender, length=32)
    plain = _decrypt(material, salt=salt, encoding=b"aes128gcm", context=b"", sealed=sealed).rstrip(b"\x00")
    if not plain or plain[-1] != _LAST_RECORD:
        raise ValueError("the record is not the last")
    return plain[:-1]


def _draft(request: Request, *, key: PushKey) -> bytes:
    """The draft: salt and key are in headers, and padding stands before the text."""
    sender, salt = _parameter(request, "crypto-key", name="dh"), _parameter(request, "encryption", name="salt")
    material = _derive(key.shared(sender), salt=key.auth, info=b"Content-Encoding: auth\x00", length=32)
    context = b"\x00P-256\x00" + b"".join(len(each).to_bytes(2) + each for each in (key.public, sender))
    plain = _decrypt(material, salt=salt, encoding=b"aesgcm", context=context, sealed=request.body)
    return plain[2 + int.from_bytes(plain[:2]) :]


def _decrypt(material: bytes, *, salt: bytes, encoding: bytes, context: bytes, sealed: bytes) -> bytes:
    key = _derive(material, salt=salt, info=b"Content-Encoding: " + encoding + (context or b"\x00"), length=16)
    nonce = _derive(material, salt=salt, info=b"Content-Encoding: nonce" + (context or b"\x00"), length=12)
    return AESGCM(key).decrypt(nonce, sealed, None)


def _derive(material: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)


def _key(secret: str) -> PushKey:
    """Raises ValueError for a secret of another form."""
    private, _, auth = secret.partition(".")
    number = int.from_bytes(_bytes(private))
    if len(_bytes(auth)) != _AUTH_BYTES:
        raise ValueError("the secret has another form")
    return PushKey(private=ec.derive_private_key(number, _CURVE), auth=_bytes(auth))


def _parameter(request: Request, header: str, *, name: str) -> bytes:
    """A value of `name=value;name=value`, which some senders divide by commas. Raises ValueError where it is missing."""
    parts = (request.header(header) or "").replace(",", ";").split(";")
    pairs = dict(part.strip().partition("=")[::2] for part in parts)
    if not pairs.get(name):
        raise ValueError(f"{header} has no {name}")
    return _bytes(pairs[name].strip('"'))


def _without_token(plain: bytes) -> bytes:
    """The server puts an access token of the account into every push: it is never kept."""
    try:
        said = read_json(plain)
    except NotJsonError:
        return plain
    return msgspec.json.encode({name: value for name, value in said.items() if name != "access_token"}) if isinstance(said, dict) else plain


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
