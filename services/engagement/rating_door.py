"""The page behind a signed link, for people who are nobody here: bare ASGI, at /rate/ of the gateway. Put into `Routes` by `main`.

Seeing the page changes nothing, so what opens links ahead of people rates nothing. The link is the only authority: no cookie, nothing
that a foreign page could borrow; a post that a browser says came from elsewhere is refused all the same.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.engagement.satisfaction.errors import RatingNotFoundError
from services.engagement.satisfaction.links import PATH, read_token
from services.engagement.satisfaction.page import COMMENT_LIMIT_CHARS, STARS, message_page, question_page, thanks_page
from services.engagement.satisfaction.rating import open_rating, rate
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import ProblemError, UnavailableError
from services.kit.http import BareRequest, Endpoint
from services.kit.http.pages import HEADERS
from services.kit.port import Answer

BODY_CAP_BYTES = 32 * 1024
FORM = b"application/x-www-form-urlencoded"


class RatingDoor:
    """GET shows the question, POST takes the answer. `told` wakes the relay and what sends notifications."""

    def __init__(self, database: Database, *, key: bytes, clock: Clock, told: Callable[[WorkspaceId], None]) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._told = told

    def routes(self) -> Mapping[tuple[str, str], Endpoint]:
        """By method and prefix."""
        return {("GET", PATH): self.show, ("POST", PATH): self.take}

    async def show(self, request: BareRequest) -> Answer:
        """The question, or why there is none."""
        try:
            workspace, rating = self._named(request)
            async with self._database.transaction(workspace) as connection:
                row = await open_rating(connection, workspace, rating, now=self._clock.now())
        except UnavailableError:
            raise
        except ProblemError as error:
            return Answer(error.status, HEADERS, message_page(error.title))
        return Answer(200, HEADERS, question_page(stars=row["stars"], comment=row["comment"]))

    async def take(self, request: BareRequest) -> Answer:
        """What the person said."""
        if request.header(b"sec-fetch-site") not in {None, b"same-origin", b"none"}:
            return Answer(403, HEADERS, message_page("Open the link yourself, please"))
        said = _said(await request.body(cap_bytes=BODY_CAP_BYTES), content_type=request.header(b"content-type") or b"")
        if said is None:
            return Answer(422, HEADERS, message_page("Choose 1 to 5, please, and go back to try again"))
        stars, comment = said
        try:
            workspace, rating = self._named(request)
            async with self._database.transaction(workspace) as connection:
                review = await rate(connection, workspace, rating, stars=stars, comment=comment, now=self._clock.now())
        except UnavailableError:
            raise
        except ProblemError as error:
            return Answer(error.status, HEADERS, message_page(error.title))
        self._told(workspace)
        return Answer(200, HEADERS, thanks_page(review, stars=stars, comment=comment))

    def _named(self, request: BareRequest) -> tuple[WorkspaceId, UUID]:
        """Raises RatingNotFoundError for a token that is not ours."""
        found = read_token(self._key, request.tail)
        if found is None:
            raise RatingNotFoundError
        return found


def _said(body: bytes, *, content_type: bytes) -> tuple[int, str | None] | None:
    """Stars and comment of a form (None where it has no such field); None where it is no form, or has no stars."""
    if not content_type.lower().startswith(FORM):
        return None
    try:
        fields: Mapping[str, list[str]] = parse_qs(body.decode(), max_num_fields=10, errors="strict", keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return None
    stars = fields.get("stars", [""])[0]
    comment = fields["comment"][0].strip() if "comment" in fields else None
    if stars not in {str(each) for each in STARS} or len(comment or "") > COMMENT_LIMIT_CHARS or "\0" in (comment or ""):
        return None
    return int(stars), comment
