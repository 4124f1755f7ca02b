"""What a stored item means: tells what it is and hands it to its reader. Called by the connector; pure, and never raises."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.engagement.connectors.bluesky.chat import Room, read_log, read_message, room_of
from services.engagement.connectors.bluesky.dialects import translated
from services.engagement.connectors.bluesky.items import entries_in, read_stored
from services.engagement.connectors.bluesky.payloads import Convo, Log, Message
from services.engagement.connectors.bluesky.quiet import quiet_reason
from services.engagement.connectors.bluesky.setting import Setting
from services.engagement.connectors.bluesky.shapes import (
    is_convo,
    is_log,
    is_message,
    is_notification,
    is_record,
    is_thread,
    is_view,
    unwrapped,
)
from services.engagement.connectors.bluesky.stream import is_stream, read_stream
from services.engagement.connectors.bluesky.views import (
    read_feed_item,
    read_likes,
    read_notification,
    read_record,
    read_thread,
    read_view,
)
from services.engagement.protocol import Delivery, NotJsonError, Parsed, read_json, salvage


def read_delivery(delivery: Delivery) -> Parsed:
    """The events of one journal row; a page that was stored whole gives those of all its entries."""
    try:
        stored = read_stored(translated(unwrapped(read_json(delivery.body)), body=delivery.body))
    except NotJsonError:
        return Parsed(unknown="not JSON")
    around = stored.rapport
    account = delivery.channel.account
    setting = Setting(channel=delivery.channel, received_at=delivery.received_at, key=delivery.key, us=account or None)
    if around is not None:
        # Whoever typed a handle for the account: the listener knows its DID.
        known = account if account.startswith("did:") else around.account or account
        setting = replace(setting, us=known or None, source=around.source)
    room = room_of(around.convo) if around and around.convo else None
    entries = entries_in(stored.item)
    if entries is None:
        return read_item(stored.item, setting=setting, room=room)
    if not entries:
        return Parsed(ignored="a page of nothing")
    return _together([read_item(each, setting=setting, room=room) for each in entries])


def read_item(item: object, *, setting: Setting, room: Room | None = None) -> Parsed:
    """One object of the platform."""
    if isinstance(item, dict):
        parsed = _spoken(item, setting=setting, room=room)
        if parsed is not None:
            return parsed
    quiet = quiet_reason(item)
    return Parsed(ignored=quiet) if quiet else Parsed(unknown="nothing of Bluesky that is known")


def _spoken(item: dict[str, object], *, setting: Setting, room: Room | None) -> Parsed | None:
    """What somebody said or did; None where the object is of another sort."""
    for is_one, read in _READERS:
        if is_one(item):
            return read(item, setting)
    return _chatted(item, setting=setting, room=room)


# In this order: a notification has a record too, a thread a post.
_READERS: tuple[tuple[Callable[[dict[str, object]], bool], Callable[[dict[str, object], Setting], Parsed]], ...] = (
    (is_stream, lambda item, setting: read_stream(item, setting=setting)),
    (is_notification, lambda item, setting: read_notification(item, setting=setting)),
    (lambda item: isinstance(item.get("thread"), dict | list), lambda item, setting: read_thread(item["thread"], setting=setting)),
    (is_thread, lambda item, setting: read_thread(item, setting=setting)),
    (lambda item: isinstance(item.get("post"), dict), lambda item, setting: read_feed_item(item, setting=setting)),
    (lambda item: isinstance(item.get("likes"), list), lambda item, setting: read_likes(item, setting=setting)),
    (is_view, lambda item, setting: read_view(item, setting=setting)),
    (is_record, lambda item, setting: read_record(item, setting=setting)),
)


def _chatted(item: dict[str, object], *, setting: Setting, room: Room | None) -> Parsed | None:
    """What is of a chat."""
    convo = item.get("convo")
    if isinstance(convo, dict):
        item = convo
    if is_log(item):
        return read_log(salvage(item, into=Log), room=room, setting=setting)
    if is_message(item):
        said = salvage(item, into=Message)
        return read_message(said, room=room or Room(id=said.convo_id), setting=setting)
    if is_convo(item):
        read = salvage(item, into=Convo)
        return read_message(read.last_message or Message(), room=room_of(read), setting=setting)
    message = item.get("message")
    if isinstance(message, dict) and is_message(message):
        return read_message(salvage(message, into=Message), room=room or Room(id=None), setting=setting)
    return None


def _together(read: Sequence[Parsed]) -> Parsed:
    """All their events, each once, or what the first without any says."""
    events = {event.id: event for parsed in read for event in parsed.events}
    return Parsed(events=tuple(events.values())) if events else read[0]
