"""What goes before a message: files brought to the platform, addresses looked up. Whoever is cut short in it has said nothing.

A connector does it inside `preparing`; the sender asks `watched` where an attempt took too long. Elsewhere nobody notices.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Preparation:
    """Whether an attempt is, or was cut short, in what goes before its message."""

    under_way: bool = False


_current: ContextVar[Preparation | None] = ContextVar("preparation", default=None)


@contextmanager
def preparing() -> Iterator[None]:
    """Nothing inside says anything to anybody, so however it ends, certainly nothing was sent."""
    current = _current.get()
    if current is not None:
        current.under_way = True
    yield
    if current is not None:
        current.under_way = False


@contextmanager
def watched() -> Iterator[Preparation]:
    """One attempt."""
    preparation = Preparation()
    held = _current.set(preparation)
    try:
        yield preparation
    finally:
        _current.reset(held)
