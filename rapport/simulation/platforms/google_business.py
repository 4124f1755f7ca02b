"""A place on Google: reviews to be polled, one reply for each. Played by the stage.

Vendor's pages: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/list, /get, /updateReply.
"""

from rapport.simulation.accounts import Account, Said
from rapport.simulation.calls import Asked, Call, Platform, Taken
from rapport.simulation.crowd import Line
from rapport.simulation.platforms.google import REFUSALS, not_found, token_of

_REVIEWS = "/google_business/v4/accounts/{account}/locations/{location}/reviews"
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")


def _hear(account: Account, line: Line) -> Said:
    return account.hear(line, kind="review", id_of=lambda number, _: f"AbFv{number}")


def _review(account: Account, said: Said) -> dict[str, object]:
    reply = next(iter(account.in_thread(said.id)), None)
    told: dict[str, object] = {
        "name": f"{account.id}/reviews/{said.id}",
        "reviewId": said.id,
        "reviewer": {"displayName": said.name},
        "starRating": _STARS[said.number % len(_STARS)],
        "comment": said.text,
        "createTime": said.written_at,
        "updateTime": said.written_at,
    }
    return {**told, "reviewReply": {"comment": reply.text, "updateTime": reply.written_at}} if reply else told


def _reviews(account: Account, asked: Asked) -> object:
    """Those changed last come first."""
    size, begin = int(asked.query.get("pageSize", "50")), int(asked.query.get("pageToken", "0"))
    every = [said for said in reversed(account.said) if not said.ours]
    more = {"nextPageToken": str(begin + size)} if len(every) > begin + size else {}
    return {"reviews": [_review(account, said) for said in every[begin : begin + size]], "totalReviewCount": len(every), **more}


def _one(account: Account, asked: Asked) -> Said:
    said = account.find(asked.path["review"])
    if said is None:
        raise not_found("The review")
    return said


def _reply(account: Account, asked: Asked) -> Taken:
    """There is one reply only: the same words again change nothing."""
    review, words = _one(account, asked), asked.within("comment")
    before = next((said for said in account.in_thread(review.id) if said.text == words), None)
    said = before or account.take(words, to=review, kind="reply", id_of=lambda _: f"{review.id}/reply", thread=review.id)
    return Taken(said=said, answer={"comment": said.text, "updateTime": said.written_at}, repeated=before is not None)


GOOGLE_BUSINESS = Platform(
    name="google_business",
    calls=(
        Call("GET", _REVIEWS, _reviews, polled=True),
        Call("GET", f"{_REVIEWS}/{{review}}", lambda account, asked: _review(account, _one(account, asked))),
        Call("PUT", f"{_REVIEWS}/{{review}}/reply", _reply, sends=True),
    ),
    hear=_hear,
    refusals=REFUSALS,
    token=token_of,
)
