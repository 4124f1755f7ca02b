"""Deliveries of an invented Telegram crowd, as pieces that the load generator joins by a number. Called by figures about webhooks."""

import json
from collections.abc import Sequence
from itertools import product

from benchmarks.stage import Channel

PEOPLE_PER_CHANNEL = 10
NUMBER = 1_111_111_111  # stands in a delivery where the load generator puts its own; as many digits
_SENT_AT = 1_777_888_800
_WORDS = ("Is the large kettle in stock again?", "My order has not arrived yet, and I wait since Monday.", "Lovely shop, thank you!")


def update(*, person: int, number: int) -> dict[str, object]:
    """One private message; `number` makes it a new one."""
    who = {"id": person, "first_name": f"Person {person}", "username": f"person_{person}", "language_code": "en"}
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": {**who, "is_bot": False},
            "chat": {"id": person, "first_name": who["first_name"], "username": who["username"], "type": "private"},
            "date": _SENT_AT,
            "text": _WORDS[person % len(_WORDS)],
        },
    }


def delivery(channel: Channel, *, person: int) -> bytes:
    """A whole HTTP request of one message, with NUMBER in it."""
    body = json.dumps(update(person=person, number=NUMBER)).encode()
    lines = (
        f"POST {channel.path} HTTP/1.1",
        "host: bench.example.com",
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"x-telegram-bot-api-secret-token: {channel.secret}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def crowd(channels: Sequence[Channel]) -> list[list[str]]:
    """Deliveries to every channel from its people, one channel after the other, in pieces."""
    everybody = product(range(PEOPLE_PER_CHANNEL), enumerate(channels))
    requests = (delivery(channel, person=5_000_000 + 1000 * place + who) for who, (place, channel) in everybody)
    return [request.decode().split(str(NUMBER)) for request in requests]
