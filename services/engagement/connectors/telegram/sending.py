"""What goes to the Bot API and how its refusals read. Called by the connector; its only I/O is the injected network.

Vendor's pages: https://core.telegram.org/bots/api#making-requests, #sendmessage, #sendphoto, #responseparameters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.contracts.vocabulary import Kind
from services.engagement.connectors.telegram.answers import Answer, FoundFile, SentMessage
from services.engagement.connectors.telegram.files import DEFAULT_API_BASE, file_in, form_for, request_with
from services.engagement.connectors.telegram.keyboards import keyboard_of
from services.engagement.connectors.telegram.payloads import Ident
from services.engagement.connectors.telegram.people import message_key
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    MediaAddress,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    Sent,
    UnsendableError,
    WindowClosedError,
    read_payload,
    retry_after_seconds,
    salvage,
)

_TIMEOUT_SECONDS = 20.0
_OPEN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_./-]{0,300}")
_PERSON_FIRST = ("bot can't initiate conversation", "business_peer_usage_missing", "user_is_blocked_by_business")
_AWAY = "temporarily unavailable"
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


class MovedError(RejectedError):
    """The group became a supergroup, which is another chat. `chat_id` is that one's; certainly nothing was sent."""

    def __init__(self, reason: str, *, chat_id: Ident) -> None:
        super().__init__(reason)
        self.chat_id = chat_id


async def send_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """Hand a reply over, once; where its group has moved, to the chat that it is now, in which nothing is known of old messages."""
    method, parameters = request_of(reply)
    try:
        return await _handed_over(reply, method, parameters, channel=channel, net=net)
    except MovedError as moved:
        rest = {name: value for name, value in parameters.items() if name != "reply_parameters"}
        return await _handed_over(reply, method, {**rest, "chat_id": moved.chat_id}, channel=channel, net=net)


def request_of(reply: OutboundReply) -> tuple[str, dict[str, object]]:
    """The method and its JSON for one reply. Raises `UnsendableError` where it is not known whom to tell."""
    method, content = request_with(reply.attachments, caption=reply.text) if reply.attachments else ("sendMessage", {"text": reply.text})
    if reply.choices:
        content = {**content, "reply_markup": keyboard_of(reply.choices)}
    return method, {**(_direct(reply) if reply.kind is Kind.DIRECT else _public(reply)), **content}


async def call(
    method: str, parameters: Mapping[str, object], *, channel: ChannelAccess, net: Net, form: tuple[bytes, str] | None = None
) -> object:
    """One call of the Bot API, with `form` instead of the parameters where it is given: its `result`, or one of the send errors."""
    token = channel.credentials.get("token", "")
    if not token:
        raise CredentialsExpiredError("the channel has no bot token")
    url = f"{_base(channel)}/bot{token}/{method}"
    if form is None:
        return _result(await net.request("POST", url, json=dict(parameters), timeout_seconds=_TIMEOUT_SECONDS))
    body, kind = form
    return _result(await net.request("POST", url, data=body, headers={"content-type": kind}, timeout_seconds=_TIMEOUT_SECONDS))


async def open_file(url: str, *, channel: ChannelAccess, net: Net) -> MediaAddress:
    """Where the file of a kept address lies, for an hour at least. The token is in it, so it goes nowhere else."""
    file_id = file_in(url)
    if file_id is None:
        return MediaAddress(url=url)
    try:
        found = salvage(await call("getFile", {"file_id": file_id}, channel=channel, net=net), into=FoundFile)
    except (RateLimitedError, CredentialsExpiredError):
        raise
    except RejectedError as error:
        # The same words are for an id that is wrong and for a file that is away for a while.
        raise (NotSentError if _AWAY in error.reason.lower() else NotFoundError)(error.reason) from error
    except InDoubtError as error:
        raise NotSentError(error.reason) from error
    path = found.file_path or ""
    if not _OPEN_PATH.fullmatch(path) or ".." in path:
        raise NotFoundError("the Bot API names no path that could be fetched: a server of your own may keep files on its own disk")
    return MediaAddress(url=f"{_base(channel)}/file/bot{channel.credentials.get('token', '')}/{path}")


def receipt_of(result: object, *, business: str | None) -> Sent:
    """The sent message's id, the same as it would have as an event; of an album the first one's."""
    message = salvage(result[0] if isinstance(result, list) and result else result, into=SentMessage)
    if message.message_id is None or message.chat is None or message.chat.id is None:
        return Sent(external_id=None, echo_reference=None)
    key = message_key(message.chat.id, message.message_id, business=business)
    return Sent(external_id=key, echo_reference=key)


async def _handed_over(reply: OutboundReply, method: str, parameters: Mapping[str, object], *, channel: ChannelAccess, net: Net) -> Sent:
    form = await form_for(reply.attachments, parameters, channel=channel)
    result = await call(method, parameters, channel=channel, net=net, form=form)
    business = parameters.get("business_connection_id")
    return receipt_of(result, business=str(business) if business else None)


def _base(channel: ChannelAccess) -> str:
    return (channel.config.get("api_base") or DEFAULT_API_BASE).rstrip("/")


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
    if said.parameters and said.parameters.migrate_to_chat_id is not None:
        raise MovedError(reason, chat_id=said.parameters.migrate_to_chat_id)
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
