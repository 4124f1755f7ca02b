"""What can go wrong with a call to the outside, told apart by the one thing a sender must know: may it try again?

NetError
├── NotSentError          no byte of the request left us: trying again is safe
│   └── ForbiddenAddressError   the address is not one that outside calls may go to; trying again is pointless
└── InDoubtError          a connection stood, so the other side may have acted: never resend blindly
    └── AnswerTooLargeError
"""

from typing import Literal

Reason = Literal["address", "url", "connect", "time-out", "broken", "too large", "encoding"]


class NetError(Exception):
    """A call without a usable answer. `reason` is a closed word; texts of addresses or bodies are never in it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSentError(NetError):
    """Certainly not sent: name not found, refused, TLS not agreed, no connection in time, unusable URL."""


class ForbiddenAddressError(NotSentError):
    """The name leads to an address or port inside, or the URL has a form that outside calls do not take."""


class InDoubtError(NetError):
    """Time-out, reset or nonsense after the connection stood. `status` where the answer had begun."""

    def __init__(self, reason: Reason, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class AnswerTooLargeError(InDoubtError):
    """The answer is longer than the caller wants, counted after decompression."""
