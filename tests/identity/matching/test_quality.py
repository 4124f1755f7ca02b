"""Matching measured on samples of people that lie next to the project; skipped without them. The bars are the issue's."""

from pathlib import Path

import pytest

from services.identity.matching.calibrate import halves
from services.identity.matching.facts import read_facts
from services.identity.matching.joining import join_profiles
from services.identity.matching.quality import Quality, measure_quality
from services.identity.matching.samples import Sample, read_records, read_social
from services.identity.matching.weights import FILE, Weights, checksum, shipped_weights, written

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "identity"
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the samples lie next to the project, in ../shared")


def _quality(sample: Sample) -> Quality:
    return measure_quality(join_profiles([read_facts(told) for told in sample.told], population=len(sample.told)), person=sample.person)


@needs_samples
def test_people_across_networks_are_matched_as_promised() -> None:
    _, unseen = halves(read_social(SAMPLES))

    quality = _quality(unseen)

    assert quality.precision >= 0.995
    assert quality.recall >= 0.55
    assert quality.mixed <= 0.0015
    assert quality.suggestions_right >= 0.85
    assert quality.answered_recall >= 0.75


@needs_samples
def test_records_of_a_register_are_matched_without_error() -> None:
    quality = _quality(read_records(SAMPLES))

    assert quality.precision >= 0.995
    assert quality.f1 >= 0.90


def test_the_weights_are_as_they_were_written() -> None:
    weights = shipped_weights()

    assert isinstance(weights, Weights)
    assert FILE.read_text() == written(weights)
    assert len(checksum(weights)) == 64
    assert 0.0 < weights.probability(0.0) < weights.probability(weights.suggesting_bits) < weights.probability(40.0) <= 1.0
