"""Files by which people come in: a job, how far it is, and the rows that were not taken as they were. Plain data."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ImportId, MemberId
from services.contracts.vocabulary import ImportKind, ImportState


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """One import. `rows_estimated` is of the whole file, exact at the end; `rows_per_second` is since it began.

    `rows_done` counts what was taken, also without a part; `reason` says why it failed. Rows that break the form are in its report.
    """

    id: ImportId
    kind: ImportKind
    name: str
    format: str
    state: ImportState
    size_bytes: int
    read_bytes: int
    rows_done: int
    rows_refused: int
    rows_estimated: int
    rows_per_second: float
    reason: str
    member_id: MemberId | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRowView:
    """A row that was refused, or (`kept`) taken without a part of it. `key` is network:external_id, as far as it was known."""

    line: int
    key: str
    reason: str
    kept: bool
