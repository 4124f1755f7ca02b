"""Rings: the four that come with the product, a workspace's own, and how the stages of one are read as those of another. Pure.

Every stage covers stages of the first ring, by which all rings are mapped to one another. Called by all of the journey.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import msgspec

from services.contracts.views.journey import RingView, StageView
from services.contracts.vocabulary import Phase
from services.routing.errors import JourneyRefusedError

FIRST = "advocacy"


@dataclass(frozen=True, kw_only=True)
class Ring(RingView):
    """A ring with what follows from its stages."""

    def place(self, stage: str, alike: str) -> int:
        """Where on the ring a stored stage stands: itself, or for a stage of an earlier ring whichever covers the one that it was like."""
        return self._places.get(stage, self._like.get(alike, 0))

    def covering(self, alike: str) -> StageView:
        """The stage that covers one of the first ring's."""
        return self.stages[self._like[alike]]

    def stage(self, key: str) -> StageView | None:
        """The stage of that key, or None."""
        place = self._places.get(key)
        return None if place is None else self.stages[place]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {stage.key: place for place, stage in enumerate(self.stages)}

    @cached_property
    def _like(self) -> Mapping[str, int]:
        """For each stage of the first ring the place of the stage that covers it, else of the nearest before it."""
        found, last = {}, 0
        covers = {like: place for place, stage in reversed(list(enumerate(self.stages))) for like in stage.like}
        for key in first_keys():
            last = found[key] = covers.get(key, last)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmMove:
    """What follows from an event of the CRM."""

    stage: str
    mode: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shipped:
    ring: tuple[Ring, ...]
    intents: dict[str, str]
    phases: dict[Phase, str]
    crm: dict[str, CrmMove]


@cache
def shipped() -> _Shipped:
    """Everything of rings.toml."""
    text = files("services.routing.journey").joinpath("rings.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Shipped)


@cache
def templates() -> Mapping[str, Ring]:
    """The four, by name."""
    return {ring.name: ring for ring in shipped().ring}


@cache
def first_keys() -> tuple[str, ...]:
    """The stages of the first ring, in order."""
    return tuple(stage.key for stage in shipped().ring[0].stages)


def check(ring: RingView) -> None:
    """Raises JourneyRefusedError for a ring that cannot be walked."""
    keys = [stage.key for stage in ring.stages]
    phases = [stage.phase for stage in ring.stages]
    if len(set(keys)) < len(keys):
        raise JourneyRefusedError("Each stage has a key of its own; one stands twice.")
    strange = sorted({like for stage in ring.stages for like in stage.like} - set(first_keys()))
    if strange or not all(stage.like for stage in ring.stages):
        raise JourneyRefusedError(f"Each stage says what it is like, one or more of {', '.join(first_keys())}.")
    order = [list(Phase).index(phase) for phase in phases]
    if set(phases) != {Phase.PRE, Phase.PURCHASE, Phase.POST} or order != sorted(order):
        raise JourneyRefusedError("A ring has stages before the purchase (pre), at it (purchase) and after it (post), in this order.")
    ranks = [first_keys().index(stage.like[0]) for stage in ring.stages]
    if ranks != sorted(ranks):
        raise JourneyRefusedError("Stages stand in the order of the stages that they are like.")
