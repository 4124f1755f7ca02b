"""Who is asked for a review: the happy, once, and never who is blocked. Called by `rating` and by REST; plain rules and one statement."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.engagement.satisfaction.errors import ReviewAddressError
from services.engagement.statements import satisfaction as statements
from services.kit.db import Connection

HAPPY = 4
WORDS = "Would you tell others, too?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Where a review can be written, and the words that ask for it."""

    url: str
    words: str


async def ask_for_review(connection: Connection, workspace: WorkspaceId, rating: UUID, *, stars: int, now: datetime) -> Review | None:
    """Ask whoever gave this rating, and remember it; None where they are not to be asked.

    The page of the same question may be shown again: it asks again. No other question will.
    """
    row = await statements.review_asked(connection, workspace, rating, now=now) if stars >= HAPPY else None
    return None if row is None else Review(url=row["review_url"], words=row["review_text"] or WORDS)


def check_address(url: str) -> None:
    """Raises ReviewAddressError for what no browser should be sent to."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and (parts.port or 443) > 0
    except ValueError:
        whole = False
    if not whole or any(each.isspace() or not each.isprintable() for each in url):
        raise ReviewAddressError("Give the whole address of the page for reviews, beginning with https://.")
