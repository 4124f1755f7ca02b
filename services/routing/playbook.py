"""The playbook: in each phase, what each discipline does, when, and within how many minutes. Shipped filled, edited per workspace.

Called by tasks and the edges, in their transaction. Decides about no interaction: triage says the cell, the cell says the work.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import PlaybookCellView
from services.contracts.vocabulary import Discipline, Phase
from services.kit.db import Connection
from services.routing.errors import CellNotFoundError, VersionConflictError
from services.routing.statements import playbook as statements
from services.routing.triggers import read_trigger

DISCIPLINES = tuple(discipline for discipline in Discipline if discipline is not Discipline.NONE)
"""The seven; nobody's queue is the eighth, and has no cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(PlaybookCellView):
    """A cell with the version that guards its edits; 0 while it is the shipped one."""

    version: int = 0


Playbook = Mapping[tuple[Phase, Discipline], Cell]


@cache
def shipped_playbook() -> Playbook:
    """The cells that come with the product: every phase with each of the seven disciplines."""
    text = files("services.routing").joinpath("playbook.toml").read_text(encoding="utf-8")
    cells: dict[tuple[Phase, Discipline], Cell] = {}
    for phase, row in tomllib.loads(text).items():
        for discipline, content in row.items():
            cell = msgspec.convert({**content, "phase": phase, "discipline": discipline}, Cell)
            cells[cell.phase, cell.discipline] = cell
    return MappingProxyType(cells)


async def playbook_of(connection: Connection, workspace: WorkspaceId) -> Playbook:
    """The workspace's playbook: its own cells, and the shipped ones where it has none."""
    own = [_read_cell(row) for row in await statements.own_cells(connection, workspace)]
    if not own:
        return shipped_playbook()
    return {**shipped_playbook(), **{(cell.phase, cell.discipline): cell for cell in own}}


async def replace_cell(
    connection: Connection, workspace: WorkspaceId, cell: PlaybookCellView, *, version: int, by: UUID | None, now: datetime
) -> Cell:
    """Make a cell the workspace's own. Raises CellNotFoundError, TriggerRefusedError, VersionConflictError."""
    if cell.discipline is Discipline.NONE:
        raise CellNotFoundError
    for trigger in cell.triggers:
        read_trigger(trigger)
    written = await statements.replaced_cell(connection, workspace, cell, version=version, by=by, now=now)
    if written is None:
        present = (await playbook_of(connection, workspace))[cell.phase, cell.discipline]
        raise VersionConflictError("The cell was changed in the meantime; read it again.", version=present.version)
    return _versioned(cell, version=written)


def _read_cell(row: asyncpg.Record) -> Cell:
    return Cell(
        phase=Phase(row["phase"]),
        discipline=Discipline(row["discipline"]),
        triggers=tuple(row["triggers"]),
        work=row["work"],
        guidance=row["guidance"],
        due_minutes=row["due_minutes"],
        approval=row["approval"],
        version=row["version"],
    )


def _versioned(cell: PlaybookCellView, *, version: int) -> Cell:
    return Cell(
        phase=cell.phase,
        discipline=cell.discipline,
        triggers=cell.triggers,
        work=cell.work,
        guidance=cell.guidance,
        due_minutes=cell.due_minutes,
        approval=cell.approval,
        version=version,
    )
