"""Events that say less than a person has to know: what they lack, and how a connector fetches it. Called by recording and the completer.

A platform whose deliveries carry ids only is asked for the rest after the delivery is acknowledged, never before.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from services.contracts.interaction import NeutralEvent
from services.engagement.protocol.sending import ChannelAccess, Net


class Lack(StrEnum):
    """What an event does not say. NAME: who a person is whom it names by id only. WORDS: what was said, or by whom."""

    NAME = "name"
    WORDS = "words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What the platform told of the event `id`: the same event with what was missing; or, for good, why it tells nothing.

    `event` keeps id, kind, direction and the conversation it belongs to; its author may be another where none was known.
    """

    id: str
    event: NeutralEvent | None = None
    reason: str = ""


@runtime_checkable
class Completes(Protocol):
    """Receives events that carry ids only, and can ask the platform for what they lack."""

    def lacks(self, event: NeutralEvent) -> Lack | None:
        """What must be asked for; None for most. Pure and cheap: asked of every event that is recorded."""

    def complete(self, events: Sequence[NeutralEvent], *, channel: ChannelAccess, net: Net) -> AsyncIterator[Completed]:
        """Ask for what these events lack, in as few calls as the platform allows, and say what is known as soon as it is.

        It may end before all are told, or raise the tree of `SendError`: those are asked for again later. What the platform will
        never tell (gone, forbidden, no consent) is told with its reason instead.
        """
