"""One call of the API, and what its refusals mean. Called by sending, listening, connecting; its only I/O is the injected network.

Vendor's pages: https://docs.joinmastodon.org/api/guidelines/, /api/rate-limits/, /entities/Error/.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    Net,
    NetAnswer,
    NotFoundError,
    NotJsonError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    SendError,
    UnsendableError,
    read_json,
    retry_after_seconds,
    salvage,
)

TIMEOUT_SECONDS = 20.0
PAGE_BYTES = 8_388_608
_REASON_CHARS = 300
_LONGEST_WAIT_SECONDS = 86_400.0
_OTHERWISE_SECONDS = 60.0
_INSTANCE = re.compile(r"(https?://)?([\w.-]+(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)(?:[/?#]|$)", re.IGNORECASE)
# 403 is said of a single post as well; these are said of the whole access.
_SHUT_OUT = ("outside the authorized scopes", "login is currently", "login is missing", "not authorized to use", "account is suspended")

Entity = TypeVar("Entity", bound=msgspec.Struct)


def base_of(channel: ChannelAccess) -> str:
    """The server's address without a path. Raises `UnsendableError` where the channel has none."""
    return base_of_instance(channel.config.get("instance", ""))


def base_of_instance(instance: str) -> str:
    """`https://host` of an address or a bare host. Raises `UnsendableError`."""
    found = _INSTANCE.match(instance.strip())
    if not found:
        raise UnsendableError("the channel needs `instance`, its server's address, such as https://social.example")
    return f"{found.group(1) or 'https://'}{found.group(2)}".lower()


async def call(  # noqa: PLR0913 - the parts of a call, all by name
    method: str,
    path: str,
    *,
    channel: ChannelAccess,
    net: Net,
    query: Mapping[str, str] | None = None,
    json: object = None,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> NetAnswer:
    """Any 2xx answer; everything else as one of the send errors. `now` tells how long a rate limit lasts where the answer has no date."""
    token = channel.credentials.get("access_token", "")
    if not token:
        raise CredentialsExpiredError("the channel has no access token")
    url = f"{base_of(channel)}{path}{f'?{urlencode(query)}' if query else ''}"
    sent = {"authorization": f"Bearer {token}", **(headers or {})}
    answer = await net.request(method, url, json=json, data=data, headers=sent, timeout_seconds=TIMEOUT_SECONDS, max_bytes=PAGE_BYTES)
    if not 200 <= answer.status < 300:
        raise failure(answer, now=now)
    return answer


async def ask(path: str, *, channel: ChannelAccess, net: Net, query: Mapping[str, str] | None = None) -> NetAnswer:
    """A GET, which changes nothing: what is in doubt elsewhere may simply be asked again."""
    try:
        return await call("GET", path, channel=channel, net=net, query=query)
    except InDoubtError as error:
        raise NotSentError(error.reason) from error


def read_entity(answer: NetAnswer, *, into: type[Entity]) -> Entity:
    """The answer as an entity, field by field. Raises `InDoubtError` for what is no JSON object: some proxy answered."""
    try:
        entity = read_json(answer.body)
    except NotJsonError as error:
        raise InDoubtError("what answered is not Mastodon's API") from error
    if not isinstance(entity, dict):
        raise InDoubtError("what answered is not Mastodon's API")
    return salvage(entity, into=into)


def failure(answer: NetAnswer, *, now: datetime | None) -> SendError:
    """The server's own words, and what they mean."""
    reason = _reason(answer)
    status = answer.status
    if status == 429:
        return RateLimitedError(reason, retry_after_seconds=_wait(answer, now=now))
    if status >= 500:
        return InDoubtError(reason)
    if status == 401 or (status == 403 and any(words in reason.lower() for words in _SHUT_OUT)):
        return CredentialsExpiredError(reason)
    if status in {404, 410}:
        return NotFoundError(reason)
    return RejectedError(reason)


def _reason(answer: NetAnswer) -> str:
    """`error`, and `error_description` where OAuth refuses."""
    try:
        said = read_json(answer.body)
    except NotJsonError:
        said = None
    words = [str(said[name]) for name in ("error", "error_description") if said.get(name)] if isinstance(said, dict) else []
    return ": ".join(words)[:_REASON_CHARS] or f"the server answered {answer.status}"


def _wait(answer: NetAnswer, *, now: datetime | None) -> float:
    """Until X-RateLimit-Reset, by the server's own clock where it shows it; else as Retry-After says."""
    at = _date(answer.headers) or now
    until = _moment(answer.headers.get("x-ratelimit-reset", ""))
    if until is None or at is None:
        return retry_after_seconds(answer.headers, now=at, otherwise=_OTHERWISE_SECONDS)
    return min(max(1.0, (until - at).total_seconds()), _LONGEST_WAIT_SECONDS)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
