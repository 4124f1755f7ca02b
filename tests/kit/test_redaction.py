"""What is private never stands in a log line, wherever in it somebody puts it; what is needed to find a fault does."""

from datetime import UTC, datetime
from enum import Enum
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.telemetry.redaction import MASK, clean_text, is_private, redact

CANARY = "canary-4711"
PRIVATE_KEYS = [
    "text",
    "message_text",
    "body",
    "password",
    "new_password",
    "secret",
    "client_secret",
    "token",
    "accessToken",
    "refresh_token",
    "Authorization",
    "X-Api-Token",
    "cookie",
    "email",
    "emails",
    "contact_email",
    "phone",
    "phones",
    "name",
    "display_name",
    "handle",
    "payload",
]
OPEN_KEYS = ["event", "workspace_id", "route", "status", "count", "content_type", "service", "context", "level", "subject"]
PRIVATE_TEXTS = [
    "ada@example.org",
    "write to <ada.l+x@mail.example.org>, please",
    "postgresql://ada:hunter2@127.0.0.1/db",
    "nats://ada:hunter2@localhost:4222",
    "мария@пример.рф",
    "Authorization: Bearer abc.def-ghi",
    "bearer abcdefgh",
    "Basic YWRhOmh1bnRlcjI=",
    "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "rk_0123456789abcdef",
    "whsec_C2FVsBQIhrscChlQIMV",
    "+49 170 1234567",
    "+1 (555) 010-9999",
]


@pytest.mark.parametrize("key", PRIVATE_KEYS)
@pytest.mark.parametrize("value", [CANARY, CANARY.encode(), [CANARY], {"a": CANARY}, (CANARY,)])
def test_private_keys_are_masked_whatever_they_hold(key: str, value: object) -> None:
    for fields in ({key: value}, {"detail": {key: value}}, {"list": [{key: value}]}):
        assert CANARY not in str(redact(None, "info", dict(fields)))


def test_a_phone_number_given_as_a_number_is_masked_and_a_count_is_not() -> None:
    assert redact(None, "info", {"phone": 491701234567, "tokens": 12}) == {"phone": MASK, "tokens": 12}


@pytest.mark.parametrize("key", OPEN_KEYS)
def test_other_keys_stay(key: str) -> None:
    assert not is_private(key)
    assert redact(None, "info", {key: "kept"}) == {key: "kept"}


@pytest.mark.parametrize("text", PRIVATE_TEXTS)
def test_addresses_numbers_and_tokens_are_masked_inside_any_text(text: str) -> None:
    for field in (text, f"failed for {text} twice", f"({text})"):
        cleaned = clean_text(field)
        assert MASK in cleaned
        assert not any(word in cleaned for word in ("ada", "hunter2", "example", "мария", "abc", "c2ln", "0123", "C2FV", "555", "170"))


@pytest.mark.parametrize(
    "text", ["2026-03-01T12:00:00+00:00", "+00:00", "k-1@", "@", "services/kit/db.py:12 open", "rk_", "1.2.3", "GET /v1/contacts"]
)
def test_plain_text_stays(text: str) -> None:
    assert clean_text(text) == text


def test_objects_are_named_never_shown() -> None:
    class Contact:
        def __repr__(self) -> str:
            return CANARY

    class State(Enum):
        OPEN = "open"

    row, at = uuid4(), datetime(2026, 1, 1, tzinfo=UTC)

    assert redact(None, "info", {"contact": Contact(), "error": ValueError(CANARY), "raw": b"canary"}) == {
        "contact": "<Contact>",
        "error": "<ValueError>",
        "raw": "<bytes>",
    }
    assert redact(None, "info", {"id": row, "at": at, "state": State.OPEN}) == {"id": str(row), "at": str(at), "state": "open"}


@given(
    st.recursive(st.text(st.characters()) | st.integers() | st.uuids(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_every_value_becomes_a_line(value: object) -> None:
    line = redact(None, "info", {"detail": value})

    assert orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS)


@given(st.text(st.characters(codec="ascii"), max_size=3000))
def test_long_text_is_cut_in_linear_time(text: str) -> None:
    assert len(clean_text(text * 50)) <= 1000 * len(MASK)


def test_uuid_fields_are_ids() -> None:
    assert redact(None, "info", {"contact_id": UUID(int=1)}) == {"contact_id": "00000000-0000-0000-0000-000000000001"}
