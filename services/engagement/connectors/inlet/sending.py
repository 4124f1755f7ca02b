"""Replies on their way to a partner, signed as its events are, and how its answers read. Called by the connector."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote

import msgspec

from services.contracts.interaction import Attachment
from services.engagement.connectors.inlet.entries import author_payload
from services.engagement.connectors.inlet.payloads import ReplyAnswer
from services.engagement.connectors.inlet.signatures import sign
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    Found,
    InDoubtError,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    Sent,
    UnsendableError,
    read_payload,
    retry_after_seconds,
)

TIMEOUT_SECONDS = 15.0
_REASON_CHARS = 300


async def post_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """POST the reply; any 2xx takes it. The reply id is the `webhook-id`: a partner that saw it before answers as the first time."""
    body = msgspec.json.encode(payload_of(reply))
    headers = _signed(channel, message_id=reply.id, at=reply.attempted_at, body=body)
    answer = await net.request("POST", _reply_url(channel), data=body, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
    if 200 <= answer.status < 300:
        return Sent(external_id=_external_id(answer) or reply.id, echo_reference=reply.id)
    raise _failure(answer, now=reply.attempted_at)


async def ask_for_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
    """GET reply_url/{reply id}: 2xx is there, 404 is not; anything else, or no `lookup`, tells nothing."""
    if channel.config.get("lookup", "").lower() != "true":
        return Found(there=None)
    headers = _signed(channel, message_id=reply.id, at=reply.attempted_at, body=b"")
    url = f"{_reply_url(channel).rstrip('/')}/{quote(reply.id, safe='')}"
    answer = await net.request("GET", url, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
    if 200 <= answer.status < 300:
        return Found(there=True, external_id=_external_id(answer) or reply.id)
    return Found(there=False if answer.status == 404 else None)


def payload_of(reply: OutboundReply) -> dict[str, object]:
    """The public form of a reply; empty parts are left out."""
    answering = reply.answering
    venue = reply.venue or (answering.venue if answering else None)
    recipient = reply.recipient or (answering.author if answering else None)
    answered = (
        {"external_id": answering.external_id, "kind": answering.kind.value, "thread": answering.thread, "root": answering.root}
        if answering
        else None
    )
    parts = {
        "id": reply.id,
        "kind": reply.kind.value,
        "text": reply.text,
        "attachments": [_attachment(attachment) for attachment in reply.attachments],
        "recipient": author_payload(recipient) if recipient else None,
        "venue": _some({"network": venue.network, "external_id": venue.external_id, "scope": venue.scope}) if venue else None,
        "in_reply_to": _some(answered) if answered else None,
    }
    return _some(parts)


def _some(parts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parts.items() if value}


def _attachment(attachment: Attachment) -> dict[str, object]:
    return {name: value for name, value in asdict(attachment).items() if value is not None and name != "media_id"}


def signed_get(channel: ChannelAccess, *, message_id: str, at: datetime) -> dict[str, str]:
    """The headers of a GET, signed over an empty body."""
    return _signed(channel, message_id=message_id, at=at, body=b"")


def _reply_url(channel: ChannelAccess) -> str:
    url = channel.config.get("reply_url", "")
    if not url:
        raise UnsendableError("the channel has no reply_url: it only receives")
    return url


def _signed(channel: ChannelAccess, *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    try:
        headers = sign(channel.signing_secret, message_id=message_id, at=at, body=body)
    except ValueError as error:
        raise CredentialsExpiredError(f"the channel cannot sign: {error}") from error
    return {"content-type": "application/json", **headers}


def _external_id(answer: NetAnswer) -> str | None:
    try:
        return read_payload(answer.body, into=ReplyAnswer).external_id
    except NotJsonError:
        return None


def _failure(answer: NetAnswer, *, now: datetime) -> RejectedError | RateLimitedError | InDoubtError:
    """The partner's own words, shortened, and what they mean for the reply."""
    said = answer.body.decode("utf-8", "replace").strip()[:_REASON_CHARS]
    reason = f"the partner answered {answer.status}" + (f": {said}" if said else "")
    if answer.status == 429:
        return RateLimitedError(reason, retry_after_seconds=retry_after_seconds(answer.headers, now=now, otherwise=30.0))
    if answer.status in {401, 403, 410}:
        return CredentialsExpiredError(reason)
    if answer.status == 404:
        return NotFoundError(reason)
    if 300 <= answer.status < 500:
        return RejectedError(reason)
    return InDoubtError(reason)
