"""Typed values and the hash by which one is looked up. Pure."""

import hashlib

from services.identity.matching.normalising.emails import comparable_email

EMAIL = "email"
PHONE = "phone"


def value_key(kind: str, value: str) -> bytes:
    """What a normalised value is indexed by: of fixed length, whatever was sent, and one for all spellings of a mailbox."""
    told = comparable_email(value) if kind == EMAIL and "@" in value else value
    return hashlib.sha256(f"{kind}:{told}".encode()).digest()
