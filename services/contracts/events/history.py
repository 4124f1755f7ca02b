"""What identity says of conversations that another system had, read from a file of its: for engagement to keep. Plain data."""

from dataclasses import dataclass
from typing import ClassVar

from services.contracts.envelope import Event
from services.contracts.ids import ChannelId, ImportId, MemberId, ProfileId
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import ConversationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that was said, and the member who said it for the company, where they work here."""

    event: NeutralEvent
    member_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLabel:
    """A label of a conversation; `colour` is #rrggbb."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryImported(Event):
    """Some of what was said in one conversation with one person, elsewhere and in the past. It starts no work, whatever its age.

    `archive` names the inbox that it was in, the same in every import of it; `channel_id` is the channel of ours that it goes to, and
    where there is none it goes to one that is kept for the archive alone and sends nothing. `status` and `labels` are those that the
    conversation had there: they count where it is not known here yet. Entries are known by their events' ids, so order does not matter.
    """

    type: ClassVar[str] = "identity.history.imported"
    about: ClassVar[str] = "profile_id"
    import_id: ImportId
    profile_id: ProfileId
    archive: str
    archive_name: str
    status: ConversationStatus
    entries: tuple[HistoryEntry, ...]
    labels: tuple[HistoryLabel, ...] = ()
    channel_id: ChannelId | None = None
    title: str | None = None
