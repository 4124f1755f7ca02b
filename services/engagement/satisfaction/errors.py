"""What the door refuses behind a link. Raised by `rating`, shown as a page.

ProblemError (kit)
├── RatingNotFoundError 404    the link is not ours, or its question is gone
├── LinkExpiredError 410
└── RatedAlreadyError 409      said, and no longer changeable
"""

from services.kit.errors import ConflictError, NotFoundError, ProblemError


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
