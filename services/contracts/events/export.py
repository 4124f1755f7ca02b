"""How all that is kept of a person becomes one file: identity asks, each other service tells its part in pieces. Plain data.

The pieces are sealed and can be opened by services of the deployment only; erasing the person takes them out of the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ContactId, PersonExportId, ProfileId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExportRequested(Event):
    """All that is kept of these profiles is asked for; whoever keeps something of them tells it, and whoever keeps nothing says so."""

    type: ClassVar[str] = "identity.person.export_requested"
    about: ClassVar[str] = "export_id"
    export_id: PersonExportId
    contact_id: ContactId
    profile_ids: Sequence[ProfileId]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece(Event):
    """Piece `number` (from 0) of a service's part; after the `last` one the part is complete. `items` begin in it."""

    about: ClassVar[str] = "export_id"
    export_id: PersonExportId
    contact_id: ContactId
    number: int
    last: bool
    items: int
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryExported(_Piece):
    """What engagement keeps."""

    type: ClassVar[str] = "engagement.history.exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkExported(_Piece):
    """What routing keeps."""

    type: ClassVar[str] = "routing.work.exported"
