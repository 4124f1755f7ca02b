"""Recommendations of a Page and what is said under them. Called by feed and objects; pure.

A recommendation is known by its story (`open_graph_story_id`), which is also what is answered; posts that hold it are named
`<reviewer>_<story>`.
"""

from dataclasses import replace

from services.contracts.interaction import NeutralEvent, Parent
from services.engagement.connectors.facebook.payloads import Change

# Since 2018 people say yes or no; as stars these are the most and the fewest.
_STARS = {"positive": 5.0, "negative": 1.0}


def story_of(change: Change) -> str | None:
    """The id of the recommendation that a change is about."""
    if change.post_id:
        return change.post_id.rpartition("_")[2]
    return change.open_graph_story_id


def stars_of(rating: float | None, *, recommendation: str | None) -> float | None:
    """Stars as given, else those of a yes or no."""
    return rating if rating is not None else _STARS.get((recommendation or "").lower())


def review_of(change: Change, *, event: NeutralEvent, digest: str) -> NeutralEvent:
    """The recommendation itself."""
    author = event.author.external_id
    key = change.open_graph_story_id or story_of(change) or f"review:{author if author != 'unknown' else digest}"
    recommendation = (change.recommendation_type or "").lower()
    return replace(
        event,
        id=key,
        root=key,
        text=change.review_text or change.message or None,
        rating=stars_of(change.rating, recommendation=recommendation),
        extra={"recommendation": recommendation} if recommendation else {},
    )


def comment_under_review(event: NeutralEvent, *, change: Change) -> NeutralEvent:
    """A comment under a recommendation: it hangs on the story."""
    story = story_of(change)
    above = event.in_reply_to.external_id if event.in_reply_to else None
    if story and above == change.post_id:
        above = story
    return replace(event, root=story, in_reply_to=Parent(external_id=above) if above else None, text=event.text or change.review_text)
