"""How long things are kept: rules by kind and age, as a workspace sets them and every service obeys them. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.contracts.vocabulary import StakeholderKind


class RetentionKind(StrEnum):
    """What a rule is about."""

    MESSAGES = "messages"
    MEDIA = "media"
    DELIVERIES = "deliveries"
    NOTES = "notes"
    PARTNER_DELIVERIES = "partner_deliveries"
    IMPORTS = "imports"
    STRANGERS = "strangers"
    PEOPLE = "people"


class RetentionAction(StrEnum):
    """What becomes of it: it goes, or its row stays for the sums, without person and words."""

    REMOVE = "remove"
    ANONYMISE = "anonymise"


# What can be done with each; messages are counted for ever, so their rows stay.
ACTIONS: Mapping[RetentionKind, RetentionAction] = MappingProxyType(
    {
        **dict.fromkeys(RetentionKind, RetentionAction.REMOVE),
        RetentionKind.MESSAGES: RetentionAction.ANONYMISE,
    }
)
SHORTEST_DAYS = 7
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """After so many days it goes. `stakeholder` narrows a rule about people to those of one kind."""

    kind: RetentionKind
    days: int
    action: RetentionAction
    stakeholder: StakeholderKind | None = None


def read_rule(text: str) -> RetentionRule:
    """A rule as it is written in an address: kind:days, or people:days:stakeholder. Raises ValueError, which says what is wrong."""
    named, _, rest = text.partition(":")
    days, _, stakeholder = rest.partition(":")
    kind = RetentionKind(named)
    if not (days.isascii() and days.isdigit() and SHORTEST_DAYS <= int(days) <= LONGEST_DAYS):
        message = f"days of {named} are a number from {SHORTEST_DAYS} to {LONGEST_DAYS}"
        raise ValueError(message)
    of = StakeholderKind(stakeholder) if stakeholder else None
    return RetentionRule(kind=kind, days=int(days), action=ACTIONS[kind], stakeholder=of)
