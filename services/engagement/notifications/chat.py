"""The way out for chat: a Slack-compatible message to an incoming webhook, signed by Standard Webhooks. Used by `delivering`.

Goes through the guarded client, so no inside address is reached; the message's id is the same in every attempt.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from standardwebhooks.webhooks import Webhook

from services.engagement.notifications.errors import NotDeliverableError, NotDeliveredError
from services.engagement.notifications.preferences import Chat
from services.kit.net import ForbiddenAddressError, Net, NetError

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES = 65_536
LATER = frozenset({408, 425, 429})


async def send_chat(net: Net, chat: Chat, text: str, *, batch: UUID, at: datetime) -> None:
    """Post a message. Raises NotDeliveredError (try again), NotDeliverableError (never will be)."""
    body = msgspec.json.encode({"text": text}).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": str(batch),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(chat.secret).sign(str(batch), at, body),
    }
    try:
        answer = await net.request(
            "POST", chat.url, data=body.encode(), headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=ANSWER_BYTES
        )
    except ForbiddenAddressError as error:
        raise NotDeliverableError("the address is not one that may be called") from error
    except NetError as error:
        raise NotDeliveredError("the chat does not answer") from error
    if not 200 <= answer.status < 300:
        permanent = answer.status < 500 and answer.status not in LATER
        raise (NotDeliverableError if permanent else NotDeliveredError)(f"the chat answered with {answer.status}")
