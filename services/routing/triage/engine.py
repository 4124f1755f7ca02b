"""Readings of messages and what the heads make of them: the shared pass. Called by analysis and by training, so that both see the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.contracts.vocabulary import Discipline, Phase
from services.routing.triage.exemptions import find_exemption
from services.routing.triage.judging import choose_discipline, choose_phase, discipline_points
from services.routing.triage.message import Message
from services.routing.triage.reading import Reading, read
from services.routing.triage.signals import signals_of


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the rules alone make of a message."""

    reading: Reading
    points: Mapping[Discipline, float]
    discipline: Discipline
    confidence: float
    phase: Phase
    exempt: str | None


def reckon(message: Message) -> Reckoning:
    """Reads one message and lets the rules judge."""
    reading = read(message)
    points = discipline_points(reading)
    discipline, confidence = choose_discipline(points)
    return Reckoning(reading, points, discipline, confidence, choose_phase(reading, discipline=discipline), find_exemption(reading))


def signals_for(reckonings: Sequence[Reckoning]) -> NDArray[np.int64]:
    """The signals of each, as heads take them."""
    return signals_of(
        [each.reading for each in reckonings],
        points=[each.points for each in reckonings],
        phases=[each.phase for each in reckonings],
        exemptions=[each.exempt for each in reckonings],
    )
