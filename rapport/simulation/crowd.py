"""Made-up people and what they say, drawn from a seed. Called by app when it is asked for many events; the same seed, the same crowd."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FIRST_NAMES = ("Ines", "Tom", "Amara", "Jonas", "Mei", "Olga", "Rafael", "Noor", "Liv", "Pavel", "Yara", "Henk")
LAST_NAMES = ("Ferrer", "Amsel", "Okoye", "Lindt", "Zhao", "Petrova", "Costa", "Haddad", "Berg", "Novak", "Silva", "Visser")
OPENINGS = ("Hello", "Quick question", "Hi there", "Sorry to bother you", "Good morning", "Hey")
MATTERS = ("how much is the large lamp", "my order has not arrived", "I love the new lamp", "it flickers again", "do you deliver abroad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that somebody says; `number` makes its text unlike any other."""

    number: int
    person_id: int
    first_name: str
    last_name: str
    text: str

    @property
    def telegram_user(self) -> dict[str, Any]:
        """The person as Telegram shows them."""
        return {"id": self.person_id, "first_name": self.first_name, "last_name": self.last_name, "language_code": "en"}

    def inlet_event(self, *, prefix: str) -> dict[str, Any]:
        """The line as an event of the generic inlet."""
        return {
            "id": f"{prefix}-{self.number}",
            "kind": "direct",
            "occurred_at": datetime.now(UTC).isoformat(),
            "author": {"network": "crm", "external_id": f"person-{self.person_id}", "name": f"{self.first_name} {self.last_name}"},
            "text": self.text,
        }


def lines(count: int, *, people: int, seed: int) -> Iterator[Line]:
    """`count` lines by `people` persons."""
    generator = random.Random(seed)  # noqa: S311 - a seeded play, not a secret
    for number in range(count):
        person = generator.randrange(people)
        yield Line(
            number=number,
            person_id=10_000 + person,
            first_name=FIRST_NAMES[person % len(FIRST_NAMES)],
            last_name=LAST_NAMES[person // len(FIRST_NAMES) % len(LAST_NAMES)],
            text=f"{generator.choice(OPENINGS)}, {generator.choice(MATTERS)}? ({seed}/{number})",
        )
