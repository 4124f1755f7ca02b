"""The endpoint that triages without keeping anything: for trying out, and for systems that only want the verdict."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.events import Evidence
from services.contracts.vocabulary import Discipline, Kind, Phase, Sentiment, Urgency
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.idempotency import once_detached
from services.routing.api.edge import PartsOf
from services.routing.triage import Message, TriageResult

router = APIRouter(tags=["triage"])
Reader = Annotated[Caller, Depends(require("tasks:read"))]


class ContextBody(RequestBody):
    """Where and by whom it was said; `bought_before` null where unknown."""

    kind: Literal["direct", "comment", "mention", "review", "email", "post"] = "direct"
    public: bool = False
    bought_before: bool | None = None
    rating: Annotated[float, Field(ge=0, le=100)] | None = None
    answers_us: Annotated[bool, Field(description="A turn in a thread in which we spoke.")] = False


class MessageBody(RequestBody):
    """One message to judge."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(max_length=20_000)]
    context: ContextBody = ContextBody()

    def message(self) -> Message:
        """The same for triage."""
        context = self.context
        return Message(
            id=self.id,
            text=self.text,
            kind=Kind.DIRECT if context.kind == "email" else Kind(context.kind),
            public=context.public,
            bought_before=context.bought_before,
            rating=context.rating,
            answers_us=context.answers_us,
        )


class TriageBody(RequestBody):
    """Messages to judge; at most 200."""

    messages: Annotated[tuple[MessageBody, ...], Field(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A label and how sure it is, 0 to 1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What a message is about, whose job it is, and why. `evidence` counts in characters of the text."""

    id: str
    language: str
    sentiment: LabelView
    intents: tuple[LabelView, ...]
    topics: tuple[str, ...]
    urgency: Urgency
    phase: Phase
    discipline: Discipline
    confidence: float
    ready: bool
    crisis: bool
    complaint: bool
    suggestion: bool
    spam: bool
    confidential: bool
    deserves_answer: bool
    exempt_reason: str | None
    evidence: tuple[Evidence, ...]
    why: str
    version: str


@router.post("/v1/triage", response_model=list[VerdictView])
async def triage_messages(request: Request, body: TriageBody, caller: Reader, parts: PartsOf) -> Response:
    """A verdict per message, in order. Nothing is stored but the answer to an Idempotency-Key."""

    async def work() -> tuple[int, object]:
        results = await asyncio.to_thread(parts.analyse, [each.message() for each in body.messages])
        return 200, [_shown(result) for result in results]

    return await once_detached(request, parts.database, caller, work)


def _shown(result: TriageResult) -> VerdictView:
    sureness = dict(zip(result.intents, result.intent_confidences, strict=False))
    return VerdictView(
        id=result.id,
        language=result.language,
        sentiment=LabelView(label=Sentiment(result.sentiment).value, confidence=result.sentiment_confidence),
        intents=tuple(LabelView(label=each, confidence=sureness.get(each, result.confidence)) for each in result.intents),
        topics=result.topics,
        urgency=result.urgency,
        phase=result.phase,
        discipline=result.discipline,
        confidence=result.confidence,
        ready=result.ready,
        crisis=result.crisis,
        complaint=result.complaint,
        suggestion=result.suggestion,
        spam=result.spam,
        confidential=result.confidential,
        deserves_answer=result.deserves_answer,
        exempt_reason=result.exempt_reason,
        evidence=result.evidence,
        why=result.why,
        version=result.version,
    )
