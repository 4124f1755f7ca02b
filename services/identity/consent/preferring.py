"""What a person chooses behind a preference link, read and kept. Called by the door, in its transaction; a look changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.consent import CONTACT, SERVICE, ConsentWord, Purpose, Way, newest_word
from services.contracts.ids import ContactLabelId, ProfileId
from services.contracts.preference_links import PreferenceLink
from services.contracts.vocabulary import ConsentSource, ConsentState
from services.identity.consent.links import refuse_ended
from services.identity.consent.page import SEPARATOR, Interest, Preferences, wording_of
from services.identity.consent.settings import get_settings
from services.identity.consent.words import Said, record_words, word_of
from services.identity.statements import consent as statements
from services.identity.statements import labels
from services.kit.db import Connection

Cell = tuple[str, str]
_MOST_OFFERED = 50
_HOW = {
    ConsentSource.PREFERENCE_PAGE: "changed it on the preference page",
    ConsentSource.ONE_CLICK: "pressed unsubscribe in a mail program",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the form said: of the cells (purpose, network) that it showed, those that are wanted; and whether nothing is at all.

    `was` and `was_never` are what it showed as ticked. With `nothing` every purpose is refused on every network.
    `labels` are the ids of those that are ticked, `had` of those that were.
    """

    shown: Collection[Cell] = ()
    allowed: Collection[Cell] = ()
    never: bool = False
    was: Collection[Cell] = ()
    was_never: bool = False
    nothing: bool = False
    labels: Collection[str] = ()
    had: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Person:
    profiles: Sequence[tuple[ProfileId, str]]
    purposes: Sequence[Purpose]
    words: Sequence[ConsentWord]

    @property
    def networks(self) -> list[str]:
        return list(dict.fromkeys(network for _, network in self.profiles))

    def allows(self, purpose: Purpose, network: str) -> bool:
        word = newest_word(self.words, purpose=purpose.key, way=Way(networks=[network]))
        return word is not None and word.state is ConsentState.GRANTED if purpose.needs_grant else word is None or not word.refuses

    def is_left_alone(self) -> bool:
        word = newest_word(self.words, purpose=CONTACT, way=Way(networks=[]))
        return word is not None and word.refuses


async def show_preferences(connection: Connection, link: PreferenceLink, *, company: str) -> Preferences:
    """What counts now. Raises PreferenceLinkNotFoundError."""
    person = await _find_person(connection, link)
    allowed = {(each.key, network) for each in person.purposes for network in person.networks if person.allows(each, network)}
    return Preferences(
        company=company,
        purposes=person.purposes,
        networks=person.networks,
        allowed=allowed,
        never=person.is_left_alone(),
        interests=await _interests(connection, link, person),
    )


async def keep_choice(connection: Connection, link: PreferenceLink, choice: Choice, *, language: str, now: datetime) -> None:
    """Record what differs from what counted. Raises PreferenceLinkNotFoundError, TooManyWordsError."""
    person = await _find_person(connection, link)
    titles = {each.key: wording_of(each, language) for each in person.purposes}
    states = _nothing(person) if choice.nothing else _changes(person, choice)
    page = ConsentSource.PREFERENCE_PAGE
    said = [_said(link, *cell, state, source=page, wording=titles.get(cell[0], ""), now=now) for cell, state in states.items()]
    await record_words(connection, link.workspace, said, now=now)
    if not choice.nothing:
        await _keep_labels(connection, link, choice, person, now=now)


async def unsubscribe(connection: Connection, link: PreferenceLink, *, now: datetime) -> None:
    """A mail program's own button (RFC 8058): no to everything but service, on the network of the link's profile."""
    person = await _find_person(connection, link)
    network = dict(person.profiles)[link.profile]
    said = [
        _said(link, each.key, network, ConsentState.WITHDRAWN, source=ConsentSource.ONE_CLICK, wording="", now=now)
        for each in person.purposes
        if each.key != SERVICE and _may_be_refused(person, each.key, network)
    ]
    await record_words(connection, link.workspace, said, now=now)


async def _keep_labels(connection: Connection, link: PreferenceLink, choice: Choice, person: _Person, *, now: datetime) -> None:
    """Join and leave what the person changed, of what is still offered: the page may be old."""
    offered = await _interests(connection, link, person)
    joined = [
        ContactLabelId(each.id) for each in offered if not each.held and str(each.id) in choice.labels and str(each.id) not in choice.had
    ]
    left = [ContactLabelId(each.id) for each in offered if each.held and str(each.id) in choice.had and str(each.id) not in choice.labels]
    if not joined and not left:
        return
    # The contact first, as members do who give labels.
    await statements.touch_contacts(connection, link.workspace, [link.profile])
    await labels.leave_labels(connection, link.workspace, [profile for profile, _ in person.profiles], labels=left)
    await labels.join_labels(connection, link.workspace, link.profile, labels=joined, now=now)


async def _interests(connection: Connection, link: PreferenceLink, person: _Person) -> list[Interest]:
    profiles = [profile for profile, _ in person.profiles]
    rows = await labels.offered_labels(connection, link.workspace, profiles, limit=_MOST_OFFERED)
    return [Interest(id=row["id"], name=row["name"], held=row["held"]) for row in rows]


def cell_of(value: str) -> Cell:
    """A cell as the form names it."""
    purpose, _, network = value.partition(SEPARATOR)
    return purpose, network


def _changes(person: _Person, choice: Choice) -> Mapping[Cell, ConsentState]:
    """Only of what was shown, and of what there is: a form may be old, or made up.

    A yes, or the end of a no, counts only where the person changed it: what was so when the page was made may be so no more.
    """
    states: dict[Cell, ConsentState] = {}
    for purpose in person.purposes:
        for network in person.networks:
            cell = (purpose.key, network)
            if cell in choice.shown and (cell in choice.allowed) != person.allows(purpose, network):
                if cell not in choice.allowed:
                    states[cell] = ConsentState.WITHDRAWN
                elif cell not in choice.was:
                    states[cell] = ConsentState.GRANTED
    if choice.never and not (choice.was_never or person.is_left_alone()):
        states[CONTACT, ""] = ConsentState.DENIED
    elif choice.was_never and not choice.never and person.is_left_alone():
        states[CONTACT, ""] = ConsentState.UNKNOWN
    return states


def _nothing(person: _Person) -> Mapping[Cell, ConsentState]:
    return {**{(each.key, ""): ConsentState.WITHDRAWN for each in person.purposes}, (CONTACT, ""): ConsentState.DENIED}


def _may_be_refused(person: _Person, purpose: str, network: str) -> bool:
    """A second press of the button says nothing new."""
    word = newest_word(person.words, purpose=purpose, way=Way(networks=[network]))
    return word is None or not word.refuses


async def _find_person(connection: Connection, link: PreferenceLink) -> _Person:
    profiles = await refuse_ended(connection, link)
    settings = await get_settings(connection, link.workspace)
    rows = await statements.words_of_profiles(connection, link.workspace, [profile for profile, _ in profiles])
    words = [word_of(row["purpose"], row["network"], row["channel_id"], row["state"], row["at"]) for row in rows]
    return _Person(profiles, settings.purposes, words)


def _said(  # noqa: PLR0913 - the parts of one word
    link: PreferenceLink, purpose: str, network: str, state: ConsentState, *, source: ConsentSource, wording: str, now: datetime
) -> Said:
    return Said(
        profile=link.profile,
        purpose=purpose,
        state=state,
        at=now,
        source=source,
        network=network,
        how=_HOW[source],
        wording=wording,
    )
