"""The story of a demo: who writes what, where and in which order, all drawn from a seed. Pure; called by performance and tests.

One person speaks on two networks that vouch for the same e-mail address; the other on a third.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from rapport.demo.wording import ANSWERED, CITIES, LANGUAGES, MODELS, NAMES, PRODUCTS, SAID, Matter


class Place(StrEnum):
    """The company's three channels. Telegram is Telegram's; the others are inlets for systems without a connector."""

    TELEGRAM = "telegram"
    WEB_CHAT = "webchat"
    COMMUNITY = "community"

    @property
    def channel_name(self) -> str:
        """What the company calls the channel."""
        return {Place.TELEGRAM: "Telegram", Place.WEB_CHAT: "Web chat", Place.COMMUNITY: "Community"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes; `places` are the networks where they have an account of their own."""

    first: str
    last: str
    email: str
    language: str
    number: int
    places: tuple[Place, ...]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message, and what we will answer."""

    person: Person
    place: Place
    matter: Matter
    text: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`lines` in the order in which they are said; `mark` is woven into every name, address, text and secret."""

    seed: int
    mark: str
    lines: tuple[Line, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who speaks, in order of appearance."""
        return tuple(dict.fromkeys(line.person for line in self.lines))

    def lines_of(self, person: Person) -> tuple[Line, ...]:
        """What a person says, in order."""
        return tuple(line for line in self.lines if line.person == person)


def write_story(seed: int, *, mark: str = "") -> Story:
    """The same seed and mark, the same story."""
    chance = random.Random(seed)  # noqa: S311 - a seeded play, not a secret
    on_two = _person(chance, places=(Place.WEB_CHAT, Place.COMMUNITY), mark=mark)
    on_one = _person(chance, places=(Place.TELEGRAM,), mark=mark, unlike=on_two)
    parts = [(on_two, Place.WEB_CHAT), (on_two, Place.COMMUNITY), (on_one, Place.TELEGRAM)]
    chance.shuffle(parts)
    matters = list(Matter)
    chance.shuffle(matters)
    lines = [_line(chance, part=part, matter=matter, mark=mark) for part, matter in zip(parts, matters, strict=True)]
    return Story(seed=seed, mark=mark, lines=tuple(lines))


def _person(chance: random.Random, *, places: tuple[Place, ...], mark: str, unlike: Person | None = None) -> Person:
    language = chance.choice(LANGUAGES)
    first = chance.choice([name for name in NAMES[language].first if unlike is None or name != unlike.first])
    last = chance.choice([name for name in NAMES[language].last if unlike is None or name + mark != unlike.last])
    number = chance.randrange(100_000, 1_000_000)
    email = f"{_plain(first)}.{_plain(last)}.{number}{mark}@example.com".lower()
    return Person(first=first + mark, last=last + mark, email=email, language=language, number=number, places=places)


def _line(chance: random.Random, *, part: tuple[Person, Place], matter: Matter, mark: str) -> Line:
    person, place = part
    product = chance.choice(PRODUCTS[person.language]).format(model=chance.choice(MODELS) + mark)
    words = {
        "first": person.first,
        "product": product,
        "city": chance.choice(CITIES),
        "number": f"{chance.randrange(1_000, 10_000)}{mark}",
    }
    said = chance.choice(SAID[matter, person.language]).format(**words)
    answer = chance.choice(ANSWERED[matter, person.language]).format(**words)
    return Line(person=person, place=place, matter=matter, text=said, answer=answer)


def _plain(name: str) -> str:
    """A name in the letters of an address."""
    return name.lower().translate(str.maketrans("áéíóúñ", "aeioun"))
