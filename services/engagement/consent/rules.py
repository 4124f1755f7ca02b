"""What may be sent to whom: plain rules over a person's words of consent and what they are to us. Called by `asking`; no I/O.

Decision 39 says why.

Who writes to us is answered. Everything else needs that the person did not refuse its purpose and, for purposes that ask for it, a yes.
Who is not to be contacted gets nothing but an answer to what was written after that was said. A competitor gets nothing by itself.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.contracts.consent import CONTACT, DEFAULT_PURPOSES, SERVICE, ConsentWord, Way, newest_word
from services.contracts.stakeholders import TREATMENTS
from services.contracts.vocabulary import ConsentState, StakeholderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Purposes:
    """The workspace's purposes, and those of them for which a person must have said yes."""

    keys: Collection[str]
    granted: Collection[str]


BROUGHT = Purposes(
    keys=tuple(each.key for each in DEFAULT_PURPOSES), granted=frozenset(each.key for each in DEFAULT_PURPOSES if each.needs_grant)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is to go out: why, by which way, and when the person said what it answers (None: it answers nothing, or a machine sends it).

    `by_itself`: no person approves it.
    """

    purpose: str
    way: Way
    answers_at: datetime | None
    by_itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something may not go out, in a sentence, and what may."""

    because: str
    reason: str
    allowed: tuple[str, ...]


def find_refusal(
    words: Iterable[ConsentWord], sending: Sending, *, purposes: Purposes, kinds: Collection[StakeholderKind] = ()
) -> Refusal | None:
    """Why it may not go out; None where it may. `kinds` are what the person is to the company now, by this way."""
    if sending.by_itself and (guarded := sorted(kind for kind in kinds if wants_approval(kind))):
        return Refusal(
            because="guarded", reason=f"the person is a {guarded[0]}, who is never answered automatically", allowed=("a person writing",)
        )
    said = list(words)
    contact = newest_word(said, purpose=CONTACT, way=sending.way)
    if contact is not None and contact.refuses and not _answers_after(sending, contact):
        return Refusal(
            because="do_not_contact",
            reason=f"the person is not to be contacted since {_day(contact)}",
            allowed=("answering what they write after that", "lifting do-not-contact, if they ask for it"),
        )
    word = newest_word(said, purpose=sending.purpose, way=sending.way)
    if word is not None and word.refuses:
        return None if _answers_after(sending, word) else _refused(sending.purpose, word)
    needs_grant = sending.purpose in purposes.granted or sending.purpose not in purposes.keys
    answers = sending.purpose == SERVICE and sending.answers_at is not None
    if needs_grant and not answers and (word is None or word.state is not ConsentState.GRANTED):
        return Refusal(
            because="not_granted",
            reason=f"the person has not agreed to messages for the purpose {sending.purpose!r}",
            allowed=("answering what they write", "recording their consent, with its proof", "sending them their preference link"),
        )
    return None


def wants_approval(kind: StakeholderKind) -> bool:
    """Whether a person approves whatever is sent to people of this kind."""
    return kind in TREATMENTS and TREATMENTS[kind].approval


def _refused(purpose: str, word: ConsentWord) -> Refusal:
    return Refusal(
        because="refused",
        reason=f"the person refused messages for the purpose {purpose!r} on {_day(word)}",
        allowed=("answering what they write after that", "recording their consent, if they give it anew"),
    )


def _answers_after(sending: Sending, word: ConsentWord) -> bool:
    """Whether it answers, for service's sake, something newer than the word."""
    return sending.purpose == SERVICE and sending.answers_at is not None and sending.answers_at > word.at


def _day(word: ConsentWord) -> str:
    return word.at.date().isoformat()
