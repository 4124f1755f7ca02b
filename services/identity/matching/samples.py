"""Reads the sample files of people that `calibrate` and `measure` work on. What is true is kept apart from what may be compared."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from services.identity.matching.facts import Described

SOCIAL = Path("social_synth/dev.jsonl")
RECORDS = Path("fake_1000.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Profiles as they were told, and by profile id who it really is."""

    told: list[Described]
    person: dict[str, str]


def read_social(folder: Path) -> Sample:
    """Profiles of several networks and a CRM. Household and truth never become attributes."""
    rows = [json.loads(line) for line in (folder / SOCIAL).read_text().splitlines()]
    told = [
        Described(
            id=f"{row['id']:08d}",
            network=row["network"],
            external_id=row["platform_user_id"],
            handle=row["handle"] or "",
            name=row["name"] or "",
            location=row["location"] or "",
            emails=((row["email"], row["email_verified"]),) if row["email"] else (),
            phones=((row["phone"], False),) if row["phone"] else (),
            links=tuple(row["links"]),
        )
        for row in rows
    ]
    return Sample(told=told, person={f"{row['id']:08d}": row["truth"] for row in rows})


def read_records(folder: Path) -> Sample:
    """Records of one register: name, date of birth, town and an unverified e-mail address, with slips of the keyboard."""
    with (folder / RECORDS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = [
        Described(
            id=f"{int(row['unique_id']):08d}",
            network="register",
            external_id=row["unique_id"],
            name=f"{row['first_name']} {row['surname']}".strip(),
            location=row["city"],
            emails=((row["email"], False),) if row["email"] else (),
            attributes={"birth_date": row["dob"]},
        )
        for row in rows
    ]
    return Sample(told=told, person={f"{int(row['unique_id']):08d}": row["cluster"] for row in rows})
