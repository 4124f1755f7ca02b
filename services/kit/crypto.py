"""Secrets at rest and tokens: the vault for credentials, and how tokens are made, hashed and compared.

Called by services that store platform credentials, sessions or API keys. Never logs, never keeps a plaintext.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER_BYTES = len(_VERSION) + _KEY_ID_BYTES


class SealBrokenError(Exception):
    """The sealed bytes were changed, belong to something else, or were sealed with a key that is no longer here."""


class Vault:
    """Seals with AES-256-GCM under `key`; opens what `key` or one of `previous` sealed. Keys are 32 bytes each.

    Layout: version (1 byte), key id (4), nonce (12, random), ciphertext with its tag (16). Version and key id are
    authenticated together with `bound_to`. Random nonces: stay under 2^32 seals per key (NIST SP 800-38D, 8.3).
    """

    def __init__(self, key: bytes, previous: Sequence[bytes] = ()) -> None:
        self._key_id = _key_id(key)
        self._ciphers = {_key_id(each): AESGCM(_checked(each)) for each in (*previous, key)}

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> bytes:
        """Encrypt; only `open` with the same `bound_to` (such as workspace and channel id) gives it back."""
        header = _VERSION + self._key_id
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + self._ciphers[self._key_id].encrypt(nonce, plaintext, header + bound_to)

    def open(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Decrypt, or raise SealBrokenError without saying which of its reasons it was."""
        header, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        cipher = self._ciphers.get(header[len(_VERSION) :])
        if cipher is None or not header.startswith(_VERSION) or len(rest) < _NONCE_BYTES + _TAG_BYTES:
            raise SealBrokenError
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], header + bound_to)
        except InvalidTag as error:
            raise SealBrokenError from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether `sealed` is under the current key; a rotation reseals what is not."""
        return sealed[:_HEADER_BYTES] == _VERSION + self._key_id


def new_token(prefix: str = "") -> str:
    """A token of 256 random bits in base64url after `prefix` (such as "rk_"); shown once, stored hashed."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """SHA-256 of a token. Enough because tokens are random; passwords need argon2id instead."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def equal(a: bytes | str, b: bytes | str) -> bool:
    """Whether two secrets are the same, in a time that does not depend on where they differ. Takes any text."""
    return hmac.compare_digest(_bytes(a), _bytes(b))


def _bytes(value: bytes | str) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"rapport.vault.key-id" + key).digest()[:_KEY_ID_BYTES]


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        message = f"a vault key has {KEY_BYTES} bytes, this one has {len(key)}"
        raise ValueError(message)
    return key
