"""What triage reads and what it says. Plain data, no rules. Called by subscribers, by the console and by every rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from services.contracts.events import Evidence, InteractionReceived
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Addressed, Control, Discipline, Kind, Phase, Sentiment, Source, Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One inbound interaction as triage sees it.

    `control` is who controls the venue. `answers_us`: it is a turn in a thread in which we spoke; `in_reply_to_author_is_us`: it
    hangs beneath words of ours; `answers_peer`: beneath words of somebody else. `said_at` stands in the zone in which hours named in
    the text are to be read. `bought_before` is None where it is unknown.
    """

    id: str
    text: str | None
    kind: Kind = Kind.DIRECT
    public: bool = False
    addressed: Addressed = Addressed.US
    rating: float | None = None
    in_reply_to_author_is_us: bool = False
    answers_peer: bool = False
    mentions: int = 0
    control: Control = Control.OURS
    source: Source = Source.LIVE
    answers_us: bool = False
    bought_before: bool | None = None
    has_attachment: bool = False
    said_at: datetime | None = None

    @classmethod
    def of(cls, received: InteractionReceived, *, bought_before: bool | None = None, said_at: datetime | None = None) -> Self:
        """The message of an event; `said_at` replaces its UTC time by the same instant in the workspace's zone."""
        event = received.event
        ours = event.in_reply_to is not None and (received.answers_us or _beneath_our_venue(event))
        return cls(
            id=str(received.interaction_id),
            text=event.text,
            kind=event.kind,
            public=event.public,
            addressed=event.addressed,
            rating=event.rating,
            in_reply_to_author_is_us=ours,
            answers_peer=not ours and _beneath_somebody_else(event),
            mentions=len(event.mentions),
            control=event.venue.control,
            source=event.source,
            answers_us=received.answers_us,
            bought_before=bought_before,
            has_attachment=bool(event.attachments),
            said_at=said_at or event.occurred_at,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """One field of a result. `confidence` is 0 to 1 and calibrated; `source` is rule or local; `evidence` are the words that led there."""

    label: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    source: str = "rule"
    version: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageResult:
    """The verdict on one message. `confidence` is 0 to 1; `language` is ISO 639-1 or "und"; `why` is one sentence for people.

    `sentiment_confidence` and `intent_confidences` (aligned with `intents`) are 0 to 1. `exempt_reason` is None where an answer is owed.
    `urgency_reasons` say why it is high or
    low. `deadline` is a time that the writer names. `confidential` asks for the visibility of a restricted discipline.
    `fields` says of each label how sure it is, what else it may be, and who says so.
    """

    id: str
    discipline: Discipline
    phase: Phase
    sentiment: Sentiment
    urgency: Urgency
    language: str
    intents: tuple[str, ...]
    topics: tuple[str, ...]
    confidence: float
    deserves_answer: bool
    exempt_reason: str | None
    ready: bool
    crisis: bool
    complaint: bool
    suggestion: bool
    spam: bool
    confidential: bool
    deadline: datetime | None
    evidence: tuple[Evidence, ...]
    why: str
    version: str
    sentiment_confidence: float = 0.0
    intent_confidences: tuple[float, ...] = ()
    urgency_reasons: tuple[str, ...] = ()
    fields: Mapping[str, Judgement] = field(default_factory=dict)


def _beneath_our_venue(event: NeutralEvent) -> bool:
    parent = event.in_reply_to.author if event.in_reply_to else None
    return parent is not None and parent.external_id == event.venue.external_id


def _beneath_somebody_else(event: NeutralEvent) -> bool:
    parent = event.in_reply_to.author if event.in_reply_to else None
    return parent is not None and parent.external_id != event.author.external_id
