"""Accounts of ours on simulated platforms, and all that was said there: pages, look-ups and echoes are made of it. Used by platforms."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rapport.simulation.crowd import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something that was said. `id` is what the history will call it; `number` grows from one to the next.

    `person` is who said it, or whom we spoke to. `thread` is the first of its thread, `above` what it answers; `reference` is what we gave
    along.
    """

    id: str
    number: int
    at: datetime
    kind: str
    text: str
    person: int
    name: str
    ours: bool = False
    thread: str = ""
    above: str = ""
    reference: str = ""

    @property
    def seconds(self) -> int:
        """Since 1970."""
        return int(self.at.timestamp())

    @property
    def milliseconds(self) -> int:
        """Since 1970."""
        return int(self.at.timestamp() * 1000)

    @property
    def written_at(self) -> str:
        """As most platforms write times: UTC, milliseconds, Z."""
        return self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Account:
    """An account of ours. `id` is what the ledger calls it; `token` opens it; deliveries go to `webhook_url`, signed by `secret`."""

    id: str
    token: str
    webhook_url: str = ""
    secret: str = field(default="", repr=False)
    said: list[Said] = field(default_factory=list)
    polls: int = 0
    _by_id: dict[str, Said] = field(default_factory=dict)
    _threads: dict[str, Said] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(time.time_ns() // 1_000_000))

    def number(self) -> int:
        """One that was never given before."""
        return next(self._numbers)

    def hear(self, line: Line, *, kind: str, id_of: Callable[[int, str], str], topic: str | None = None) -> Said:
        """Let a person say it. `id_of` makes the id of a number and the thread ("" begins one); a person has one thread for each topic."""
        number, place = self.number(), f"{topic}:{line.person_id}"
        first = self._threads.get(place) if topic is not None else None
        thread = first.id if first else ""
        said = Said(
            id=id_of(number, thread),
            number=number,
            at=datetime.now(UTC),
            kind=kind,
            text=line.text,
            person=line.person_id,
            name=f"{line.first_name} {line.last_name}",
            thread=thread,
            above=thread,
        )
        self._threads.setdefault(place, said)
        return self._keep(said)

    def take(self, text: str, *, to: Said, kind: str, id_of: Callable[[int], str], thread: str = "", reference: str = "") -> Said:
        """Let us say it, to whoever said `to`."""
        number = self.number()
        said = Said(
            id=id_of(number),
            number=number,
            at=datetime.now(UTC),
            kind=kind,
            text=text,
            person=to.person,
            name=to.name,
            ours=True,
            thread=thread,
            above=to.id,
            reference=reference,
        )
        return self._keep(said)

    def find(self, id_: str) -> Said | None:
        """What has this id."""
        return self._by_id.get(id_)

    def with_person(self, person: str, *, kind: str) -> list[Said]:
        """What was said between a person and us, the newest first."""
        return [said for said in reversed(self.said) if str(said.person) == person and said.kind == kind]

    def in_thread(self, thread: str) -> list[Said]:
        """What hangs beneath the first of a thread, the newest first."""
        return [said for said in reversed(self.said) if said.thread == thread]

    def _keep(self, said: Said) -> Said:
        self.said.append(said)
        self._by_id[said.id] = said
        return said
