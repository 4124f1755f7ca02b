"""What is not said again fades by the clock, and the memory of it never grows beyond its bound."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kit.clock import FixedClock
from services.kit.fading import Fading

LASTING = timedelta(seconds=12)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 1, tzinfo=UTC))


def test_what_is_not_said_again_is_forgotten_and_its_group_is_named(clock: FixedClock) -> None:
    held: Fading[str, str, int] = Fading(lasting=LASTING, most=10, clock=clock)
    held.put("a", "one", 1)
    clock.advance(timedelta(seconds=6))
    held.put("a", "two", 2)
    held.put("b", "one", 3)
    clock.advance(timedelta(seconds=5))
    assert held.expire() == set()
    clock.advance(timedelta(seconds=1))
    assert held.expire() == {"a"}
    assert (dict(held.of("a")), dict(held.of("b"))) == ({"two": 2}, {"one": 3})


def test_what_is_said_again_stays(clock: FixedClock) -> None:
    held: Fading[str, str, int] = Fading(lasting=LASTING, most=10, clock=clock)
    for number in range(5):
        held.put("a", "one", number)
        clock.advance(timedelta(seconds=8))
        assert held.expire() == set()
    assert held.ends_at("a") == clock.now() + timedelta(seconds=4)
    held.drop("a", "one")
    held.drop("a", "never there")
    assert (dict(held.of("a")), held.ends_at("a")) == ({}, None)


def test_a_full_memory_makes_room_by_what_would_have_ended_first(clock: FixedClock) -> None:
    held: Fading[int, str, int] = Fading(lasting=LASTING, most=3, clock=clock)
    for number in range(100):
        held.put(number, "one", number)
        held.put(number, "one", number)
        assert sum(len(held.of(group)) for group in range(100)) <= 3
    assert [number for number in range(100) if held.of(number)] == [97, 98, 99]
