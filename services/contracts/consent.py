"""What people let us do: purposes, words of consent, and the plain rule by which the newest word that covers a channel counts.

Called by identity, which keeps the words, and engagement, which obeys them. Plain data, no I/O.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.ids import ChannelId
from services.contracts.vocabulary import ConsentState

CONTACT = "contact"
"""Not a purpose but all of them: to be written to at all. Whoever refuses it is not to be contacted."""
SERVICE = "service"
MARKETING = "marketing"
RESEARCH = "research"
EVERY_NETWORK = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why we write to people. With `needs_grant` only who said yes is written to, else everybody who has not said no.

    `titles` are by language (BCP 47, lower case); "en" stands in for those that are not there.
    """

    key: str
    needs_grant: bool
    titles: Mapping[str, str] = field(default_factory=dict)


DEFAULT_PURPOSES = (
    Purpose(
        key=SERVICE,
        needs_grant=False,
        titles={
            "en": "Messages about my orders and questions",
            "es": "Mensajes sobre mis pedidos y consultas",
            "fr": "Messages sur mes commandes et mes questions",
            "de": "Nachrichten zu meinen Bestellungen und Fragen",
        },
    ),
    Purpose(
        key=MARKETING,
        needs_grant=True,
        titles={"en": "Offers and news", "es": "Ofertas y novedades", "fr": "Offres et nouveautés", "de": "Angebote und Neuigkeiten"},
    ),
    Purpose(
        key=RESEARCH,
        needs_grant=False,
        titles={
            "en": "Questions about how satisfied I am",
            "es": "Preguntas sobre mi satisfacción",
            "fr": "Questions sur ma satisfaction",
            "de": "Fragen zu meiner Zufriedenheit",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWord:
    """One word of a person. It covers a network, or (empty) every one; with `channel_id` that channel of ours alone."""

    purpose: str
    state: ConsentState
    at: datetime
    network: str = EVERY_NETWORK
    channel_id: ChannelId | None = None

    @property
    def refuses(self) -> bool:
        """Whether it says no."""
        return self.state in {ConsentState.DENIED, ConsentState.WITHDRAWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to a person: the names of the network that it is (a platform's and an account's may differ) and the channel of ours, if any."""

    networks: Collection[str]
    channel_id: ChannelId | None = None


# At one instant the stricter word counts, so that the outcome does not depend on the order in which words were heard.
STRICTNESS = {ConsentState.GRANTED: 0, ConsentState.UNKNOWN: 1, ConsentState.DENIED: 2, ConsentState.WITHDRAWN: 3}


def newest_word(words: Iterable[ConsentWord], *, purpose: str, way: Way) -> ConsentWord | None:
    """The newest word about a purpose that covers this way, of whichever breadth; None where there is none."""
    fitting = (word for word in words if word.purpose == purpose and _covers(word, way))
    return max(fitting, key=lambda word: (word.at, STRICTNESS[word.state]), default=None)


def _covers(word: ConsentWord, way: Way) -> bool:
    if word.network and word.network not in way.networks:
        return False
    return word.channel_id is None or word.channel_id == way.channel_id
