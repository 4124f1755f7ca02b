"""What the door refuses behind a link, shown as a page; and what the setting refuses. Raised by `rating` and `reviews`.

ProblemError (kit)
├── RatingNotFoundError 404    the link is not ours, or its question is gone
├── LinkExpiredError 410
├── RatedAlreadyError 409      said, and no longer changeable
└── ReviewAddressError 422     of the setting: no address for a review
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError, ProblemError


class RatingNotFoundError(NotFoundError):
    """The link is not ours, or its question is gone."""

    code = "rating_not_found"
    title = "There is nothing at this address"


class RatedAlreadyError(ConflictError):
    """It was said more than a day ago."""

    code = "rated_already"
    title = "You have told us already. Thank you."


class LinkExpiredError(ProblemError):
    """Nobody answered in time."""

    code = "link_expired"
    status = 410
    title = "This link is no longer valid"


class ReviewAddressError(MalformedError):
    """No browser should be sent there."""

    code = "review_address"
    title = "This is no address for a review"
