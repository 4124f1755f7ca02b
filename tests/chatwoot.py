"""What a Chatwoot's API answers, made up: two inboxes, an agent, two people who wrote and one who did not. Holds no tests.

The names of the fields are Chatwoot's (https://developers.chatwoot.com/api-reference), what is in them is not anybody's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

BEGAN = 1_700_000_000
"""14 November 2023, 22:13:20 UTC."""
WHATSAPP = {"id": 3, "name": "Shop", "channel_type": "Channel::Whatsapp", "phone_number": "+34911222333", "page_id": None}
WIDGET = {"id": 4, "name": "Website", "channel_type": "Channel::WebWidget", "website_url": "https://acme.example"}
AGENT = {"id": 7, "name": "Sol", "available_name": "Sol", "email": "Sol@acme.example", "role": "agent", "confirmed": True}
LABELS = ({"id": 1, "title": "vip", "color": "#1F93FF", "description": None}, {"id": 2, "title": "refund", "color": "red"})
KIM = {
    "id": 5,
    "name": "Kim Lu",
    "email": "kim@example.com",
    "phone_number": "+34600111222",
    "identifier": "crm-5",
    "thumbnail": "https://pictures.example/kim.png",
    "additional_attributes": {"city": "Leeds", "company_name": "Lu Ltd"},
    "custom_attributes": {"tier": "gold"},
    "labels": ["vip"],
    "contact_inboxes": [{"source_id": "34600111222", "inbox": WHATSAPP}, {"source_id": "7e1a-widget", "inbox": WIDGET}],
}
ANA = {"id": 6, "name": "Ana", "email": None, "phone_number": None, "identifier": None, "contact_inboxes": []}


def conversation(number: int, contact: Mapping[str, Any], inbox: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """One of the list of conversations."""
    return {
        "id": number,
        "inbox_id": inbox["id"],
        "status": "resolved",
        "labels": [],
        "meta": {"sender": {"id": contact["id"], "name": contact["name"]}, "channel": inbox["channel_type"]},
        "additional_attributes": {},
        "messages": [],
        "created_at": BEGAN,
        **parts,
    }


def message(number: int, conversation: int, content: str | None, **parts: Any) -> dict[str, Any]:
    """One of the messages of a conversation: from the person, unless said otherwise. A minute lies between each number and the next."""
    return {
        "id": number,
        "conversation_id": conversation,
        "content": content,
        "message_type": 0,
        "created_at": BEGAN + 60 * number,
        "private": False,
        "source_id": None,
        "content_attributes": {},
        "sender": {"id": 5, "name": "Kim Lu", "type": "contact"},
        **parts,
    }


def by_agent(number: int, conversation: int, content: str, **parts: Any) -> dict[str, Any]:
    """A message, or note, of the agent's."""
    sender = {"id": AGENT["id"], "name": AGENT["name"], "type": "user"}
    return message(number, conversation, content, message_type=1, sender=sender, **parts)


FIRST = conversation(11, KIM, WHATSAPP, labels=["refund"])
SECOND = conversation(12, KIM, WIDGET, status="open", additional_attributes={"mail_subject": "A lamp"})
WITHOUT_INBOX = conversation(13, ANA, WIDGET)
PICTURE = {"id": 1, "file_type": "image", "data_url": "https://chat.example/lamp.png", "file_size": 1234}
SAID = (
    message(1, 11, "Where is my lamp?", source_id="wamid.1"),
    by_agent(2, 11, "Kim is a good customer", private=True),
    by_agent(3, 11, "On its way", content_attributes={"in_reply_to": 1}),
    message(4, 11, None, attachments=[PICTURE]),
    message(5, 11, "Conversation was resolved by Sol", message_type=2, sender=None),
    message(6, 12, "STOP"),
    message(7, 13, "Hello", sender={"id": 6, "name": "Ana", "type": "contact"}),
)
WHOLE: Sequence[Mapping[str, Any]] = (WHATSAPP, WIDGET, AGENT, *LABELS, KIM, ANA, FIRST, SECOND, WITHOUT_INBOX, *SAID)


def lines(rows: Sequence[object] = WHOLE) -> bytes:
    """As a file."""
    return b"\n".join(orjson.dumps(row) for row in rows)
