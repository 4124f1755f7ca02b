"""The customer feedback form of Messenger: scores and words, private. Called by messaging; pure.

Vendor's page: https://developers.facebook.com/docs/messenger-platform/send-messages/templates/customer-feedback-template
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from services.contracts.interaction import NeutralEvent
from services.engagement.protocol import Parsed, salvage


class _FollowUp(msgspec.Struct):
    payload: str | None = None


class _Question(msgspec.Struct):
    type: str | None = None
    payload: str | None = None
    follow_up: _FollowUp | None = None


def read_feedback(raw: object, *, event: NeutralEvent) -> Parsed:
    """The satisfaction (1 to 5) as rating, every score by its question, and all words of the form."""
    questions = list(_questions(raw))
    scores = {name: each.payload for name, each in questions if each.payload}
    words = [each.follow_up.payload for _, each in questions if each.follow_up and each.follow_up.payload]
    if not scores and not words:
        return Parsed(ignored="feedback without content")
    rating = next((value for _, each in questions if each.type == "csat" and (value := _number(each.payload)) is not None), None)
    return Parsed(events=(replace(event, rating=rating, text="\n".join(words) or None, extra={**event.extra, **scores}),))


def _questions(raw: object) -> Iterator[tuple[str, _Question]]:
    screens = raw.get("feedback_screens") if isinstance(raw, dict) else None
    for screen in screens if isinstance(screens, list) else ():
        questions = screen.get("questions") if isinstance(screen, dict) else None
        for name, each in questions.items() if isinstance(questions, dict) else ():
            if isinstance(each, dict):
                yield str(name), salvage(each, into=_Question)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 1 <= value <= 5 else None
