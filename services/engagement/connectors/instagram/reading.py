"""What one event means, whichever envelope it came in, and the key that it has everywhere. Called by the connector; pure."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import msgspec

from services.contracts.vocabulary import Source
from services.engagement.connectors.instagram.comments import CHANGES
from services.engagement.connectors.instagram.envelopes import Sort, Unit
from services.engagement.connectors.instagram.messages import IGNORED, READERS, read_messaging
from services.engagement.connectors.instagram.objects import read_object
from services.engagement.connectors.instagram.payloads import MessageEdit, Messaging, Reaction
from services.engagement.connectors.instagram.people import Setting, moment
from services.engagement.protocol import ChannelFacts, NotJsonError, Parsed, clean_json, read_json, read_payload

_MESSAGING_FIELDS = frozenset(
    {
        "messages",
        "message_echoes",
        "message_reactions",
        "message_edit",
        "message_edits",
        "message_deliveries",
        "message_reads",
        "messaging_handovers",
        "messaging_handover",
        "messaging_optins",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_referrals",
        "messaging_seen",
        "response_feedback",
        "standby",
    }
)
_LONGEST_KEY = 300


def read_unit(unit: Unit, *, channel: ChannelFacts, received_at: datetime) -> Parsed:
    """What one event means."""
    if unit.sort is Sort.NOTHING:
        return Parsed(ignored=unit.reason)
    if unit.sort is Sort.STRANGE:
        return Parsed(unknown=unit.reason)
    setting = Setting(
        channel=channel,
        account=unit.account,
        at=moment(unit.time, otherwise=received_at),
        digest=_digest_of(unit.raw),
        source=Source.BACKFILL if unit.backfill else Source.LIVE,
        standby=unit.sort is Sort.STANDBY,
    )
    if unit.sort in {Sort.MESSAGING, Sort.STANDBY}:
        return _messaging(unit.raw, setting=setting)
    if unit.sort is Sort.CHANGE:
        return _change(unit.raw, setting=setting)
    told = read_json(unit.raw)
    return read_object(told, setting=setting) if isinstance(told, dict) else Parsed(unknown="no object")


def key_of(unit: Unit, parsed: Parsed) -> str:
    """The same for an event however and whenever it comes: its kind and id; a hash of what has no id."""
    if not parsed.events:
        return _digest_of(unit.raw)
    key = "+".join(f"{event.kind.value}:{event.id}" for event in parsed.events)
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _digest_of(raw: bytes) -> str:
    """Of what it says, however it is written."""
    with suppress(RecursionError):
        raw = msgspec.json.encode(msgspec.json.decode(raw), order="sorted")
    return hashlib.sha256(raw).hexdigest()


def together(read: list[Parsed]) -> Parsed:
    """Several events in one: all of them, or what the first without any says."""
    events = tuple(event for parsed in read for event in parsed.events)
    if events:
        return Parsed(events=events)
    return read[0] if read else Parsed(ignored="a change without content")


def _messaging(raw: bytes, *, setting: Setting) -> Parsed:
    return read_messaging(read_payload(raw, into=Messaging), names=_names(raw), setting=setting)


def _change(raw: bytes, *, setting: Setting) -> Parsed:
    """A change; its value may be a list, a message event, or what belongs to the field."""
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    told = msgspec.json.decode(fields.get("field", msgspec.Raw(b"null")))
    name = told if isinstance(told, str) else ""
    value = bytes(fields.get("value", msgspec.Raw(b"null"))).lstrip()
    if value[:1] == b'"':
        value = _inside(value)
    if value[:1] == b"[":
        return together([_value(name, bytes(each), setting=setting) for each in msgspec.json.decode(value, type=list[msgspec.Raw])])
    return _value(name, value, setting=setting)


def _inside(value: bytes) -> bytes:
    """JSON inside JSON; what it was where it is none."""
    told = clean_json(msgspec.json.decode(value, type=str).encode("utf-8", "replace")).strip()
    try:
        read_json(told)
    except NotJsonError:
        return value
    return told


def _value(name: str, value: bytes, *, setting: Setting) -> Parsed:
    if value[:1] != b"{":
        return Parsed(ignored=f"a change of {name[:100] or 'no field'} without content")
    names = _names(value)
    setting = replace(setting, standby=setting.standby or name == "standby")
    if name in _MESSAGING_FIELDS or ("sender" in names and "recipient" in names):
        return _messaging_value(name, value, names=names, setting=setting)
    read = CHANGES.get(name)
    if read is not None:
        return read(value, setting=setting)
    told = read_json(value)
    if not name and isinstance(told, dict):
        return read_object(told, setting=setting)
    return Parsed(unknown=f"a change of {name[:100] or 'no field'}")


def _messaging_value(name: str, value: bytes, *, names: frozenset[str], setting: Setting) -> Parsed:
    """What is usually an element of `messaging`; edits and reactions may come without their frame."""
    if "mid" in names and "message_edit" not in names and (name in {"message_edit", "message_edits"} or "num_edit" in names):
        edit = read_payload(value, into=MessageEdit)
        told = Messaging(sender=edit.sender or edit.from_, recipient=edit.recipient, timestamp=edit.timestamp, message_edit=edit)
        return read_messaging(told, names=frozenset({"message_edit"}), setting=setting)
    if "mid" in names and name == "message_reactions" and not isinstance(read_payload(value, into=Messaging).reaction, Reaction):
        reaction = read_payload(value, into=Reaction)
        who = reaction.sender or reaction.from_
        told = Messaging(sender=who, recipient=reaction.recipient, timestamp=reaction.timestamp, reaction=reaction)
        return read_messaging(told, names=frozenset({"reaction"}), setting=setting)
    if name == "messaging_handover" and not names & READERS.keys() and not names & IGNORED.keys():
        return Parsed(ignored=IGNORED["pass_thread_control"])
    return _messaging(value, setting=setting)


def _names(raw: bytes) -> frozenset[str]:
    """The fields that hold something."""
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return frozenset(name for name, value in fields.items() if bytes(value) != b"null")
