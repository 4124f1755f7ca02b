"""How an event of a connector becomes a row: who it hangs on, which thread, what it owes. Pure; called by recording.

Never does I/O. The ledger's first state is decided here, by kind and source alone; triage may exempt later.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.ids import ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import Author, NeutralEvent, conversation_key
from services.contracts.vocabulary import Addressed, Direction, Kind, Ledger, Source

CHANGES = frozenset({Kind.EDIT, Kind.DELETION, Kind.RECEIPT})
OWED_KINDS = frozenset({Kind.DIRECT, Kind.COMMENT, Kind.MENTION, Kind.POST, Kind.REVIEW})
NUL = "\x00"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads events of one workspace. `deployment_key` makes profile ids; `historic_after` is the age from which history is harmless."""

    workspace: WorkspaceId
    deployment_key: bytes
    historic_after: timedelta

    def profile_of(self, author: Author) -> ProfileId:
        """The profile of an account."""
        return profile_id(
            self.deployment_key,
            workspace=self.workspace,
            network=author.network,
            scope=author.scope,
            external_id=author.external_id,
        )

    def person_of(self, event: NeutralEvent) -> ProfileId:
        """The profile in whose history an event stands: whoever is not us."""
        if event.direction is Direction.OUTBOUND and event.recipient is not None:
            return self.profile_of(event.recipient)
        return self.profile_of(event.author)

    def is_historic(self, event: NeutralEvent, *, now: datetime) -> bool:
        """Whether it came by import or back-fill and is too old to start work."""
        return event.source is not Source.LIVE and event.occurred_at < now - self.historic_after

    def first_ledger(self, event: NeutralEvent, *, now: datetime) -> tuple[Ledger | None, str]:
        """What an event owes on arrival, with the reason where it owes nothing; outbound events are not in the ledger."""
        if event.direction is Direction.OUTBOUND:
            return None, ""
        if self.is_historic(event, now=now):
            return Ledger.EXEMPT, "imported history"
        if event.automatic:
            return Ledger.EXEMPT, event.automatic
        if event.kind in OWED_KINDS:
            return Ledger.OWED, ""
        return Ledger.EXEMPT, event.kind.value


def key_of(event: NeutralEvent) -> bytes:
    """The key of the conversation that the event's own fields name."""
    return key_of_parts(conversation_key(event))


def key_of_parts(parts: Iterable[str]) -> bytes:
    """sha256 of a conversation key's parts, each with its length before it."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "replace")
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.digest()


def conversation_kind(event: NeutralEvent) -> Kind:
    """What sort of thread an event opens; reactions, follows and clicks hang on the direct one."""
    return event.kind if event.kind in OWED_KINDS else Kind.DIRECT


def text_of(value: str | None) -> str | None:
    """Text that PostgreSQL takes: it has no NUL, and no half of a surrogate pair."""
    if value is None:
        return None
    return value.replace(NUL, "").encode("utf-8", "replace").decode()


def title_of(event: NeutralEvent) -> str | None:
    """What a thread is called: its venue's title where it is public, else the subject that its first message gave it."""
    return text_of(event.venue.title if event.public else event.extra.get("subject"))


def concerns_us(event: NeutralEvent) -> bool:
    """Whether it speaks to us or about us at all."""
    return event.addressed is not Addressed.OTHERS
