"""What identity says of what people let us do. Plain data."""

from dataclasses import dataclass
from typing import ClassVar

from services.contracts.consent import ConsentWord
from services.contracts.envelope import Event
from services.contracts.ids import ProfileId, WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChanged(Event):
    """What a profile lets us do changed: every word of it that counts now, the newest of each purpose, network and channel.

    `version` grows per profile; a reader ignores older ones, so order does not matter. A person's words are those of all profiles.
    """

    type: ClassVar[str] = "identity.consent.changed"
    about: ClassVar[str] = "profile_id"
    profile_id: ProfileId
    version: int
    words: tuple[ConsentWord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposesChanged(Event):
    """A workspace's purposes were edited: for those in `granted` a person must have said yes. `version` grows per workspace."""

    type: ClassVar[str] = "identity.purposes.changed"
    about: ClassVar[str] = "workspace_id"
    workspace_id: WorkspaceId
    version: int
    keys: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
