"""What a simulated platform is made of: a table of the calls that it takes, how people speak there, how it refuses. Read by the stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from rapport.simulation.accounts import Account, Said
from rapport.simulation.crowd import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call of ours as the platform reads it. `base` is where the simulation is; header names are in lower case."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, object]
    headers: Mapping[str, str]
    base: str = ""
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def bearer(self) -> str:
        """The token that came along."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def listed(self, name: str) -> Sequence[str]:
        """All values of a query parameter that is there several times."""
        return self.several.get(name, ())

    def within(self, *names: str) -> str:
        """A text that lies so deep in the body; "" where there is none."""
        found: object = self.body
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return str(found) if isinstance(found, str | int) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A reply that the platform took, and what it answers; `repeated` where it had it already."""

    said: Said
    answer: object
    repeated: bool = False


class RefusedError(Exception):
    """A call that the platform refuses, with its answer."""

    def __init__(self, status: int, answer: object) -> None:
        super().__init__(str(status))
        self.status = status
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer of a platform in trouble."""

    status: int
    answer: object
    headers: Mapping[str, str] = field(default_factory=dict)


Answers = Callable[[Account, Asked], object]


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the table: `path` as aiohttp wants it; what `answers` gives is JSON, a whole answer, or (where it `sends`) `Taken`."""

    method: str
    path: str
    answers: Answers
    sends: bool = False
    polled: bool = False


def _nothing(account: Account, said: Said) -> Sequence[object]:
    del account, said
    return ()


def _bare(account: Account, body: bytes) -> Mapping[str, str]:
    del account, body
    return {}


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a platform tells by WebSocket what happens, and the text of each message."""

    path: str
    message: Callable[[Account, Said], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform. `hear` is what a person's line becomes; `event` its webhook's body (without one it stands on pages only).

    `echo` gives the bodies of webhooks about what we said, `headers` what proves a body. `refusals` are by the kind of a fault, with the
    seconds to wait: rate_limited, forbidden, server_error, and unauthorized for a token that nobody has.
    """

    name: str
    calls: tuple[Call, ...]
    hear: Callable[[Account, Line], Said]
    refusals: Mapping[str, Callable[[float], Refusal]]
    event: Callable[[Account, Said], object] | None = None
    stream: Stream | None = None
    echo: Callable[[Account, Said], Sequence[object]] = _nothing
    headers: Callable[[Account, bytes], Mapping[str, str]] = _bare
    token: Callable[[Asked], str] = lambda asked: asked.bearer


def whole(body: bytes, *, content_type: str, **headers: str) -> web.Response:
    """An answer that is no JSON; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=body, content_type=content_type, headers=named)
