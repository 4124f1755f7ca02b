"""Events are promises: whatever was once recorded is read for ever after, and what is written is read back the same."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.envelope import Event, Header
from services.contracts.events import EVENTS
from services.kit.bus import UndecodableEventError, decode, encode
from tests.contracts.examples import FOLDER, WORKSPACE, path_of

RECORDED = sorted(FOLDER.glob("*.json"))


def test_every_event_has_a_recorded_example() -> None:
    missing = [path_of(event).name for event in EVENTS.values() if not path_of(event).exists()]
    assert not missing, "record them: python -m tests.contracts.examples"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_recorded_example_is_read_as_it_was_written(path: Path) -> None:
    wire = msgspec.json.decode(path.read_bytes())
    received = decode(path.read_bytes(), EVENTS)
    assert type(received.event) is EVENTS[wire["type"]]
    assert _contained(wire["data"], msgspec.json.decode(msgspec.json.encode(received.event)))
    assert msgspec.json.decode(encode(received.header, msgspec.json.encode(wire["data"]))) == wire


def test_example_of_today_is_whole() -> None:
    for event in EVENTS.values():
        data = msgspec.json.decode(path_of(event).read_bytes())["data"]
        fields = {each.name for each in dataclasses.fields(event)}  # type: ignore[arg-type] # every event is a dataclass
        assert fields >= data.keys(), event.type
        required = {each.name for each in dataclasses.fields(event) if each.default is each.default_factory}  # type: ignore[arg-type] # as above
        assert required <= data.keys(), event.type


def test_unknown_fields_of_a_later_release_are_ignored() -> None:
    for event in EVENTS.values():
        wire = msgspec.json.decode(path_of(event).read_bytes())
        wire["data"]["field_of_tomorrow"] = {"any": "thing"}
        wire["extension_of_tomorrow"] = 1
        assert decode(msgspec.json.encode(wire), EVENTS) == decode(path_of(event).read_bytes(), EVENTS)


def test_attributes_that_cloudevents_requires_are_on_the_wire() -> None:
    for event in EVENTS.values():
        wire = msgspec.json.decode(path_of(event).read_bytes())
        assert {"specversion", "id", "source", "type"} <= wire.keys(), event.type
        assert wire["specversion"] == "1.0"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"type": "engagement.reply.sent"}', b"\xff"])
def test_what_is_no_event_is_told_by_one_error(payload: bytes) -> None:
    with pytest.raises(UndecodableEventError):
        decode(payload, EVENTS)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data(), event_type=st.sampled_from(sorted(EVENTS.values(), key=lambda event: event.type)))
def test_any_event_survives_the_journey(data: st.DataObject, event_type: type[Event]) -> None:
    event = data.draw(st.from_type(event_type))
    header = data.draw(st.builds(Header, type=st.just(event_type.type), version=st.just(1), workspace=st.just(WORKSPACE)))
    received = decode(encode(header, msgspec.json.encode(event)), EVENTS)
    assert (received.header, received.event) == (header, event)


@pytest.fixture(autouse=True, scope="module")
def _strategies() -> None:
    """Times are aware and in UTC, texts are Unicode, numbers are finite: what the contracts say."""
    st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
    st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
    st.register_type_strategy(int, st.integers(min_value=-(2**62), max_value=2**62))
    st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


def _contained(old: Any, new: Any) -> bool:
    """Whether everything that was recorded is still said, in the same words; later releases may say more."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and _contained(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(_contained, old, new))
    return bool(old == new)
