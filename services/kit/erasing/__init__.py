"""Erasing a subject from what every service keeps alike: outbox, stream, dead letters, kept answers; and the job that does it.

Used by each service's `erasing`. Knows ids and accounts, not people.
"""

from services.kit.erasing.eraser import Begin, Ending, Eraser, Removed, begin_erasing
from services.kit.erasing.subject import Account, Subject, open_subject, seal_subject
from services.kit.erasing.tombstones import erased_among

PURPOSE = "erasure"

__all__ = [
    "PURPOSE",
    "Account",
    "Begin",
    "Ending",
    "Eraser",
    "Removed",
    "Subject",
    "begin_erasing",
    "erased_among",
    "open_subject",
    "seal_subject",
]
