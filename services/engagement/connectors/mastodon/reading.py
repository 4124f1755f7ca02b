"""What one stored item means: which of the API's entities it is, and who reads it. Called by the connector's parse; pure.

Vendor's pages: https://docs.joinmastodon.org/methods/streaming/#events, /methods/statuses/#context, /methods/conversations/.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec

from services.contracts.interaction import NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Kind
from services.engagement.connectors.mastodon.chats import message_of, newest_of
from services.engagement.connectors.mastodon.entities import known_as
from services.engagement.connectors.mastodon.notifications import (
    IGNORED,
    READERS,
    read_grouped,
    read_notification,
    read_push,
    together,
)
from services.engagement.connectors.mastodon.payloads import (
    Ancestor,
    Chat,
    ChatMessage,
    Conversation,
    Grouped,
    Notification,
    Push,
    Status,
    Wrapped,
)
from services.engagement.connectors.mastodon.people import author_of, nobody, venue_of
from services.engagement.connectors.mastodon.statuses import Setting, deletion_of, edit_of, event_of, ident, is_ours, read_date
from services.engagement.connectors.mastodon.streams import items_of, payload_of
from services.engagement.connectors.mastodon.wrapping import unwrapped, webhook_in
from services.engagement.protocol import Delivery, NotJsonError, Parsed, read_json, salvage

Entity = Mapping[str, object]
Payload = TypeVar("Payload", bound=msgspec.Struct)

_STREAMED_IGNORED = {
    "filters_changed": "filters of ours were changed",
    "notifications_merged": "filtered notifications were let through",
    "announcement": "an announcement of the server",
    "announcement.reaction": "a reaction to an announcement of the server",
    "announcement.delete": "an announcement of the server was taken back",
    "encrypted_message": "an encrypted message between devices",
    "emoji_reaction": "counts of an emoji under a post",
    "emoji_reacted": "counts of an emoji under a post",
    "pleroma:chat_update": "a chat of ours was read or written in",
    "pleroma:follow_relationships_update": "a follow of ours is under way",
    "pleroma:respond": "an answer of the streaming server",
    "pleroma:authenticate": "an answer of the streaming server",
}
_DEEPEST = 4
_STATUS_SIGNS = frozenset({"visibility", "in_reply_to_id", "in_reply_to_account_id", "favourites_count", "reblogs_count"})


def read_delivery(delivery: Delivery) -> Parsed:
    """The item's meaning; bodies that hold several entities give all their events."""
    setting = Setting(channel=delivery.channel, received_at=delivery.received_at)
    try:
        top = read_json(delivery.body)
    except NotJsonError:
        return _read_text(delivery, setting=setting)
    try:
        return _read(top, setting=setting, depth=0)
    except RecursionError:
        return Parsed(unknown="too deep")


def _read_text(delivery: Delivery, *, setting: Setting) -> Parsed:
    """What is no JSON by itself but was stored all the same: read as split would."""
    try:
        items = items_of(delivery.body)
    except NotJsonError:
        return Parsed(unknown="not JSON")
    read = [_read(read_json(item.body), setting=setting, depth=1) for item in items]
    return together(read) if read else Parsed(ignored="a stream that is kept open")


def _read(top: object, *, setting: Setting, depth: int) -> Parsed:
    if depth > _DEEPEST:
        return Parsed(unknown="too deep")
    top = unwrapped(top)
    if isinstance(top, list):
        return _list(top, setting=setting, depth=depth)
    if not isinstance(top, dict):
        return Parsed(unknown="neither an object nor a list")
    if isinstance(top.get("rapport_thread"), list) and "item" in top:
        above = _typed(top, into=Wrapped).rapport_thread
        return _read(top["item"], setting=replace(setting, above=above), depth=depth + 1)
    return _object(top, setting=setting, depth=depth)


def _list(entries: list[object], *, setting: Setting, depth: int) -> Parsed:
    entities = [each for each in entries if isinstance(each, dict)]
    if not entries:
        return Parsed(ignored="an empty page")
    if not entities:
        return (
            Parsed(ignored="a list of names") if all(isinstance(each, str) for each in entries) else Parsed(unknown="a list of no entities")
        )
    return together([_read(each, setting=setting, depth=depth + 1) for each in entities])


def _object(entity: Entity, *, setting: Setting, depth: int) -> Parsed:
    if "event" in entity and ("payload" in entity or str(entity["event"]) in _STREAMED_IGNORED):
        return _streamed(entity, setting=setting, depth=depth)
    if entity.get("type") in ("subscribe", "unsubscribe") and "stream" in entity:
        return Parsed(ignored="a request to the streaming server")
    if "content_encoding" in entity and len(entity) == 1:
        return Parsed(ignored="an encrypted push: it is read only with the channel's secret")
    reader = next((reader for fits, reader in _FORMS if fits(entity)), None)
    if reader is not None:
        return reader(entity, setting)
    words = webhook_in(entity) or known_as(entity)
    return Parsed(ignored=words) if words else Parsed(unknown="none of the entities of Mastodon's API")


def _streamed(entity: Entity, *, setting: Setting, depth: int) -> Parsed:
    """One event of a stream, by server-sent events or websocket."""
    event, payload = str(entity["event"]), payload_of(entity.get("payload"))
    if event in _STREAMED_IGNORED:
        return Parsed(ignored=_STREAMED_IGNORED[event])
    if event in {"delete", "expire"}:
        key = ident(payload) or (ident(payload.get("id")) if isinstance(payload, dict) else None)
        return Parsed(events=(deletion_of(key, setting=setting),)) if key else Parsed(unknown="a deletion of nothing")
    if not isinstance(payload, dict):
        return Parsed(unknown=f"an event of the stream that is not understood: {event[:60]}")
    if event == "status.update":
        return _one(edit_of(_typed(payload, into=Status), setting=setting), otherwise="an edit without a post")
    if event in {"update", "notification", "conversation"}:
        return _object(payload, setting=setting, depth=depth + 1) if depth < _DEEPEST else Parsed(unknown="too deep")
    return Parsed(unknown=f"an event of the stream that is not known: {event[:60]}")


def _is_notification(entity: Entity) -> bool:
    type_ = entity.get("type")
    if not isinstance(type_, str):
        return False
    named = type_ in READERS or type_ in IGNORED
    return (named and bool({"id", "account", "status"} & entity.keys())) or {"id", "created_at", "account"} <= entity.keys()


def _notification(entity: Entity, setting: Setting) -> Parsed:
    return read_notification(_typed(entity, into=Notification), setting=setting)


def _is_chat_message(entity: Entity) -> bool:
    return {"chat_id", "content"} <= entity.keys()


def _chat_message(entity: Entity, setting: Setting) -> Parsed:
    return _one(message_of(_typed(entity, into=ChatMessage), other=None, setting=setting), otherwise="a message without a writer")


def _chat(entity: Entity, setting: Setting) -> Parsed:
    """A chat by its newest message."""
    event = newest_of(_typed(entity, into=Chat), setting=setting)
    return Parsed(events=(event,)) if event else Parsed(ignored="a chat in which nothing was written")


def _interaction(entity: Entity, setting: Setting) -> Parsed:  # noqa: ARG001 - the readers' signature
    """GoToSocial tells the same by a notification."""
    return Parsed(ignored="somebody asks whether they may answer, boost or like; that is told by a notification too")


def _grouped(entity: Entity, setting: Setting) -> Parsed:
    return read_grouped(_typed(entity, into=Grouped), setting=setting)


def _group(entity: Entity, setting: Setting) -> Parsed:
    """A group by itself, without the page that it points into."""
    return read_grouped(_typed({"notification_groups": [entity]}, into=Grouped), setting=setting)


def _push(entity: Entity, setting: Setting) -> Parsed:
    """On a channel that is listened to, the notification itself is asked for, with its post and account."""
    if setting.channel.account:
        return Parsed(ignored="a push, whose notification is heard in full by itself", look=True)
    return read_push(_typed(entity, into=Push), setting=setting)


def _is_status(entity: Entity) -> bool:
    if "id" not in entity or "scheduled_at" in entity or "published_at" in entity:
        return False
    if _STATUS_SIGNS & entity.keys():
        return "createdAt" not in entity
    has_words = bool({"content", "text", "reblog"} & entity.keys())
    return ("account" in entity and has_words) or {"created_at", "content"} <= entity.keys()


def _status(entity: Entity, setting: Setting) -> Parsed:
    """A bare status: of a timeline, of an answer, or (with its source, without its HTML) one that we deleted."""
    status = _typed(entity, into=Status)
    if status.text is not None and "content" not in entity and status.created_at and (key := ident(status.id)):
        return Parsed(events=(deletion_of(key, setting=setting, status=status),))
    if status.reblog is not None:
        return _boost(status, setting=setting)
    return _one(event_of(status, setting=setting), otherwise="a post without an id")


def _boost(status: Status, *, setting: Setting) -> Parsed:
    """Somebody passed a post on; of what we pass on ourselves nothing is kept."""
    if is_ours(status, setting=setting):
        return Parsed(ignored="a post that we passed on")
    original, author = _typed(status.reblog or {}, into=Status), author_of(status.account, channel=setting.channel)
    key, about = ident(status.id), ident(original.id)
    if key is None or about is None:
        return Parsed(ignored="a boost of a post that is gone")
    ours = is_ours(original, setting=setting)
    event = NeutralEvent(
        id=key,
        occurred_at=read_date(status.created_at, otherwise=setting.received_at),
        kind=Kind.REACTION,
        author=author or nobody(setting.channel),
        venue=venue_of(original.account, channel=setting.channel),
        public=True,
        text="reblog",
        in_reply_to=Parent(external_id=about, author=author_of(original.account, channel=setting.channel)),
        target=about,
        addressed=Addressed.US if ours else Addressed.OTHERS,
    )
    return Parsed(events=(event,))


def _conversation(entity: Entity, setting: Setting) -> Parsed:
    """A conversation by its newest status: ours, where none of the others wrote it. Filtered mentions wait in the same form."""
    conversation = _typed(entity, into=Conversation)
    if "notifications_count" in entity:
        setting = replace(setting, names_us=True)
    status = conversation.last_status
    if status is not None and "notifications_count" not in entity:
        status = msgspec.structs.replace(status, visibility="direct")
    if status is None or ident(status.id) is None:
        return Parsed(ignored="a conversation without a post")
    others = {ident(each.id) for each in conversation.accounts}
    writer = ident(status.account.id) if status.account else None
    alone = conversation.accounts[0] if len(conversation.accounts) == 1 else None
    told = replace(setting, ours=bool(others) and writer is not None and writer not in others, author=alone)
    return _one(event_of(status, setting=told), otherwise="a conversation without a post")


def _context(entity: Entity, setting: Setting) -> Parsed:
    """A thread around a status: the ancestors are in order, and the descendants hang on one of those before them."""
    above: dict[str, tuple[Ancestor, ...]] = {}
    read: list[Parsed] = []
    for raw in [*_entries(entity.get("ancestors")), *_entries(entity.get("descendants"))]:
        status = _typed(raw, into=Status)
        chain = above.get(ident(status.in_reply_to_id) or "", ())
        if key := ident(status.id):
            above[key] = (*chain, Ancestor(id=key, account=status.account))
        read.append(_status(raw, replace(setting, above=chain)))
    return together(read) if read else Parsed(ignored="a post that nobody answered")


def _found(entity: Entity, setting: Setting) -> Parsed:
    read = [_status(each, setting) for each in _entries(entity.get("statuses"))]
    return together(read) if read else Parsed(ignored="what a search found: no posts")


def _entries(raw: object) -> list[dict[str, object]]:
    return [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []


def _one(event: NeutralEvent | None, *, otherwise: str) -> Parsed:
    return Parsed(events=(event,)) if event else Parsed(unknown=otherwise)


def _typed(raw: object, *, into: type[Payload]) -> Payload:
    """At once where it is well-formed, else field by field."""
    try:
        return msgspec.convert(raw, into, strict=False)
    except (msgspec.ValidationError, RecursionError):
        return salvage(raw, into=into)


_FORMS: tuple[tuple[Callable[[Entity], bool], Callable[[Entity, Setting], Parsed]], ...] = (
    (lambda entity: "notification_groups" in entity, _grouped),
    (lambda entity: {"group_key", "most_recent_notification_id"} <= entity.keys(), _group),
    (lambda entity: {"type", "uri", "account", "status"} <= entity.keys() and "content" not in entity, _interaction),
    (_is_notification, _notification),
    (_is_chat_message, _chat_message),
    (lambda entity: {"account", "last_message"} <= entity.keys(), _chat),
    (lambda entity: bool({"notification_type", "notification_id"} & entity.keys()), _push),
    (lambda entity: "ancestors" in entity and "descendants" in entity, _context),
    (lambda entity: "last_status" in entity, _conversation),
    (lambda entity: {"accounts", "unread", "id"} <= entity.keys(), _conversation),
    (_is_status, _status),
    (lambda entity: {"accounts", "statuses", "hashtags"} <= entity.keys(), _found),
)
