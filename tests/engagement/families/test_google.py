"""Google's errors, waits and sign-in; pure."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.engagement.families.google import (
    Meaning,
    api_for,
    begin_sign_in,
    now_of,
    read_answer,
    renew,
    seconds_to_midnight,
)
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    NetAnswer,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    SendError,
)
from tests.engagement.connectors.case_files import ScriptedNet

DATE = {"date": "Mon, 04 May 2026 10:00:00 GMT"}


def refused(status: int, body: Any, *, repeatable: bool = False, **headers: str) -> SendError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = NetAnswer(status=status, headers={**DATE, **headers}, body=raw)
    with pytest.raises(SendError) as caught:
        read_answer(answer, meanings={"odd": Meaning.GONE}, repeatable=repeatable)
    return caught.value


def older(reason: str, *, code: int = 403) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No.", "errors": [{"reason": reason, "domain": "usageLimits", "message": "No."}]}}


def newer(word: str, *details: dict[str, Any], code: int = 400) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No.", "status": word, "details": list(details)}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (403, older("quotaExceeded"), RateLimitedError, "No. (quotaExceeded)"),
        (403, older("userRateLimitExceeded"), RateLimitedError, "No. (userRateLimitExceeded)"),
        (403, older("insufficientPermissions"), CredentialsExpiredError, "No. (insufficientPermissions)"),
        (400, older("keyInvalid", code=400), CredentialsExpiredError, "No. (keyInvalid)"),
        (403, older("forbidden"), RejectedError, "No. (forbidden)"),
        (403, older("odd"), NotFoundError, "No. (odd)"),
        (503, older("backendError", code=503), InDoubtError, "No. (backendError)"),
        (401, newer("UNAUTHENTICATED", code=401), CredentialsExpiredError, "No. (UNAUTHENTICATED)"),
        (403, newer("PERMISSION_DENIED", {"reason": "SERVICE_DISABLED"}), CredentialsExpiredError, "No. (SERVICE_DISABLED)"),
        (403, newer("PERMISSION_DENIED"), RejectedError, "No. (PERMISSION_DENIED)"),
        (429, newer("RESOURCE_EXHAUSTED"), RateLimitedError, "No. (RESOURCE_EXHAUSTED)"),
        (404, newer("NOT_FOUND"), NotFoundError, "No. (NOT_FOUND)"),
        (500, newer("INTERNAL"), InDoubtError, "No. (INTERNAL)"),
        (400, {"error": "error message"}, RejectedError, "error message"),
        (400, {"error": {"errors": "none", "details": 7, "code": "x"}}, RejectedError, "Google answered 400"),
        (400, [], RejectedError, "Google answered 400"),
        (401, b"", CredentialsExpiredError, "Google answered 401"),
        (404, b"<html>", NotFoundError, "Google answered 404"),
        (429, b"<html>", RateLimitedError, "Google answered 429"),
        (502, b"<html>", InDoubtError, "Google answered 502"),
        (200, b"<html>", InDoubtError, "Google answered 200"),
        (302, b"", RejectedError, "Google answered 302"),
    ],
)
def test_an_error_says_what_it_means(status: int, body: Any, kind: type[SendError], reason: str) -> None:
    error = refused(status, body)
    assert (type(error), error.reason) == (kind, reason)


def test_a_read_is_never_in_doubt() -> None:
    assert type(refused(503, b"", repeatable=True)) is NotSentError
    assert type(refused(200, b"half", repeatable=True)) is NotSentError


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (older("quotaExceeded"), {}, 21 * 3600.0),
        (older("rateLimitExceeded"), {}, 60.0),
        (older("rateLimitExceeded"), {"retry-after": "7"}, 7.0),
        (newer("RESOURCE_EXHAUSTED", {"retryDelay": "1.5s"}), {"retry-after": "7"}, 1.5),
        (newer("RESOURCE_EXHAUSTED", {"retryDelay": "soon"}), {}, 60.0),
        (newer("RESOURCE_EXHAUSTED", {"retryDelay": "9" * 400 + "s"}), {}, 86_400.0),
    ],
)
def test_a_limit_says_how_long_to_wait(body: Any, headers: dict[str, str], seconds: float) -> None:
    error = refused(403, body, **headers)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-05-04T10:00:00+00:00", 21),
        ("2026-05-04T06:59:59+00:00", 1 / 3600),
        ("2026-12-04T08:00:00+00:00", 24),
        ("2026-03-08T08:00:00+00:00", 23),
        ("2026-11-01T07:00:00+00:00", 25),
    ],
)
def test_a_quota_is_new_at_midnight_in_california_in_summer_and_in_winter(now: str, hours: float) -> None:
    assert seconds_to_midnight(datetime.fromisoformat(now)) == pytest.approx(hours * 3600)


def test_the_time_is_googles_where_it_tells_it() -> None:
    assert now_of(NetAnswer(status=200, headers=DATE, body=b"")) == datetime(2026, 5, 4, 10, tzinfo=UTC)
    for odd in ({}, {"date": "yesterday"}, {"date": "Mon, 99 May 2026 10:00:00 GMT"}):
        assert abs(now_of(NetAnswer(status=200, headers=odd, body=b"")) - datetime.now(UTC)) < timedelta(hours=1)


def test_a_sign_in_asks_for_lasting_access_and_keeps_its_own_half_of_the_code() -> None:
    app = {"client_id": "lumen", "client_secret": "s"}
    first, second = (begin_sign_in(app=app, state="st", redirect_url="https://r.example/cb", scopes=("a", "b")) for _ in range(2))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(first.url).query).items()}
    assert (asked["access_type"], asked["prompt"], asked["scope"], asked["state"]) == ("offline", "consent", "a b", "st")
    assert "client_secret" not in asked
    assert first.keep["code_verifier"] not in first.url
    assert first.keep != second.keep
    assert 43 <= len(first.keep["code_verifier"]) <= 128


async def test_without_token_or_registration_nothing_is_asked() -> None:
    net = ScriptedNet()
    with pytest.raises(CredentialsExpiredError):
        api_for(ChannelAccess(platform="youtube"), net=net)
    with pytest.raises(RejectedError, match="client_id"):
        await renew(ChannelAccess(platform="youtube", credentials={"refresh_token": "r"}), net=net)
    assert net.requests == []


async def test_a_registration_is_shown_to_google_alone() -> None:
    net = ScriptedNet(answers=[NetAnswer(status=200, headers=DATE, body=b'{"access_token": "a", "expires_in": 3600}')])
    channel = ChannelAccess(
        platform="youtube",
        credentials={"refresh_token": "r"},
        config={"api_base": "https://elsewhere.example"},
        app={"client_id": "lumen", "client_secret": "s"},
    )
    await renew(channel, net=net)
    assert [request["url"] for request in net.requests] == ["https://oauth2.googleapis.com/token"]
