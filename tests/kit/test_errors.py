"""How an error is told: status, headers and body of problem+json."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import (
    ConflictError,
    MethodNotAllowedError,
    ProblemError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
    problem_response,
)

RESERVED = {"type", "title", "status", "detail", "code"}


def test_a_problem_names_type_title_status_detail_code_and_extensions() -> None:
    status, headers, body = problem_response(ConflictError("Version 3 is not the newest.", newest=5))

    assert status == 409
    assert headers == [(b"content-type", b"application/problem+json")]
    assert orjson.loads(body) == {
        "type": "urn:rapport:problem:conflict",
        "title": "Conflict with the present state",
        "status": 409,
        "detail": "Version 3 is not the newest.",
        "code": "conflict",
        "newest": 5,
    }


def test_headers_that_the_status_demands_are_sent() -> None:
    cases = [
        (RateLimitedError("Slow down.", retry_after_seconds=1.2), (b"retry-after", b"2")),
        (UnauthenticatedError(), (b"www-authenticate", b'Bearer realm="rapport"')),
        (MethodNotAllowedError(allow=["GET", "POST"]), (b"allow", b"GET, POST")),
        (TooLargeError(), (b"connection", b"close")),
    ]

    for error, header in cases:
        assert header in problem_response(error)[1]


@given(st.text(st.characters()), st.dictionaries(st.text(), st.text(st.characters()) | st.integers() | st.none()))
def test_every_detail_and_extension_can_be_told(detail: str, extensions: dict[str, object]) -> None:
    extensions.pop("detail", None)
    extensions.pop("self", None)

    _, _, body = problem_response(ProblemError(detail, **extensions))

    told = orjson.loads(body)
    assert told.keys() >= RESERVED
    assert told["status"] == 500


def test_extensions_never_hide_the_five_members() -> None:
    _, _, body = problem_response(ConflictError("No.", status=200, code="fine"))

    assert orjson.loads(body)["status"] == 409
    assert orjson.loads(body)["code"] == "conflict"
