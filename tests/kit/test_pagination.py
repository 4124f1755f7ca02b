"""Cursors come back as they went, and nothing else is taken for one."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import BadRequestError
from services.kit.pagination import Page, cut_page, decode_cursor, encode_cursor

INT64 = st.integers(-(2**63), 2**63 - 1)
PLAIN_TEXT = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=50)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), INT64)
def test_a_cursor_gives_back_its_values(at: datetime, row_id: UUID, number: int) -> None:
    assert decode_cursor(encode_cursor(at, row_id, number), (datetime, UUID, int)) == (at, row_id, number)


@given(PLAIN_TEXT)
def test_text_survives(text: str) -> None:
    assert decode_cursor(encode_cursor(text), (str,)) == (text,)


@given(st.text(st.characters(), max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequestError):
        decode_cursor(text, (datetime, UUID))


@pytest.mark.parametrize(
    "cursor",
    [
        encode_cursor("a\x00b"),
        encode_cursor(1),
        encode_cursor("a", "b"),
        encode_cursor(None),
        encode_cursor(),
        "",
        "A" * 100_000,
        "W" * 1023,
        "!!!!",
        "é",
    ],
)
def test_cursors_of_another_shape_are_bad_requests(cursor: str) -> None:
    with pytest.raises(BadRequestError):
        decode_cursor(cursor, (str,))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_numbers_beyond_bigint_are_bad_requests(number: int) -> None:
    raw = f"[{number}]".encode()
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")

    with pytest.raises(BadRequestError):
        decode_cursor(cursor, (int,))


def test_a_time_without_a_zone_is_a_bad_request() -> None:
    with pytest.raises(BadRequestError):
        decode_cursor(encode_cursor("2026-01-01T00:00:00"), (datetime,))


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    there = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))

    assert decode_cursor(encode_cursor(there), (datetime,)) == (there,)


def test_one_row_too_many_makes_a_cursor_of_the_last_row_shown() -> None:
    page = cut_page([5, 4, 3], limit=2, key=lambda row: (row,))

    assert page == Page(items=[5, 4], next_cursor=encode_cursor(4))
    assert cut_page([5, 4], limit=2, key=lambda row: (row,)) == Page(items=[5, 4])
