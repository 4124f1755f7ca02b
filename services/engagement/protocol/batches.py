"""Deliveries of platforms whose form is ours: one entry, or a list of them under a name. Called by the connectors that take them; pure."""

import hashlib

import msgspec

from services.engagement.protocol.deliveries import MalformedDeliveryError, RawItem
from services.engagement.protocol.lenient import NotJsonError, clean_json, read_json

LONGEST_KEY_CHARS = 300


def split_batch(body: bytes, *, name: str, most: int) -> list[RawItem]:
    """The body as one item, or those of its list `name`, each kept exactly as it came; what is no entry hurts no other.

    Raises MalformedDeliveryError for what is no JSON object, and for a list that is none or has more than `most` entries.
    """
    body = clean_json(body)
    try:
        top = read_json(body)
    except NotJsonError as error:
        raise MalformedDeliveryError(f"the body is not JSON: {error}") from error
    if not isinstance(top, dict):
        raise MalformedDeliveryError(f'the body is no object: send one of the {name}, or {{"{name}": [...]}}')
    if name not in top:
        return [RawItem(key=key_of(top, body=body), body=body)]
    entries = top[name]
    if not isinstance(entries, list):
        raise MalformedDeliveryError(f"`{name}` is not a list")
    if len(entries) > most:
        raise MalformedDeliveryError(f"{len(entries)} {name} at once, {most} are allowed")
    listed = msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name]
    exact = [bytes(raw) for raw in msgspec.json.decode(listed, type=list[msgspec.Raw])]
    return [RawItem(key=key_of(entry, body=raw), body=raw) for entry, raw in zip(entries, exact, strict=True)]


def key_of(entry: object, *, body: bytes) -> str:
    """The sender's id of an entry; a hash where there is none that can be one."""
    number = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(number, str) and 0 < len(number) <= LONGEST_KEY_CHARS:
        return number
    return hashlib.sha256(body).hexdigest()
