"""Trains the heads: `python -m services.routing.triage.train --data ../shared/data`. Needs the extra `training`; never used at run time.

The same data give the same bytes. What it prints was measured on texts that the measured fit had not seen.
"""

import argparse
import sys
from pathlib import Path

from services.routing.triage.heads import FOLDER
from services.routing.triage.training import corpora
from services.routing.triage.training.examples import Example, read_phrases
from services.routing.triage.training.learning import learn, save

SOURCES = (
    "phrases written for Rapport",
    "SemEval 2013-2017 Task 4 (CC-BY-3.0)",
    "HINT3 (ODbL-1.0)",
    "YouTube Spam Collection and SMS Spam Collection, UCI (CC-BY-4.0)",
)


def examples_of(folder: Path) -> list[Example]:
    """All that a shipped model may learn from, in a fixed order."""
    return [
        *read_phrases(),
        *corpora.read_shops(folder),
        *corpora.read_spam(folder),
        *corpora.read_bystanders(folder),
        *corpora.read_tweets(folder),
    ]


def main() -> None:
    """Reads, learns, tells, writes."""
    parser = argparse.ArgumentParser(description="Train triage's heads and write them, with their checksums.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the public sets")
    parser.add_argument("--to", type=Path, default=FOLDER, help="where the arrays go (default: where the product reads them)")
    asked = parser.parse_args()
    learned = learn(examples_of(asked.data), tell=_tell)
    _tell(f"wrote {save(learned, asked.to, sources=SOURCES)} to {asked.to}")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
