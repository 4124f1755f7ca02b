"""How a person is erased everywhere: identity asks, each service says what it removed, identity says that it is done. Plain data.

None of them says who it was; `sealed` can be opened by services of the deployment only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ContactId, ErasureId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErasureRequested(Event):
    """Everything about a person until `at` is to go. `sealed` names the profiles, accounts and addresses."""

    type: ClassVar[str] = "identity.person.erasure_requested"
    about: ClassVar[str] = "erasure_id"
    erasure_id: ErasureId
    contact_id: ContactId
    at: datetime
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share(Event):
    about: ClassVar[str] = "erasure_id"
    erasure_id: ErasureId
    at: datetime
    removed: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryErased(_Share):
    """Engagement holds nothing of the person any more; `removed` counts by kind."""

    type: ClassVar[str] = "engagement.person.erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkErased(_Share):
    """Routing holds nothing of the person any more; `removed` counts by kind."""

    type: ClassVar[str] = "routing.person.erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """Every service has said that it holds nothing of the person any more: the certificate is complete."""

    type: ClassVar[str] = "identity.person.erased"
    about: ClassVar[str] = "erasure_id"
    erasure_id: ErasureId
    contact_id: ContactId
    at: datetime
