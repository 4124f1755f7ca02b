"""How a simulated platform misbehaves when it is called, on request. Called by the platforms; decided by a seeded generator."""

import random
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "rate_limited",
    "forbidden",
    "server_error",
    "server_error_after",
    "reset_before",
    "reset_after_write",
    "stall",
    "truncated",
)


class UnknownFaultError(Exception):
    """There is no such fault."""


@dataclass
class Fault:
    """One way to misbehave: the next `times` calls, each with `probability`.

    rate_limited and forbidden answer 429 (`retry_after` seconds) and 403; server_error answers 502 and takes nothing,
    server_error_after takes the call and answers 502; reset_before drops the connection and takes nothing, reset_after_write
    takes the call first; stall takes the call and answers after `seconds`; truncated takes the call and sends half an answer.
    """

    kind: str
    times: int = 1
    probability: float = 1.0
    retry_after: float = 1.0
    seconds: float = 20.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownFaultError(f"no fault is called {self.kind}; there are {', '.join(KINDS)}")

    @property
    def takes_the_call(self) -> bool:
        """Whether the platform has done what it was asked, whatever it answers."""
        return self.kind in {"server_error_after", "reset_after_write", "stall", "truncated"}


@dataclass
class Faults:
    """The faults waiting for calls, by platform."""

    generator: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a seeded play, not a secret
    waiting: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, platform: str, **facts: Any) -> None:  # noqa: ANN401 - the fields of Fault, from JSON
        """Let the next calls of a platform fail."""
        self.waiting.setdefault(platform, []).append(Fault(**facts))

    def clear(self) -> None:
        """Behave."""
        self.waiting.clear()

    def next_for(self, platform: str) -> Fault | None:
        """The fault of this call, if any."""
        for fault in self.waiting.get(platform, []):
            if fault.times > 0 and self.generator.random() < fault.probability:
                fault.times -= 1
                return fault
        return None
