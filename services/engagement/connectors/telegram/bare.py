"""Objects of the Bot API without their update: a message, a pressed button, an answer to a call. Called by the connector; pure.

Vendor's pages: https://core.telegram.org/bots/api#making-requests, #available-types. What they are is told by the fields that
each always has; those with more stand before those with fewer.
"""

from collections.abc import Iterable

from services.engagement.protocol import NotJsonError, read_json

_WRAPPERS = ("update", "updates", "body", "payload", "data")
_DEEPEST = 3
_LONGEST_ID = 64


def _table(rows: Iterable[tuple[str, str]]) -> tuple[tuple[frozenset[str], str], ...]:
    return tuple((frozenset(fields.split()), name) for fields, name in rows)


_UPDATES = _table(
    (
        ("chat message_id new_reaction", "message_reaction"),
        ("chat message_id old_reaction", "message_reaction"),
        ("chat message_id reactions", "message_reaction_count"),
        ("id from chat_instance", "callback_query"),
        ("id from query", "inline_query"),
        ("result_id from", "chosen_inline_result"),
        ("id from shipping_address", "shipping_query"),
        ("id from total_amount", "pre_checkout_query"),
        ("poll_id option_ids", "poll_answer"),
        ("id question options", "poll"),
        ("chat from user_chat_id", "chat_join_request"),
        ("chat boost", "chat_boost"),
        ("chat boost_id remove_date", "removed_chat_boost"),
        ("business_connection_id chat message_ids", "deleted_business_messages"),
        ("id user user_chat_id", "business_connection"),
        ("from paid_media_payload", "purchased_paid_media"),
    )
)
_OBJECTS = _table(
    (
        ("id is_bot first_name", "a user by itself"),
        ("user status", "a member of a chat by itself"),
        ("id type title", "a chat by itself"),
        ("id type first_name", "a chat by itself"),
        ("file_id file_unique_id file_path", "a file by itself"),
        ("url pending_update_count", "where updates are delivered"),
        ("method chat_id", "a call of ours, in the answer to a delivery"),
        ("chat_id text", "a call of ours"),
    )
)


def unwrapped(top: object) -> object:
    """What others put around an update: an object with it alone, or JSON in a text."""
    for _ in range(_DEEPEST):
        inner = _inner(top)
        if inner is None:
            break
        top = inner
    return top


def as_update(value: dict[str, object]) -> dict[str, object]:
    """The update that would bring it; what is an update, or nothing that could be in one, as it is."""
    if "update_id" in value:
        return value
    result = value.get("result")
    if value.get("ok") is True and isinstance(result, dict):
        return as_update(result)
    if {"chat", "from", "new_chat_member"} <= value.keys() and "message_id" not in value:
        return {_name_of_change(value): value}
    for fields, name in _UPDATES:
        if fields <= value.keys():
            return {name: value}
    if "message_id" in value and ("chat" in value or "date" in value):
        return {_name_of(value): value}
    return value


def answer_in(top: object) -> str | None:
    """Why an answer to a call of ours is no event; None for everything else."""
    if not isinstance(top, dict) or not isinstance(top.get("ok"), bool) or "update_id" in top:
        return None
    if not top["ok"]:
        return "an answer of the Bot API that refuses a call"
    result = top.get("result")
    if isinstance(result, list):
        return None if not result or any(isinstance(each, dict) and "update_id" in each for each in result) else _NO_UPDATE
    return None if isinstance(result, dict) and "message_id" in result else _NO_UPDATE


def object_in(update: dict[str, object]) -> str | None:
    """What an object of the Bot API in which nothing happens is; None for everything else."""
    if "update_id" in update:
        return None
    return next((words for fields, words in _OBJECTS if fields <= update.keys()), None)


_NO_UPDATE = "an answer of the Bot API without an update"


def _inner(top: object) -> object:
    if isinstance(top, str) and top.lstrip().startswith(("{", "[")):
        try:
            return read_json(top.encode("utf-8", "replace"))
        except NotJsonError:
            return None
    if not isinstance(top, dict) or "update_id" in top:
        return None
    return next((top[name] for name in _WRAPPERS if _holds_updates(top.get(name))), None)


def _holds_updates(value: object) -> bool:
    if isinstance(value, str):
        return '"update_id"' in value
    listed = value if isinstance(value, list) else [value]
    return bool(listed) and all(isinstance(each, dict) and "update_id" in each for each in listed)


def _name_of(message: dict[str, object]) -> str:
    chat = message.get("chat")
    channel = isinstance(chat, dict) and chat.get("type") == "channel"
    business = message.get("business_connection_id") is not None
    name = "business_message" if business else "channel_post" if channel else "message"
    return f"edited_{name}" if message.get("edit_date") is not None else name


def _name_of_change(change: dict[str, object]) -> str:
    """A change of a membership: a bot's is news about ours."""
    member = change.get("new_chat_member")
    user = member.get("user") if isinstance(member, dict) else None
    return "my_chat_member" if isinstance(user, dict) and user.get("is_bot") is True else "chat_member"


def pressed_in(body: bytes) -> str | None:
    """The id of the pressed button's query that an update brings; None where it brings none."""
    try:
        top = read_json(body)
    except NotJsonError:
        return None
    query = top.get("callback_query") if isinstance(top, dict) else None
    number = query.get("id") if isinstance(query, dict) else None
    return number if isinstance(number, str) and 0 < len(number) <= _LONGEST_ID else None
