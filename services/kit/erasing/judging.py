"""What an event has to do with a subject: it is the subject's own, or names it beside others. Pure; called by the sweeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.kit.erasing.subject import Subject

# The erasure itself is told by events that name the subject, and stay.
SPARED = ".person."
_WHOSE = ("profile_id", "contact_id")


@dataclass(frozen=True, slots=True)
class Judged:
    """`own`: it goes. Else `data` is the event without the subject, or None where there was nothing to leave out."""

    own: bool
    data: dict[str, Any] | None = None


def judge(data: Mapping[str, Any], *, subject: Subject, said_at: datetime, until: datetime) -> Judged:
    """Of an event's data. `said_at` is when it was said, `until` when this service learned of the erasure: later ones are new."""
    if any(str(data.get(name)) in subject.ids for name in _WHOSE) and is_past(data, subject=subject, said_at=said_at, until=until):
        return Judged(own=True)
    rest = _without(data, subject)
    return Judged(own=False, data=rest if rest != data else None)


def is_past(data: Mapping[str, Any], *, subject: Subject, said_at: datetime, until: datetime) -> bool:
    """Whether an event is of the time that is erased: what happened counts, not when it was told."""
    nested = data.get("event")
    if isinstance(nested, Mapping) and "occurred_at" in nested:
        # What was told by then happened by then: a platform's clock may run ahead of ours.
        return min(datetime.fromisoformat(str(nested["occurred_at"])), said_at) <= subject.at
    return said_at <= until


def _without(value: Any, subject: Subject) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return {key: None if _names(each, subject) else _without(each, subject) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, subject) for each in value if not _names(each, subject)]
    return value


def _names(value: Any, subject: Subject) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(value, Mapping) and "network" in value and "external_id" in value and subject.is_account(value)
