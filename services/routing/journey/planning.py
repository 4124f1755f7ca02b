"""A workspace's ring and product lines: read, shown, and replaced whole. Called by recording, reading and the edges, in their transaction.

Nothing is written anew where the ring changes: what was stored under an earlier one is read as the stage that covers it now.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views.journey import JourneyPlanView, LineView, RingView
from services.kit.db import Connection
from services.routing.errors import JourneyRefusedError, VersionConflictError
from services.routing.journey.rings import FIRST, Ring, check, first_keys, templates
from services.routing.statements import journey as statements

MAIN = "main"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the journey is here. `earlier`: for stages of earlier rings of the workspace's own what they were like."""

    ring: Ring
    lines: tuple[LineView, ...] = ()
    version: int = 0
    earlier: Mapping[str, str] = field(default_factory=dict)

    def line_of(self, text: str) -> str:
        """The product line that a text is about: the first whose words it has, else the main one."""
        return next((name for name, words in self._words if words.search(text)), MAIN)

    def named(self, line: str) -> str:
        """The line itself. Raises JourneyRefusedError where there is none of that name."""
        names = [MAIN, *(each.name for each in self.lines)]
        if line not in names:
            raise JourneyRefusedError(f"There is no product line {line!r}; there are {', '.join(names)}.")
        return line

    @cached_property
    def stored(self) -> list[tuple[str, str]]:
        """For each stage that may be stored the one that it is on the present ring."""
        alike = dict(self.earlier)
        for template in templates().values():
            alike |= {stage.key: stage.like[0] for stage in template.stages}
        alike |= {key: key for key in first_keys()}
        alike |= {stage.key: stage.like[0] for stage in self.ring.stages}
        return [(key, self.ring.stages[self.ring.place(key, like)].key) for key, like in sorted(alike.items())]

    @cached_property
    def _words(self) -> list[tuple[str, re.Pattern[str]]]:
        said = [(line.name, [re.escape(word) for word in line.words]) for line in self.lines]
        return [(name, re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)) for name, words in said if words]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    ring: Ring
    lines: tuple[LineView, ...]
    earlier: dict[str, str]


async def plan_of(connection: Connection, workspace: WorkspaceId) -> Plan:
    """The workspace's, or the shipped one."""
    row = await statements.plan_document(connection, workspace)
    if row is None:
        return Plan(ring=templates()[FIRST])
    document = msgspec.convert(row["document"], _Document)
    return Plan(ring=document.ring, lines=document.lines, version=row["version"], earlier=document.earlier)


def plan_view(plan: Plan) -> JourneyPlanView:
    """As it is shown."""
    ring = RingView(name=plan.ring.name, title=plan.ring.title, stages=plan.ring.stages)
    return JourneyPlanView(ring=ring, lines=plan.lines, version=plan.version)


async def replace_plan(
    connection: Connection, workspace: WorkspaceId, said: JourneyPlanView, *, by: UUID | None, now: datetime
) -> JourneyPlanView:
    """Let this be the workspace's; `said.version` is the one that was read. Raises JourneyRefusedError, VersionConflictError."""
    check(said.ring)
    names = [line.name for line in said.lines]
    if MAIN in names or len(set(names)) < len(names):
        raise JourneyRefusedError(f"Each product line has a name of its own, and {MAIN} is there already.")
    present = await plan_of(connection, workspace)
    earlier = {**present.earlier, **{stage.key: stage.like[0] for stage in present.ring.stages}}
    document = msgspec.json.encode({"ring": said.ring, "lines": said.lines, "earlier": earlier}).decode()
    written = await statements.replaced_plan(connection, workspace, document, version=said.version, by=by, now=now)
    if written is None:
        raise VersionConflictError("The journey was changed in the meantime; read it again.", version=present.version)
    return JourneyPlanView(ring=said.ring, lines=said.lines, version=written)
