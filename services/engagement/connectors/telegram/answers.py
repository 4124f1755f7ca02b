"""The slice of the Bot API's answers that is read. Called by sending.

Vendor's pages: https://core.telegram.org/bots/api#making-requests, #responseparameters.
"""

import msgspec

from services.engagement.connectors.telegram.payloads import Chat, Ident


class AnswerParameters(msgspec.Struct):
    """https://core.telegram.org/bots/api#responseparameters."""

    retry_after: float | None = None
    migrate_to_chat_id: Ident | None = None


class SentMessage(msgspec.Struct):
    """The slice of a sent message that is kept."""

    message_id: Ident | None = None
    chat: Chat | None = None
    business_connection_id: str | None = None


class FoundFile(msgspec.Struct):
    """https://core.telegram.org/bots/api#file."""

    file_path: str | None = None


class Answer(msgspec.Struct):
    """https://core.telegram.org/bots/api#making-requests: every answer of the Bot API."""

    ok: bool | None = None
    result: object = None
    error_code: int | None = None
    description: str | None = None
    parameters: AnswerParameters | None = None
