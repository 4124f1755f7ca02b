"""What starts the work of a playbook's cell, read from its words. Pure; called by the playbook's edges and by cadences.

Four kinds, each a word, a colon, and what is meant: `interaction: price or delivery` (whatever triage puts into the cell),
`stage entered: loyalty`, `time since: 3 days after delivery`, `segment joined: press`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from services.contracts.vocabulary import StakeholderKind
from services.routing.errors import TriggerRefusedError

STAGES = ("awareness", "interest", "consideration", "intent", "purchase", "experience", "loyalty", "advocacy")
"""Stages of the first ring: those of every other ring are like one of them."""

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "cart": "cart",
        "purchase": "purchased",
        "delivery": "delivered",
        "renewal": "renewed",
        "return": "returned",
        "cancellation": "cancelled",
        "referral": "referred",
    }
)
"""What a time may count from, and how the CRM tells it."""

UNITS = ("minute", "hour", "day", "week")
LONGEST = timedelta(days=2 * 366)
_SINCE = re.compile(rf"(?P<count>\d{{1,6}}) (?P<unit>{'|'.join(UNITS)})s? after (?P<event>[a-z]+)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Somebody says something that triage puts into the cell; `about` is for people."""

    about: str


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody enters a stage that is like this one of the first ring."""

    stage: str


@dataclass(frozen=True, slots=True)
class Elapsed:
    """So much time has passed since the CRM told this of somebody; `event` is one of its words, such as delivered."""

    event: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is said to be of this kind."""

    kind: StakeholderKind


Trigger = Spoken | Entered | Elapsed | Joined


def read_trigger(text: str) -> Trigger:
    """What the words mean. Raises TriggerRefusedError, which says what there is."""
    kind, colon, said = (part.strip() for part in text.partition(":"))
    if not colon or not said:
        raise TriggerRefusedError(f"{text!r} needs a colon and what is meant after it, such as 'interaction: price or delivery'.")
    match kind:
        case "interaction":
            return Spoken(said)
        case "stage entered":
            return Entered(_one_of(said, STAGES, text))
        case "time since":
            return _elapsed(said, text)
        case "segment joined":
            return Joined(StakeholderKind(_one_of(said, [kind.value for kind in StakeholderKind], text)))
    raise TriggerRefusedError(f"{text!r} begins with none of: interaction, stage entered, time since, segment joined.")


def triggers_in(texts: Iterable[str]) -> list[tuple[str, Trigger]]:
    """Those of a stored cell; what was stored before its words had to be exact starts nothing."""
    found: list[tuple[str, Trigger]] = []
    for text in texts:
        try:
            found.append((text, read_trigger(text)))
        except TriggerRefusedError:
            continue
    return found


def _elapsed(said: str, text: str) -> Elapsed:
    found = _SINCE.fullmatch(said)
    if found is None or found["event"] not in EVENTS:
        raise TriggerRefusedError(
            f"{text!r} is no time: write a number of {', '.join(f'{unit}s' for unit in UNITS)}, 'after', and one of {', '.join(EVENTS)}."
        )
    after = int(found["count"]) * timedelta(**{f"{found['unit']}s": 1})
    if after > LONGEST:
        raise TriggerRefusedError(f"{text!r} is longer than the two years that a time may take.")
    return Elapsed(EVENTS[found["event"]], after)


def _one_of(said: str, known: Iterable[str], text: str) -> str:
    names = list(known)
    if said not in names:
        raise TriggerRefusedError(f"{text!r} names {said!r}; there are {', '.join(names)}.")
    return said
