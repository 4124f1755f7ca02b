"""Typed values and the hash by which one is looked up. Pure."""

import hashlib

from services.identity.matching.normalising.emails import comparable_email, impersonal_reason

EMAIL = "email"
PHONE = "phone"


def value_key(kind: str, value: str) -> bytes:
    """What a normalised value is indexed by: of fixed length, whatever was sent, and one for all spellings of a mailbox."""
    told = comparable_email(value) if kind == EMAIL and "@" in value else value
    return hashlib.sha256(f"{kind}:{told}".encode()).digest()


def key_hash(kind: str, value: str) -> bytes:
    """What a key of matching is looked up by: 128 bits, so that an index of many millions stays small."""
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()[:16]


def unfit_reason(kind: str, value: str) -> str:
    """Why a value that links nobody does not, as a sentence."""
    if kind == PHONE:
        return "A number typed to get past a form, or blocked here: it joins nobody."
    return impersonal_reason(value) or "Blocked here: it joins nobody."
