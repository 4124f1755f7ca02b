"""What goes to the Bot API and how its refusals read. Called by the connector; its only I/O is the injected network.

Vendor's pages: https://core.telegram.org/bots/api#making-requests, #sendmessage, #sendphoto, #responseparameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Kind
from services.engagement.connectors.telegram.answers import Answer, SentMessage
from services.engagement.connectors.telegram.people import message_key
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    MediaKind,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    Sent,
    UnsendableError,
    WindowClosedError,
    form_of,
    read_payload,
    retry_after_seconds,
    salvage,
)

DEFAULT_API_BASE = "https://api.telegram.org"
# https://core.telegram.org/bots/api#sending-files: 50 MB of anything, and less where the declaration says so.
UPLOAD_LIMIT_BYTES = 50_000_000
_TIMEOUT_SECONDS = 20.0
_METHODS = {
    MediaKind.IMAGE: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}
_DOCUMENT = ("sendDocument", "document")
_PERSON_FIRST = ("bot can't initiate conversation", "business_peer_usage_missing", "user_is_blocked_by_business")
_GONE = ("not found", "message can't be edited", "message to delete", "message_id_invalid", "peer_id_invalid", "chat_id_invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKey:
    """The parts of an event id (see `people.message_key`)."""

    chat_id: str
    message_id: str
    business: str | None = None


def read_key(external_id: str) -> MessageKey:
    """The parts of a message's event id. Raises `UnsendableError` for the id of anything else."""
    head, separator, message_id = external_id.rpartition(":")
    business, _, chat_id = head.rpartition(":")
    well_formed = separator and message_id.isdigit() and chat_id and (not business or business.startswith("business:"))
    if not well_formed:
        raise UnsendableError(f"{external_id} names no message")
    return MessageKey(chat_id=chat_id, message_id=message_id, business=business.removeprefix("business:") or None)


def request_of(reply: OutboundReply) -> tuple[str, dict[str, object]]:
    """The method and its JSON for one reply. Raises `UnsendableError` where it is not known whom to tell."""
    content: dict[str, object] = {"text": reply.text} if not reply.attachments else _media(reply.attachments[0], caption=reply.text)
    method = "sendMessage" if not reply.attachments else _method(reply.attachments[0])[0]
    place = _direct(reply) if reply.kind is Kind.DIRECT else _public(reply)
    return method, {**place, **content}


async def call(
    method: str, parameters: Mapping[str, object], *, channel: ChannelAccess, net: Net, form: tuple[bytes, str] | None = None
) -> object:
    """One call of the Bot API, with `form` instead of the parameters where it is given: its `result`, or one of the send errors."""
    token = channel.credentials.get("token", "")
    if not token:
        raise CredentialsExpiredError("the channel has no bot token")
    url = f"{(channel.config.get('api_base') or DEFAULT_API_BASE).rstrip('/')}/bot{token}/{method}"
    if form is None:
        return _result(await net.request("POST", url, json=dict(parameters), timeout_seconds=_TIMEOUT_SECONDS))
    body, kind = form
    return _result(await net.request("POST", url, data=body, headers={"content-type": kind}, timeout_seconds=_TIMEOUT_SECONDS))


async def form_for(reply: OutboundReply, parameters: Mapping[str, object], *, channel: ChannelAccess) -> tuple[bytes, str] | None:
    """The body of a call that brings a file of ours along; None where there is none. Raises what reading the file raises."""
    attachment = next(iter(reply.attachments), None)
    if attachment is None or attachment.media_id is None or attachment.reference or channel.files is None:
        return None
    content = await channel.files.read(attachment.media_id, max_bytes=UPLOAD_LIMIT_BYTES)
    return form_of(parameters, field=_method(attachment)[1], attachment=attachment, content=content)


def receipt_of(result: object, *, business: str | None) -> Sent:
    """The sent message's id, the same as it would have as an event."""
    message = salvage(result, into=SentMessage)
    if message.message_id is None or message.chat is None or message.chat.id is None:
        return Sent(external_id=None, echo_reference=None)
    key = message_key(message.chat.id, message.message_id, business=business)
    return Sent(external_id=key, echo_reference=key)


def _direct(reply: OutboundReply) -> dict[str, object]:
    """A private chat's id is the person's id; a business chat and a channel's inbox need to know through whom."""
    thread = reply.answering.thread if reply.answering and reply.answering.kind is Kind.DIRECT else None
    parts = (thread or "").split(":")
    if parts[0] == "business" and len(parts) >= 3:
        return {"business_connection_id": ":".join(parts[1:-1]), "chat_id": _number(parts[-1])}
    if len(parts) == 2 and reply.answering:
        return {"chat_id": _number(parts[0]), "direct_messages_topic_id": _number(parts[1])}
    person = reply.recipient or (reply.answering.author if reply.answering else None)
    if person is None:
        raise UnsendableError("it is not known whom to write to")
    return {"chat_id": _number(person.external_id)}


def _public(reply: OutboundReply) -> dict[str, object]:
    if reply.answering is None:
        raise UnsendableError("a public reply answers a message")
    key = read_key(reply.answering.external_id)
    return {"chat_id": _number(key.chat_id), "reply_parameters": {"message_id": int(key.message_id)}}


def _method(attachment: Attachment) -> tuple[str, str]:
    return next((method for kind, method in _METHODS.items() if kind == attachment.kind), _DOCUMENT)


def _media(attachment: Attachment, *, caption: str) -> dict[str, object]:
    field = _method(attachment)[1]
    return {field: attachment.reference or attachment.url, **({"caption": caption} if caption else {})}


def _number(text: str) -> int | str:
    """Ids travel as numbers; @names stay names."""
    return int(text) if text.lstrip("-").isdigit() else text


def _result(answer: NetAnswer) -> object:
    """Sort an answer: taken, refused and why, or nobody knows."""
    try:
        said = read_payload(answer.body, into=Answer)
    except NotJsonError:
        said = Answer()
    if answer.status < 300 and said.ok:
        return said.result
    reason = said.description or f"Telegram answered {answer.status}"
    code = said.error_code if said.ok is False and said.error_code else answer.status
    if code == 429:
        raise RateLimitedError(reason, retry_after_seconds=_retry_after(said, answer=answer))
    if code >= 500 or (code < 300 and said.ok is None):
        raise InDoubtError(reason)
    raise _refusal(code, reason=reason)


def _refusal(code: int, *, reason: str) -> RejectedError:
    lowered = reason.lower()
    if code == 401 or (code == 404 and lowered in {"not found", "telegram answered 404"}):
        return CredentialsExpiredError(reason)
    if any(phrase in lowered for phrase in _PERSON_FIRST):
        return WindowClosedError(reason, allowed=("the person has to write first",))
    if code == 404 or (code == 400 and any(phrase in lowered for phrase in _GONE)):
        return NotFoundError(reason)
    return RejectedError(reason)


def _retry_after(said: Answer, *, answer: NetAnswer) -> float:
    if said.parameters and said.parameters.retry_after is not None:
        return max(0.0, said.parameters.retry_after)
    return retry_after_seconds(answer.headers, now=None, otherwise=1.0)
