"""What callers are told of erasures: the certificate, and what each service removed for it. Plain data; nothing of the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.contracts.ids import ContactId, ErasureId, MemberId, PersonExportId
from services.contracts.vocabulary import ErasureReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedView:
    """How many things of one kind a service removed or emptied."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureShareView:
    """One service's part; `acknowledged_at` is None until it says that it holds nothing any more."""

    service: str
    acknowledged_at: datetime | None
    removed: tuple[RemovedView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureView:
    """The certificate. `profile_hashes` are sha256 of the ids of the profiles that were erased, in hexadecimal."""

    id: ErasureId
    contact_id: ContactId
    reason: ErasureReason
    requested_by: MemberId | None
    requested_at: datetime
    completed_at: datetime | None
    profile_hashes: tuple[str, ...]
    services: tuple[ErasureShareView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A legal hold on a contact: why, since when, and which member set it (None: an API key)."""

    contact_id: ContactId
    reason: str
    set_by: MemberId | None
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedView:
    """One thing that a service keeps of a person, as it keeps it: its kind (the table's name), and its columns."""

    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportShareView:
    """One service's part of an export; `acknowledged_at` is None until all of it is there. `items` counts what has come so far."""

    service: str
    acknowledged_at: datetime | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExportView:
    """All that is kept of a person as one file. `url` is good for whoever has it, and is None until every service has told its part."""

    id: PersonExportId
    contact_id: ContactId
    requested_by: MemberId | None
    requested_at: datetime
    completed_at: datetime | None
    expires_at: datetime
    url: str | None
    services: tuple[ExportShareView, ...]
