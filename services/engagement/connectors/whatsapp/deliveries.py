"""What lies in a body: one unit for each thing that happened, with what stands around it. Called by the connector; pure.

A body is a delivery of Meta's, a part of one (an entry, a change, a value, a message), what a provider passes on without the envelope, what
the on-premises API sent, or an answer of the API. Vendor's page: .../whatsapp/webhooks/overview.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from services.engagement.connectors.whatsapp.payloads import Metadata, read
from services.engagement.protocol import NotJsonError, RawItem, read_json

Plain = Mapping[str, object]

OBJECT = "whatsapp_business_account"
HISTORY = "history"
ASIDE = "aside"
# Most telling first: what a value holds besides is read from there.
LISTS = (
    "messages",
    "statuses",
    "message_echoes",
    HISTORY,
    "calls",
    "groups",
    "user_preferences",
    "user_id_update",
    "user_actions",
    "state_sync",
    "automatic_events",
)
_WRAPPERS = (
    *("data", "sample", "body", "body_params", "payload", "event", "rawEvent", "webhook", "value", "request", "detail"),
    *("message", "Message", "Records", "whatsAppWebhookEntry"),
)
_CONTENT = frozenset(
    {
        "text",
        "image",
        "video",
        "audio",
        "voice",
        "document",
        "sticker",
        "location",
        "contacts",
        "button",
        "interactive",
        "order",
        "reaction",
        "system",
        "unsupported",
        "errors",
        "edit",
        "revoke",
    }
)
_DEPTH = 10
_LONGEST_ID_CHARS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One thing. `name` is the list in which it lay ("": a value of no list that is read), `item` the thing itself.

    `topic` is what Meta calls the field of a change, "" where the body has none; `around` the value without its lists; `thread` and
    `chunk` the chat and the part of the past in which a message lay.
    """

    topic: str
    name: str
    item: Plain
    around: Plain = field(default_factory=dict)
    chunk: Plain = field(default_factory=dict)
    thread: Plain | None = None
    entry: Plain = field(default_factory=dict)

    @property
    def metadata(self) -> Metadata:
        """Which number of ours it is about."""
        return read(self.around.get("metadata"), into=Metadata)


def units_in(top: object, *, depth: int = _DEPTH) -> list[Unit] | None:
    """Every unit of a body in its order; [] where it tells nothing, None where it is nothing of WhatsApp's."""
    if depth == 0:
        return None
    if isinstance(top, str):
        return _inside(top, depth=depth)
    if isinstance(top, list):
        found = [units for item in top if (units := units_in(item, depth=depth - 1)) is not None]
        return [unit for units in found for unit in units] if found else None
    if not isinstance(top, dict):
        return None
    return _units_of(top, depth=depth) if top else []


def item_of(unit: Unit, *, body: bytes | None = None) -> RawItem:
    """The journal's item of a unit: `body` where the unit is all of it, else a delivery of its own that holds this one thing."""
    return RawItem(key=key_of(unit), body=body or body_of(unit), account=unit.metadata.phone_number_id or None)


def key_of(unit: Unit) -> str:
    """The platform's id of the thing, the same in every redelivery; a hash of it where it has none."""
    named = [unit.item.get(name) for name in ("id", *_DISTINGUISHING.get(unit.name, ()))]
    parts = [str(each) for each in named if isinstance(each, str | int) and not isinstance(each, bool) and each != ""]
    kind = f"{HISTORY}:{unit.name}" if unit.topic == HISTORY and unit.name != HISTORY else unit.name
    key = ":".join([kind, *parts])
    if unit.name in _DISTINGUISHING and isinstance(named[0], str | int) and named[0] != "" and len(key) <= _LONGEST_ID_CHARS:
        return key
    return f"{unit.name or unit.topic or 'value'}:{digest_of(unit)}"[:_LONGEST_ID_CHARS]


def digest_of(unit: Unit) -> str:
    """A hash of the thing, however it was written."""
    told = msgspec.json.encode([unit.topic, unit.name, unit.item], order="sorted")
    return hashlib.sha256(told).hexdigest()


# What tells two things apart that are about the same id: a message is sent, delivered and read, by each of a group.
_DISTINGUISHING = {
    "messages": (),
    "message_echoes": (),
    HISTORY: (),
    "statuses": ("status", "type", "recipient_participant_id", "recipient_participant_user_id"),
    "calls": ("event", "status"),
}


def body_of(unit: Unit) -> bytes:
    """A delivery of this one thing."""
    value: Plain = {**unit.around, unit.name: [unit.item]} if unit.name else unit.item
    if unit.name == HISTORY and unit.thread is not None:
        value = {**unit.around, HISTORY: [{**unit.chunk, "threads": [{**unit.thread, "messages": [unit.item]}]}]}
    if unit.name == ASIDE:
        return msgspec.json.encode(unit.item)
    change = {**({"field": unit.topic} if unit.topic else {}), "value": value}
    return msgspec.json.encode({"object": OBJECT, "entry": [{**unit.entry, "changes": [change]}]})


def _inside(text: str, *, depth: int) -> list[Unit] | None:
    """JSON inside JSON."""
    try:
        return units_in(read_json(text.encode("utf-8", "replace")), depth=depth - 1)
    except NotJsonError:
        return None


def _units_of(top: Plain, *, depth: int) -> list[Unit] | None:
    enclosed = _enclosed(top)
    if enclosed is not None:
        return list(enclosed)
    if _is_message(top):
        return [Unit(topic="", name="messages", item=top)]
    if _is_status(top):
        return [Unit(topic="", name="statuses", item=top)]
    wrapped = _wrapped(top, depth=depth)
    return _aside(top) if wrapped is None else wrapped


def _enclosed(top: Plain) -> Iterator[Unit] | None:
    """What lies in Meta's envelope, or in any layer of it; None where there is none, or it is another product's."""
    about, entries = top.get("object"), top.get("entry")
    if isinstance(about, str) and "whatsapp" not in about.lower():
        reason = f"a delivery about {about[:50]}, not about WhatsApp"
        return iter([Unit(topic="", name=ASIDE, item=top, around={"reason": reason})]) if entries is not None else None
    if isinstance(entries, list | dict):
        return (unit for entry in _objects(entries) for unit in _units_of_entry(entry))
    if isinstance(top.get("changes"), list):
        return _units_of_entry(top)
    if isinstance(top.get("field"), str) and isinstance(top.get("value"), dict | str | list):
        return _units_of_change(top, entry={})
    return _units_of_value(top, topic="", entry={}) if _is_value(top) else None


def _wrapped(top: Plain, *, depth: int) -> list[Unit] | None:
    """A provider's envelope around Meta's value: the event's name stands for the field."""
    for name in _WRAPPERS:
        inner = top.get(name)
        if isinstance(inner, dict) and _is_value(inner):
            called = top.get("event") or top.get("field")
            return list(_units_of_value(inner, topic=called if isinstance(called, str) else "", entry={}))
        units = units_in(inner, depth=depth - 1) if isinstance(inner, dict | list | str) else None
        if units and not all(unit.name == ASIDE for unit in units):
            return units
    return [] if top.get("object") == OBJECT else None


def _units_of_entry(entry: Plain) -> Iterator[Unit]:
    head = {name: entry[name] for name in ("id", "time") if name in entry}
    for change in _objects(entry.get("changes", entry if "field" in entry else None)):
        yield from _units_of_change(change, entry=head)


def _units_of_change(change: Plain, *, entry: Plain) -> Iterator[Unit]:
    value, named = change.get("value"), change.get("field")
    if isinstance(value, str):
        try:
            value = read_json(value.encode("utf-8", "replace"))
        except NotJsonError:
            value = {}
    for each in _objects(value if value is not None else {}):
        yield from _units_of_value(each, topic=named if isinstance(named, str) else "", entry=entry)


def _units_of_value(value: Plain, *, topic: str, entry: Plain) -> Iterator[Unit]:
    """The things in the lists of a value, or the value itself where it has none of them."""
    lists = [each for each in LISTS if isinstance(value.get(each), list | dict)]
    around = {each: told for each, told in value.items() if each not in lists}
    for each in lists:
        for item in _objects(value[each]):
            unit = Unit(topic=topic, name=each, item=item, around=around, entry=entry)
            yield from _units_of_chunk(unit) if each == HISTORY else [unit]
    if not lists:
        yield Unit(topic=topic, name="", item=value, around=around, entry=entry)


def _units_of_chunk(unit: Unit) -> Iterator[Unit]:
    """The messages of a part of the past; the part itself where it holds no chats."""
    threads = unit.item.get("threads")
    if not isinstance(threads, list):
        yield unit
        return
    chunk = {name: told for name, told in unit.item.items() if name != "threads"}
    for thread in _objects(threads):
        head = {name: told for name, told in thread.items() if name != "messages"}
        for message in _objects(thread.get("messages")):
            yield Unit(topic=HISTORY, name=HISTORY, item=message, around=unit.around, chunk=chunk, thread=head, entry=unit.entry)


def _objects(told: object) -> list[Plain]:
    items = told if isinstance(told, list) else [told]
    return [item for item in items if isinstance(item, dict)]


def _is_value(top: Plain) -> bool:
    """A value has lists of things, or says which number of ours it is about."""
    listed = any(isinstance(top.get(name), list) for name in LISTS)
    reports = isinstance(top.get("errors"), list) and "id" not in top
    return listed or reports or (isinstance(top.get("metadata"), dict) and "phone_number_id" in str(top["metadata"]))


def _is_message(top: Plain) -> bool:
    speaks = isinstance(top.get("from"), str | int) or isinstance(top.get("from_user_id"), str)
    return speaks and (bool(_CONTENT & top.keys()) or ("id" in top and "type" in top))


def _is_status(top: Plain) -> bool:
    names = top.keys() & {"recipient_id", "recipient_user_id", "biz_opaque_callback_data", "conversation", "pricing"}
    return isinstance(top.get("status"), str) and "id" in top and bool(names or "timestamp" in top)


# By what an answer of the API, or a call of ours, is known: all of the names have to be there.
_ASIDES = (
    (("error",), "an error that the API answered"),
    (("success",), "an answer of the API"),
    (("messaging_product", "to"), "a message of ours on its way to the API"),
    (("messaging_product", "type", "recipient"), "a message of ours on its way to the API"),
    (("messaging_product", "status", "message_id"), "a read mark of ours on its way to the API"),
    (("mime_type", "sha256"), "an answer of the API: a file's address"),
    (("id", "url"), "an answer of the API: a file's address"),
    (("display_phone_number", "verified_name"), "an answer of the API: a number of ours"),
    (("encrypted_flow_data",), "a form asks for its next screen: forms that call us are not served here"),
    (("flow_token", "action"), "a form asks for its next screen: forms that call us are not served here"),
    (("version", "action"), "a form asks for its next screen: forms that call us are not served here"),
    (("data", "paging"), "an answer of the API: a list"),
    (("id", "status", "category"), "an answer of the API: a template"),
    (("meta", "contacts"), "an answer of the on-premises API"),
    (("contacts",), "an answer of the API: who has WhatsApp"),
    (("meta", "users"), "an answer of the on-premises API"),
    (("access_token",), "an answer of the API"),
    (("hub.mode", "hub.challenge"), "a challenge, as it stands in an address"),
)


def _aside(top: Plain) -> list[Unit] | None:
    reason = next((reason for names, reason in _ASIDES if all(name in top for name in names)), None)
    if reason is None and (isinstance(top.get("data"), list) or top.keys() & {"id", "messaging_product", "paging", "components"}):
        reason = "an answer of the API"
    return None if reason is None else [Unit(topic="", name=ASIDE, item=top, around={"reason": reason})]
