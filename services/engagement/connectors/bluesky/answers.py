"""What servers of the AT Protocol answer, and what their refusals mean. Called by calling; pure.

Sources: https://atproto.com/specs/xrpc#error-responses, https://docs.bsky.app/docs/advanced-guides/rate-limits,
and the errors that lexicons name.
"""

from datetime import datetime

import msgspec

from services.engagement.connectors.bluesky.payloads import Message
from services.engagement.protocol import (
    CredentialsExpiredError,
    InDoubtError,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    RateLimitedError,
    RejectedError,
    SendError,
    WindowClosedError,
    read_payload,
    retry_after_seconds,
)

EXPIRED = "ExpiredToken"
SWAPPED = "InvalidSwap"
_LONGEST_WAIT_SECONDS = 86_400.0
_USUAL_WAIT_SECONDS = 60.0
_SIGN_IN = frozenset(
    {
        EXPIRED,
        "AccountDeactivated",
        "AccountSuspended",
        "AccountTakedown",
        "AuthFactorTokenRequired",
        "AuthMissing",
        "AuthenticationRequired",
        "InvalidToken",
    }
)
_GONE = frozenset(
    {
        "AccountNotFound",
        "InvalidConvo",
        "NotFound",
        "ProfileNotFound",
        "RecipientNotFound",
        "RecordNotFound",
        "ReplyTargetNotFound",
        "RepoNotFound",
    }
)
_NEVER_THERE = frozenset({"MethodNotImplemented", "NotImplemented"})
# How the chat service says that the token may not.
_NO_SCOPE = frozenset({"AuthMissing", "InvalidToken", "ScopeMissingError"})
_CLOSED = frozenset({"MessagesDisabled", "NotFollowedBySender"})
# What older servers say in words only.
_GONE_WORDS = ("could not locate record", "could not find", "unable to resolve handle", "recipient not found", "convo not found")
_CLOSED_WORDS = ("incoming messages", "not followed by")
_MAY_BE_WRITTEN = ("the person follows us", "the person writes first", "a public answer")
_NO_CHAT = "the app password may not use direct messages: make one that may, in Settings, Privacy and security, App passwords"


class Refusal(msgspec.Struct):
    """https://atproto.com/specs/xrpc#error-responses."""

    error: str | None = None
    message: str | None = None


class Written(msgspec.Struct, rename="camel"):
    """com.atproto.repo.putRecord's answer."""

    uri: str | None = None
    cid: str | None = None


class SignedIn(msgspec.Struct, rename="camel"):
    """com.atproto.server.createSession's and refreshSession's answer."""

    access_jwt: str | None = None
    refresh_jwt: str | None = None
    did: str | None = None
    handle: str | None = None
    did_doc: object = None


class Stored(msgspec.Struct, rename="camel"):
    """com.atproto.repo.getRecord's answer."""

    uri: str | None = None
    cid: str | None = None
    value: object = None


class Uploaded(msgspec.Struct, rename="camel"):
    """com.atproto.repo.uploadBlob's answer."""

    blob: object = None


class Resolved(msgspec.Struct, rename="camel"):
    """com.atproto.identity.resolveHandle's answer."""

    did: str | None = None


class Messages(msgspec.Struct, rename="camel"):
    """chat.bsky.convo.getMessages's answer."""

    cursor: str | None = None
    messages: list[Message] = []


def refusal_in(answer: NetAnswer) -> Refusal:
    """The error that an answer names, if any."""
    try:
        return read_payload(answer.body, into=Refusal)
    except NotJsonError:
        return Refusal()


def failure_of(answer: NetAnswer, *, now: datetime, chat: bool) -> SendError:
    """What an answer that is no success means. `chat`: it was asked through the chat service."""
    said = refusal_in(answer)
    reason = ": ".join(part for part in (said.error, said.message) if part) or f"Bluesky answered {answer.status}"
    if answer.status == 429 or said.error == "RateLimitExceeded":
        return RateLimitedError(reason, retry_after_seconds=_wait(answer, now=now))
    if answer.status >= 500 and said.error not in _NEVER_THERE:
        return InDoubtError(reason)
    if answer.status < 300:
        return InDoubtError("Bluesky's answer cannot be read")
    return _refusal(said, status=answer.status, reason=reason, chat=chat)


def _refusal(said: Refusal, *, status: int, reason: str, chat: bool) -> RejectedError:
    name, words = said.error or "", (said.message or "").lower()
    if name in _CLOSED or any(part in words for part in _CLOSED_WORDS):
        return WindowClosedError(reason, allowed=_MAY_BE_WRITTEN)
    if chat and (name in _NO_SCOPE or status in {401, 403}):
        return RejectedError(f"{_NO_CHAT} ({reason})")
    if name in _SIGN_IN or status == 401:
        return CredentialsExpiredError(reason)
    if name in _GONE or status == 404 or any(part in words for part in _GONE_WORDS):
        return NotFoundError(reason)
    return RejectedError(reason)


def _wait(answer: NetAnswer, *, now: datetime) -> float:
    """Until the moment that `ratelimit-reset` names (seconds since 1970), or as Retry-After says."""
    reset = answer.headers.get("ratelimit-reset", "").strip()
    if reset.isascii() and reset.isdigit() and len(reset) < 12:
        return min(max(1.0, int(reset) - now.timestamp()), _LONGEST_WAIT_SECONDS)
    return retry_after_seconds(answer.headers, now=now, otherwise=_USUAL_WAIT_SECONDS)
