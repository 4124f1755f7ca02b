"""The calibrated figures of `weights.json`: thresholds, and bits told as a probability. Read once; written by `calibrate` only."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("weights.json")

_FEWEST_BITS = 11.0
"""Among a handful of people too, a first name alone is no reason to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`slope` and `shift` turn bits into a probability; the others are bits."""

    version: int
    slope: float
    shift: float
    joining_bits: float
    """From here on a handle and an agreeing full name together link by themselves."""
    gathering_bits: float
    """From here on weak signs of three kinds link by themselves."""
    suggesting_bits: float
    """From here on a person is asked, among `population` profiles."""
    population: int

    def among(self, population: int) -> "Weights":
        """For another number of profiles: of twice as many, twice as many strangers look alike, which is one bit more to ask for."""
        bits = self.suggesting_bits + math.log2(max(1, population) / self.population)
        return replace(self, suggesting_bits=max(_FEWEST_BITS, round(bits, 3)), population=population)

    def probability(self, bits: float) -> float:
        """That two profiles with this evidence are one person, between 0 and 1."""
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, self.slope * bits + self.shift))))


class WeightsChangedError(ValueError):
    """The file of weights was changed by hand, or cut off; write it anew with `python -m services.identity.matching.calibrate`."""


@cache
def shipped_weights() -> Weights:
    """Raises WeightsChangedError where the checksum does not fit."""
    told = json.loads(FILE.read_text())
    weights = Weights(**told["weights"])
    if told["checksum"] != checksum(weights):
        raise WeightsChangedError(FILE.name)
    return weights


def checksum(weights: Weights) -> str:
    """SHA-256 of the figures in their one written form."""
    return hashlib.sha256(json.dumps(asdict(weights), sort_keys=True).encode()).hexdigest()


def written(weights: Weights) -> str:
    """The text of the file."""
    return json.dumps({"weights": asdict(weights), "checksum": checksum(weights)}, indent=2) + "\n"
