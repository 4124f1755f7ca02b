"""What Pub/Sub pushes: that something happened to a place, and its name; the words have to be asked for. Called by resources; pure.

Vendor's pages: https://cloud.google.com/pubsub/docs/push#receive_push, https://developers.google.com/my-business/content/notification-setup,
https://developers.google.com/my-business/reference/notifications/rest/v1/NotificationSetting#NotificationType.
"""

import base64
import binascii
from collections.abc import Mapping

from services.engagement.connectors.google_business.payloads import PushedMessage
from services.engagement.protocol import NotJsonError, read_json, salvage

TYPES: dict[str, str] = {
    "NEW_REVIEW": "a review was written: its words are asked for",
    "UPDATED_REVIEW": "a review was changed: its words are asked for",
    "NEW_QUESTION": "a question was asked; Google shows questions to owners no more",
    "UPDATED_QUESTION": "a question was changed; Google shows questions to owners no more",
    "NEW_ANSWER": "a question was answered; Google shows questions to owners no more",
    "UPDATED_ANSWER": "an answer was changed; Google shows questions to owners no more",
    "NEW_CUSTOMER_MEDIA": "a customer added a picture, which nobody can answer",
    "GOOGLE_UPDATE": "Google proposes changes to the place's page",
    "UPDATED_LOCATION_STATE": "the state of the place's page changed",
    "DUPLICATE_LOCATION": "the place has a second page",
    "LOSS_OF_VOICE_OF_MERCHANT": "the place's page is not in our hands any more",
    "VOICE_OF_MERCHANT_UPDATED": "whether the place's page is in our hands changed",
}
ASKED_FOR = frozenset({"NEW_REVIEW", "UPDATED_REVIEW"})
_NAMES = ("type", "notificationtype", "notificationtypes")
# Older notices carry no type: the name that they carry says what it is about.
_NAMED = {
    "reviewname": "NEW_REVIEW",
    "review": "NEW_REVIEW",
    "questionname": "NEW_QUESTION",
    "question": "NEW_QUESTION",
    "answername": "NEW_ANSWER",
    "answer": "NEW_ANSWER",
    "mediaitemname": "NEW_CUSTOMER_MEDIA",
    "locationname": "GOOGLE_UPDATE",
    "location": "GOOGLE_UPDATE",
}


def message_in(raw: Mapping[str, object]) -> PushedMessage | None:
    """The Pub/Sub message of a push, of one that was pulled, or itself; None where there is none."""
    inner = raw.get("message")
    if isinstance(inner, dict):
        return salvage(inner, into=PushedMessage)
    is_one = ("messageId" in raw or "message_id" in raw or "publishTime" in raw) and ("data" in raw or "attributes" in raw)
    return salvage(dict(raw), into=PushedMessage) if is_one else None


def content_of(message: PushedMessage) -> object:
    """The JSON in a message: base64 as Pub/Sub has it, JSON in text, or an object as test tools send it; {} for an empty one.

    None where it is something else.
    """
    data = message.data
    if isinstance(data, dict | list):
        return data
    if not isinstance(data, str) or not data.strip():
        return {}
    for attempt in (_decoded(data) or b"", data.encode("utf-8", "replace")):
        try:
            return read_json(attempt)
        except NotJsonError:
            continue
    return None


def notice_of(content: Mapping[str, object], *, attributes: Mapping[str, object]) -> str | None:
    """The type of a notice, or None where it is none. Names are compared without their case and underscores."""
    told = {_plain(name): value for name, value in (*attributes.items(), *content.items())}
    for name in _NAMES:
        value = told.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str) and value:
            return value
    return next((kind for name, kind in _NAMED.items() if isinstance(told.get(name), str)), None)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _decoded(data: str) -> bytes | None:
    compact = "".join(data.split()).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
