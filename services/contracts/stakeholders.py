"""How people of each stakeholder kind are treated where nothing else is said, and who they are in a company's decision to buy.

Shown by identity, obeyed by routing. Plain data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.contracts.vocabulary import Discipline, StakeholderKind, Urgency


class BuyingRole(StrEnum):
    """What somebody does in a company's decision to buy."""

    CHAMPION = "champion"
    DECISION_MAKER = "decision_maker"
    ECONOMIC_BUYER = "economic_buyer"
    INFLUENCER = "influencer"
    USER = "user"
    GATEKEEPER = "gatekeeper"
    BLOCKER = "blocker"
    NONE = "none"


class RelationKind(StrEnum):
    """How somebody stands to a venue, or to something said there."""

    FOLLOWS = "follows"
    LIKES = "likes"
    REVIEWED = "reviewed"


class Encounter(StrEnum):
    """How the company came to know of an account: what it did itself, and what others or lists said of it."""

    WROTE = "wrote"
    FOLLOWED = "followed"
    REACTED = "reacted"
    BOUGHT = "bought"
    MENTIONED = "mentioned"
    ADDRESSED = "addressed"
    RECORDED = "recorded"


class LeadState(StrEnum):
    """What became of a lead that was handed over to another system; the last three are final."""

    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What follows from a kind: whose job it is, how urgent, and whether a person must approve what is answered. `why` is a sentence."""

    why: str
    discipline: Discipline | None = None
    urgency: Urgency | None = None
    approval: bool = False


TREATMENTS: Mapping[StakeholderKind, Treatment] = MappingProxyType(
    {
        StakeholderKind.PRESS: Treatment(why="The writer is of the press, which PR answers", discipline=Discipline.PR),
        StakeholderKind.INFLUENCER: Treatment(why="The writer is an influencer, whom many hear: urgent", urgency=Urgency.HIGH),
        StakeholderKind.COMPETITOR: Treatment(
            why="The writer is a competitor, who is never answered automatically: a person approves each answer", approval=True
        ),
        StakeholderKind.DETRACTOR: Treatment(why="The writer is a known detractor, who is not kept waiting: urgent", urgency=Urgency.HIGH),
    }
)
"""The kinds that are not listed change nothing."""
