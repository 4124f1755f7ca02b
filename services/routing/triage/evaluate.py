"""Measures the engine on public sets: `python -m services.routing.triage.evaluate --data ../shared/data`. Needs the extra `training`.

The two sets of intents show what the features and the fit are worth; no head of theirs ships.
"""

import argparse
import sys
from pathlib import Path

from services.routing.triage.training.benchmark import accuracy_of, parted, read_intents


def main() -> None:
    """Prints accuracy and calibration error per set."""
    parser = argparse.ArgumentParser(description="Measure the engine on sets of many intents.")
    parser.add_argument("--data", type=Path, required=True, help="the folder with the public sets")
    parser.add_argument("--train", type=Path, help="another set to learn from: .csv or .tsv with a text and a category, intent or label")
    parser.add_argument("--test", type=Path, help="what to measure it on")
    asked = parser.parse_args()
    if asked.train and asked.test:
        _tell(asked.train.stem, *accuracy_of(read_intents(asked.train), read_intents(asked.test)))
        return
    _tell("banking77", *accuracy_of(*parted(read_intents(asked.data / "banking77/train.csv"))))
    clinc = asked.data / "clinc150"
    _tell("clinc150", *accuracy_of(read_intents(clinc / "train.tsv"), read_intents(clinc / "val.tsv")))


def _tell(name: str, accuracy: float, error: float) -> None:
    sys.stdout.write(f"{name:12} accuracy {accuracy:.3f}  calibration error {error:.3f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
