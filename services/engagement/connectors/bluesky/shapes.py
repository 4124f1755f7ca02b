"""Which object of the platform something is, by its marks. Called by reading and items; pure."""

from collections.abc import Mapping

# Lists whose entries are items of their own, and what is one item although it is a list (getLikes names its post once).
PAGES = ("notifications", "posts", "feed", "logs", "messages", "convos", "records", "events", "requests")
_WRAPPERS = ("data", "body", "output", "result", "response", "event", "item", "notification")


def unwrapped(top: object) -> object:
    """What a client's answer holds: `data` beside `success` and `headers`."""
    while isinstance(top, dict):
        inner = next((top[name] for name in _WRAPPERS if isinstance(top.get(name), dict | list) and _is_wrapping(top, name)), None)
        if inner is None:
            return top
        top = inner
    return top


def _is_wrapping(top: Mapping[str, object], name: str) -> bool:
    """Nothing else is there, or what clients say of an answer."""
    return top.keys() <= {name, "success", "headers", "status", "ok"}


def page_in(top: object) -> str | None:
    """The name under which a page lists its items."""
    if not isinstance(top, dict) or "$type" in top:
        return None
    return next((name for name in PAGES if isinstance(top.get(name), list) and _is_page(top, name)), None)


def is_notification(item: Mapping[str, object]) -> bool:
    """app.bsky.notification.listNotifications#notification."""
    return isinstance(item.get("reason"), str) and bool(item.keys() & {"author", "record", "reasonSubject"}) and "post" not in item


def is_log(item: Mapping[str, object]) -> bool:
    """An entry of chat.bsky.convo.getLog."""
    type_ = item.get("$type")
    if isinstance(type_, str) and type_.startswith("chat.bsky.convo.defs#log"):
        return True
    return "convoId" in item and bool(item.keys() & {"message", "reaction"}) and isinstance(item.get("message"), dict) and "rev" in item


def is_message(item: Mapping[str, object]) -> bool:
    """A message of a chat, deleted or the service's own ones included."""
    return "sentAt" in item and bool(item.keys() & {"sender", "data"})


def is_convo(item: Mapping[str, object]) -> bool:
    """chat.bsky.convo.defs#convoView."""
    return isinstance(item.get("members"), list) and "id" in item and bool(item.keys() & {"rev", "unreadCount", "lastMessage", "muted"})


def is_thread(item: Mapping[str, object]) -> bool:
    """A post with what stands above and below it."""
    if str(item.get("$type", "")).endswith("#threadViewPost"):
        return True
    if isinstance(item.get("post"), dict) and item.keys() & {"parent", "replies", "threadContext"}:
        return True
    value = item.get("value")
    return isinstance(value, dict) and "post" in value and "depth" in item


def is_view(item: Mapping[str, object]) -> bool:
    """A record under its address."""
    shown = item.get("record", item.get("value"))
    return isinstance(shown, dict) and bool(item.keys() & {"uri", "author"}) and not item.keys() & {"collection", "writes"}


def is_record(item: Mapping[str, object]) -> bool:
    """A record without its address: a post, like, repost or follow."""
    type_ = item.get("$type")
    if isinstance(type_, str):
        return type_ in {"app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost", "app.bsky.graph.follow"}
    return isinstance(item.get("text"), str) and "createdAt" in item and not item.keys() & {"id", "uri", "sender"}


def _is_page(top: Mapping[str, object], name: str) -> bool:
    """A feed's description lists `feed` too, a starter pack `feeds`: a page lists objects."""
    listed = top[name]
    return isinstance(listed, list) and all(isinstance(each, dict) for each in listed) and "post" not in top and "record" not in top
