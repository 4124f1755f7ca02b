"""The protocol's own rules: how text is counted, what is refused before sending, how long to wait, how JSON is salvaged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.interaction import Attachment
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connector_name, connectors, find_connector
from services.engagement.protocol import (
    Connector,
    NotJsonError,
    OutboundReply,
    ReplyWindow,
    Template,
    TextLimit,
    TextUnit,
    UnsendableError,
    WindowClosedError,
    clean_json,
    read_json,
    read_payload,
    read_time,
    refuse_late,
    refuse_unsendable,
    retry_after_seconds,
    text_length,
)

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
REPLY = OutboundReply(id="r", kind=Kind.DIRECT, attempted_at=AT, text="Hello")
TELEGRAM = connectors()["telegram"].declaration


class Inner(msgspec.Struct):
    """A payload inside a payload."""

    size: int | None = None
    name: str | None = None


class Outer(msgspec.Struct):
    """A payload."""

    id: int | str | None = None
    flag: bool = False
    inner: Inner | None = None
    many: list[Inner] = []


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        ("aé🙂", TextUnit.CHARACTERS, 3),
        ("aé🙂", TextUnit.UTF16, 4),
        ("aé🙂", TextUnit.BYTES, 7),
        ("👩‍👩‍👧 🇪🇸👍🏽e\u0301", TextUnit.GRAPHEMES, 5),
        ("look https://example.com/a-very-long-address-indeed?x=1 ok", TextUnit.WEIGHTED, 31),
        ("価格", TextUnit.WEIGHTED, 4),
        ("hello", TextUnit.SHORTENED, 5),
        ("look https://shop.example/a/very/long/path?with=arguments ok", TextUnit.SHORTENED, 31),
        ("http://a.bc", TextUnit.SHORTENED, 23),
        ("@ines@mast.example hi", TextUnit.SHORTENED, 8),
        ("mail ines@mast.example", TextUnit.SHORTENED, 22),
    ],
)
def test_text_is_counted_as_the_platform_counts(text: str, unit: TextUnit, length: int) -> None:
    assert text_length(text, unit=unit) == length


@pytest.mark.parametrize(
    "reply",
    [
        replace(REPLY, text=""),
        replace(REPLY, kind=Kind.REVIEW),
        replace(REPLY, text="x" * 4097),
        replace(REPLY, attachments=(Attachment(kind="image"),)),
        replace(REPLY, attachments=(Attachment(kind="poll", reference="p"),)),
        replace(REPLY, attachments=(Attachment(kind="image", url="https://a.example"),) * 11),
        replace(REPLY, attachments=tuple(Attachment(kind=kind, url="https://a.example") for kind in ("image", "voice"))),
        replace(REPLY, text="x" * 1025, attachments=(Attachment(kind="image", url="https://a.example"),)),
    ],
    ids=["empty", "kind", "long", "no address", "media kind", "too many", "goes alone", "long caption"],
)
def test_what_the_declaration_excludes_is_refused(reply: OutboundReply) -> None:
    with pytest.raises(UnsendableError):
        refuse_unsendable(reply, declaration=TELEGRAM)


@pytest.mark.parametrize(("given", "limit"), [("5000", 5000), ("300", 300), ("", 500), ("-1", 500), ("many", 500), ("99999999", 500)])
def test_a_setting_of_the_channel_may_hold_another_limit(given: str, limit: int) -> None:
    declaration = replace(TELEGRAM, text_limits={REPLY.kind: TextLimit(limit=500, setting="most")})
    refuse_unsendable(replace(REPLY, text="x" * limit), declaration=declaration, config={"most": given})
    with pytest.raises(UnsendableError):
        refuse_unsendable(replace(REPLY, text="x" * (limit + 1)), declaration=declaration, config={"most": given})


def test_what_the_declaration_allows_passes() -> None:
    for reply in (REPLY, replace(REPLY, text="x" * 4096)):
        refuse_unsendable(reply, declaration=TELEGRAM)


def test_a_template_goes_where_there_are_templates() -> None:
    reply = replace(REPLY, text="", template=Template(name="t", language="en"))
    refuse_unsendable(reply, declaration=replace(TELEGRAM, templates=True))
    with pytest.raises(UnsendableError, match="Telegram has no templates"):
        refuse_unsendable(reply, declaration=TELEGRAM)


def test_e4_reply_after_window_is_refused_and_says_what_is_allowed() -> None:
    windows = (ReplyWindow(kind=Kind.DIRECT, length=timedelta(hours=24), afterwards=("template",)),)
    declaration = replace(TELEGRAM, windows=windows)
    refuse_late(REPLY, declaration=declaration, last_inbound_at=AT - timedelta(hours=24))
    refuse_late(replace(REPLY, kind=Kind.COMMENT), declaration=declaration, last_inbound_at=None)
    refuse_late(replace(REPLY, template=Template(name="t", language="en")), declaration=declaration, last_inbound_at=None)
    for last in (AT - timedelta(hours=24, seconds=1), None):
        with pytest.raises(WindowClosedError) as refused:
            refuse_late(REPLY, declaration=declaration, last_inbound_at=last)
        assert refused.value.allowed == ("template",)


def test_a_setting_makes_the_reply_window_longer() -> None:
    window = ReplyWindow(kind=Kind.DIRECT, length=timedelta(hours=24), setting="human", longer=timedelta(days=7))
    declaration = replace(TELEGRAM, windows=(window,))
    refuse_late(REPLY, declaration=declaration, last_inbound_at=AT - timedelta(days=7), config={"human": "true"})
    for config, last in (({"human": "false"}, timedelta(hours=25)), ({}, timedelta(hours=25)), ({"human": "true"}, timedelta(days=8))):
        with pytest.raises(WindowClosedError):
            refuse_late(REPLY, declaration=declaration, last_inbound_at=AT - last, config=config)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("Mon, 04 May 2026 10:00:20 GMT", 20.0),
        ("Mon, 04 May 2026 09:00:00 GMT", 0.0),
        ("999999999", 86_400.0),
        ("soon", 5.0),
        ("-1", 5.0),
        ("²", 5.0),
        ("", 5.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float) -> None:
    assert retry_after_seconds({"retry-after": value}, now=AT, otherwise=5.0) == seconds


def test_odd_fields_are_lost_alone() -> None:
    body = b'{"id":"x","flag":"maybe","inner":{"size":"12","name":7,"new":1},"many":[{"size":1},"no",{"size":[]}]}'
    assert read_payload(body, into=Outer) == Outer(id="x", inner=Inner(size=12, name="7"), many=[Inner(size=1), Inner()])


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_payloads_of_any_shape_are_read(value: object) -> None:
    assert isinstance(read_payload(msgspec.json.encode({"inner": value, "many": value, "id": value}), into=Outer), Outer)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b'"\x00"'], ids=["empty", "half", "deep", "not utf-8", "control"])
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_json(body)


def test_json_is_cleaned_of_what_cannot_be_kept_and_of_nothing_else() -> None:
    body = b'\xef\xbb\xbf["\\u0000", "\\ud800", "\\udc00x", "\\ud83d\\ude00", "\\\\u0000", "\\u00e4"]'
    assert read_json(body) == ["\ufffd", "\ufffd", "\ufffdx", "😀", "\\u0000", "ä"]
    assert clean_json(b'"plain"') == b'"plain"'


@pytest.mark.parametrize("told", [None, "x", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+10:00", 0, -1, 1e20, True, float("nan")])
def test_impossible_times_fall_back(told: object) -> None:
    assert read_time(told, otherwise=AT) == AT


@pytest.mark.parametrize(
    "told",
    [1777888800, "2026-05-04T10:00:00Z", "2026-05-04T10:00:00.000000000Z", "2026-05-04T12:00:00+02:00", " 2026-05-04 10:00:00"],
)
def test_a_time_in_seconds_or_in_words_is_in_utc(told: object) -> None:
    assert read_time(told, otherwise=AT + timedelta(days=1)) == AT


def test_connectors_are_found_by_scanning_and_keep_the_protocol() -> None:
    assert {"telegram", "inlet"} <= connectors().keys()
    assert all(isinstance(connector, Connector) for connector in connectors().values())
    assert find_connector("smoke-signals") is None


def test_a_dash_in_the_name_of_a_platform_is_an_underscore() -> None:
    assert connector_name("google-business") == "google_business"
    assert connector_name("webchat") == "webchat"
