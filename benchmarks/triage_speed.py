"""Prints how many messages triage judges in a second on one core. Run by hand: python -m benchmarks.triage_speed; never a test."""

import time

from services.routing.triage import analyse
from tests.routing.triage_phrases import read_phrases

_ROUNDS = 20


def print_speed() -> None:
    """Messages per second of processor time, over the labelled phrases of the tests."""
    batch = [phrase.message for name in ("phrases.jsonl", "phrases_holdout.jsonl", "scenario_b.jsonl") for phrase in read_phrases(name)]
    analyse(batch)
    started = time.process_time()
    for _ in range(_ROUNDS):
        analyse(batch)
    print(f"{_ROUNDS * len(batch) / (time.process_time() - started):,.0f} messages/s")


if __name__ == "__main__":
    print_speed()
