"""`python -m services.identity.matching.measure --data FOLDER`: how good and how fast matching is on the sample files. Writes nothing."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.identity.matching.facts import read_facts
from services.identity.matching.joining import join_profiles
from services.identity.matching.quality import measure_quality
from services.identity.matching.samples import Sample, read_records, read_social

SAMPLES: Mapping[str, Callable[[Path], Sample]] = {"social_synth": read_social, "fake_1000": read_records}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m services.identity.matching.measure", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the identity samples")
    asked = parser.parse_args(arguments)
    for name, read in SAMPLES.items():
        for line in measured(name, read(asked.data)):
            sys.stdout.write(f"{line}\n")
    return 0


def measured(name: str, sample: Sample) -> list[str]:
    """One line a figure."""
    began = time.perf_counter()
    facts = [read_facts(told) for told in sample.told]
    read_at = time.perf_counter()
    joined = join_profiles(facts, population=len(facts))
    ended = time.perf_counter()
    quality = measure_quality(joined, person=sample.person)
    normalised, compared = len(facts) / (read_at - began), len(facts) / (ended - read_at)
    asked = f"{quality.suggestions}, right {quality.suggestions_right:.2%}; recall when answered {quality.answered_recall:.2%}"
    return [
        f"{name}: {len(facts)} profiles of {len(set(sample.person.values()))} people, {len(joined.members())} contacts",
        f"  automatic pairs      precision {quality.precision:.3%}   recall {quality.recall:.2%}   F1 {quality.f1:.2%}",
        f"  contacts mixing two  {quality.mixed:.3%}",
        f"  suggestions          {asked}",
        f"  speed                {normalised:.0f} profiles a second normalised, {compared:.0f} joined",
    ]


if __name__ == "__main__":
    sys.exit(main())
