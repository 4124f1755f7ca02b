"""Reviews and the owner's replies as neutral events. Called by resources; pure.

A review that was changed is told as the review and its edit: whoever knows it learns the edit, whoever does not gets both.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from services.contracts.interaction import Author, NeutralEvent, Parent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.google_business.payloads import Review
from services.engagement.connectors.google_business.setting import NETWORK, NOBODY, Setting, made_id, part_of
from services.engagement.families.google import revision_of
from services.engagement.protocol import Parsed, salvage

_STARS = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}
_CAPITAL = re.compile(r"_([a-z])")
# Both times are written when a review is made; they may differ by a moment.
_MOMENT = timedelta(seconds=1)
_TRANSLATED = "(Translated by Google)"
_ORIGINAL = "(Original)"
_CONTRIBUTOR = re.compile(r"/contrib/(\d{3,40})")


def read_review(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A review, its edit where it was changed, and the owner's reply."""
    review = salvage(_camel(raw), into=Review)
    event = _event(review, setting=setting)
    events = [event]
    edited_at = setting.time(review.update_time, otherwise=event.occurred_at)
    if edited_at > event.occurred_at + _MOMENT:
        key = f"{event.id}:edit:{revision_of(review.update_time)}"
        events.append(replace(event, id=key, kind=Kind.EDIT, occurred_at=edited_at, target=event.id))
    reply = review.review_reply
    if reply and (reply.comment or reply.update_time):
        events.append(_reply(review, event=event, setting=setting))
    return Parsed(events=tuple(events))


def read_reply(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """The owner's reply alone, with the review that it answers around it: see items.py, which makes this item."""
    reply = _reply_in(raw.get("repliedReview"), setting=setting)
    return Parsed(events=(reply,)) if reply else Parsed(ignored="a review without a reply")


def read_changed_reply(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A reply that had other words before: see listening.py, which makes this item."""
    reply = _reply_in(raw.get("changedReply"), setting=setting)
    if reply is None:
        return Parsed(ignored="a review without a reply")
    at = revision_of(reply.occurred_at.isoformat())
    return Parsed(events=(replace(reply, id=f"{reply.id}:edit:{at}", kind=Kind.EDIT, target=reply.id, echo_of=None),))


def read_gone(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A review that is not listed any more where it would have to be: see listening.py, which makes this item."""
    review = salvage(raw.get("goneReview"), into=Review)
    number = review.review_id or part_of(review.name, "reviews")
    if number is None:
        return Parsed(ignored="a deletion that names no review")
    event = NeutralEvent(
        id=f"{number}:deleted",
        occurred_at=setting.received_at,
        kind=Kind.DELETION,
        author=NOBODY,
        venue=setting.place(review.name),
        public=True,
        root=number,
        target=number,
    )
    return Parsed(events=(event,))


def _reply_in(raw: object, *, setting: Setting) -> NeutralEvent | None:
    review = salvage(_camel(raw) if isinstance(raw, dict) else {}, into=Review)
    told = review.review_reply
    return _reply(review, event=_event(review, setting=setting), setting=setting) if told and (told.comment or told.update_time) else None


def _camel(raw: Mapping[str, object]) -> dict[str, object]:
    """Names as the API writes them, where a client library wrote them with underscores."""
    if not raw.keys() & {"star_rating", "review_id", "review_reply"}:
        return dict(raw)
    return {
        _named(name): {_named(each): inner[each] for each in inner} if isinstance(inner, dict) else inner for name, inner in raw.items()
    }


def _named(name: str) -> str:
    return _CAPITAL.sub(lambda match: match.group(1).upper(), name)


def rating_of(review: Review) -> float | None:
    """One to five stars, in words or as a number."""
    for told in (review.star_rating, review.rating):
        if isinstance(told, str) and told.upper() in _STARS:
            return _STARS[told.upper()]
        if isinstance(told, int | float | str) and not isinstance(told, bool) and re.fullmatch(r"[1-5](?:\.\d{1,3})?", str(told)):
            return min(float(told), 5.0)
    return None


def _event(review: Review, *, setting: Setting) -> NeutralEvent:
    number = _number(review)
    text, translated = _words(review)
    extra = {"name": review.name, "translated": translated, "url": review.google_maps_uri}
    return NeutralEvent(
        id=number,
        occurred_at=setting.time(review.create_time or review.publish_time or review.time or review.update_time),
        kind=Kind.REVIEW,
        author=_author(review, number=number),
        venue=setting.place(review.name),
        public=True,
        text=text,
        rating=rating_of(review),
        root=number,
        extra={name: value for name, value in extra.items() if value},
    )


def _number(review: Review) -> str:
    """The review's own id, without its account: a place may be listed by several."""
    told = review.review_id or part_of(review.name, "reviews")
    return told or made_id("review", review.author_name, review.author_url, review.time, review.create_time, review.text, review.comment)


def _author(review: Review, *, number: str) -> Author:
    """Google tells a name and a picture, no id: a person is who wrote this review. Maps tells the person's number."""
    shown, person = review.author_attribution, review.reviewer
    address = (shown.uri if shown else None) or review.author_url or ""
    contributor = _CONTRIBUTOR.search(address)
    name = (person.display_name if person else None) or (shown.display_name if shown else None) or review.author_name
    photo = (person.profile_photo_url if person else None) or (shown.photo_uri if shown else None) or review.profile_photo_url
    return Author(
        network=NETWORK,
        external_id=f"contrib/{contributor.group(1)}" if contributor else f"reviews/{number}",
        name=None if person and person.is_anonymous else name or None,
        avatar_url=photo or None,
        links=(address,) if address else (),
    )


def _words(review: Review) -> tuple[str | None, str | None]:
    """What was written, and Google's translation where it put that beside it."""
    told = review.comment
    if told is None:
        for each in (review.original_text, review.text):
            inner = each.get("text") if isinstance(each, dict) else each
            if isinstance(inner, str):
                told = inner
                break
    if told is None or _TRANSLATED not in told:
        return told or None, None
    before, _, after = told.partition(_TRANSLATED)
    translation, _, original = after.partition(_ORIGINAL)
    return (original or before).strip() or None, translation.strip() or None


def _reply(review: Review, *, event: NeutralEvent, setting: Setting) -> NeutralEvent:
    """The owner's reply: ours, from here or from Google's own pages. It has no id but the review's."""
    reply = review.review_reply
    key = f"{event.id}/reply"
    return NeutralEvent(
        id=key,
        occurred_at=setting.time(reply.update_time if reply else None, otherwise=event.occurred_at),
        kind=Kind.REVIEW,
        author=setting.us(),
        venue=event.venue,
        public=True,
        direction=Direction.OUTBOUND,
        text=(reply.comment if reply else None) or None,
        in_reply_to=Parent(external_id=event.id, author=event.author),
        recipient=event.author,
        echo_of=key,
        root=event.id,
        extra={"name": review.name} if review.name else {},
    )
