"""Objects of the Bot API without their update: a message, a pressed button, an answer to a call. Called by the connector; pure.

Vendor's page: https://core.telegram.org/bots/api#making-requests.
"""

_CALLBACK = frozenset({"id", "from", "chat_instance"})


def as_update(value: dict[str, object]) -> dict[str, object]:
    """The update that would bring it; what is an update, or nothing that could be in one, as it is."""
    if "update_id" in value:
        return value
    result = value.get("result")
    if value.get("ok") is True and isinstance(result, dict):
        return as_update(result)
    if "message_id" in value and ("chat" in value or "date" in value):
        return {_name_of(value): value}
    return {"callback_query": value} if value.keys() >= _CALLBACK else value


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


_NO_UPDATE = "an answer of the Bot API without an update"


def _name_of(message: dict[str, object]) -> str:
    chat = message.get("chat")
    channel = isinstance(chat, dict) and chat.get("type") == "channel"
    business = message.get("business_connection_id") is not None
    name = "business_message" if business else "channel_post" if channel else "message"
    return f"edited_{name}" if message.get("edit_date") is not None else name
