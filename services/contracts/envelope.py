"""How an event travels: CloudEvents 1.0 field names, NATS subjects and streams. Called by kit; knows no single event.

Subject: rapport.<service>.<noun>.<past participle>.v<version>.<workspace>. One stream per service; what is only passing is in none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.contracts.ids import WorkspaceId

SPEC_VERSION = "1.0"


class Event:
    """Base of every event: `type` is `<service>.<noun>.<past participle>`, `schema_version` grows only with breaking changes."""

    __slots__ = ()
    type: ClassVar[str]
    about: ClassVar[str]
    schema_version: ClassVar[int] = 1

    def aggregate(self) -> str:
        """The id in the field `about`, of the thing this event is about: events of one aggregate are published in order."""
        return str(getattr(self, self.about))

    @classmethod
    def address(cls, workspace: WorkspaceId | str) -> str:
        """The NATS subject of this event; pass "*" as the workspace to listen to all of them."""
        return subject_of(cls.type, version=cls.schema_version, workspace=workspace)


class Passing(Event):
    """Base of what is told to whoever listens at this moment, and kept by nobody: no outbox, no stream, no catching up."""

    __slots__ = ()

    @classmethod
    def address(cls, workspace: WorkspaceId | str) -> str:
        """See Event: beside what the streams take in."""
        return f"passing.{cls.type}.v{cls.schema_version}.{workspace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Everything of an event but its data. `id` doubles as the broker's message id; `sequence` is the outbox position."""

    id: str
    type: str
    version: int
    workspace: WorkspaceId
    time: datetime
    subject: str
    sequence: int
    traceparent: str | None = None

    @property
    def source(self) -> str:
        """The service that speaks, as a CloudEvents source."""
        return f"/services/{self.type.split('.', 1)[0]}"


def subject_of(event_type: str, *, version: int, workspace: WorkspaceId | str) -> str:
    """The NATS subject; pass "*" as the workspace to listen to all of them."""
    return f"rapport.{event_type}.v{version}.{workspace}"


def stream_of(service: str) -> str:
    """The JetStream stream that holds a service's events."""
    return f"RAPPORT_{service.upper()}"
