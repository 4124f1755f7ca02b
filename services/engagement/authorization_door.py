"""Where browsers come back from platforms: bare ASGI, at /oauth/ of the gateway. Put into `Routes` by `main`.

The signed state, and then the leave in the page, are the only authority here; no cookie, no session. Answers are pages for the person.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

import orjson
import structlog

from services.engagement.authorizing.authorizer import Authorizer, Came
from services.engagement.authorizing.clients import SUFFIX
from services.engagement.authorizing.errors import AccountNotGrantedError
from services.engagement.authorizing.page import choice_page, done_page, refused_page
from services.engagement.authorizing.returning import origin_of, returned
from services.engagement.channels import CALLBACKS
from services.engagement.pages import HEADERS, headers_leading_to
from services.kit.errors import ProblemError, UnavailableError
from services.kit.http import BareRequest, Endpoint
from services.kit.port import Answer

BODY_CAP_BYTES = 64 * 1024
QUERY_FIELDS = 100
FORM = b"application/x-www-form-urlencoded"
ACCOUNTS = "accounts"

log = structlog.get_logger()


class AuthorizationDoor:
    """GET /oauth/{platform} takes a callback, GET /oauth/{platform}.json says who we are; POST /oauth/accounts takes what was chosen."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def routes(self) -> Mapping[tuple[str, str], Endpoint]:
        """By method and prefix."""
        return {("GET", CALLBACKS): self.come_back, ("POST", CALLBACKS): self.choose}

    async def come_back(self, request: BareRequest) -> Answer:
        """Take a callback: connected, accounts to choose from, or why not. With `.json` behind the platform: who we are there."""
        if request.tail.endswith(SUFFIX):
            return _document(self._authorizer.registrations.client.document(request.tail.removesuffix(SUFFIX)))
        try:
            came = await self._authorizer.come_back(request.tail, _query(request.scope["query_string"]))
        except UnavailableError:
            raise
        except ProblemError as error:
            return _refused(error)
        except Exception as error:
            log.exception("authorization_broke", platform=request.tail[:40], error=type(error).__name__)
            return Answer(
                502, HEADERS, refused_page("This did not work", "The connector failed. Whoever runs this finds out more in its log.")
            )
        return _shown(came)

    async def choose(self, request: BareRequest) -> Answer:
        """Connect what was chosen."""
        if request.tail != ACCOUNTS or request.header(b"sec-fetch-site") not in {None, b"same-origin", b"none"}:
            return Answer(403, HEADERS, refused_page("Begin again, please", "This page was not opened from ours."))
        fields = _form(await request.body(cap_bytes=BODY_CAP_BYTES), content_type=request.header(b"content-type") or b"")
        leave = fields.get("leave", [""])[0]
        try:
            came = await self._authorizer.choose_by_leave(leave, fields.get("account", []))
        except UnavailableError:
            raise
        except AccountNotGrantedError as error:
            return Answer(error.status, HEADERS, refused_page("Go back, please", str(error)))
        except ProblemError as error:
            return _refused(error)
        return _shown(came)


def _document(described: Mapping[str, object] | None) -> Answer:
    if described is None:
        return Answer(404, HEADERS, refused_page("Nothing is here", "This platform reads no document about us."))
    return Answer(200, {"content-type": "application/json", "cache-control": "public, max-age=300"}, orjson.dumps(described))


def _shown(came: Came) -> Answer:
    if came.connected and came.return_to:
        address = returned(came.return_to, authorization=came.row["id"])
        return Answer(303, {**HEADERS, "location": address}, done_page([row["name"] for row in came.connected]))
    if came.connected:
        return Answer(200, HEADERS, done_page([row["name"] for row in came.connected]))
    headers = headers_leading_to(origin_of(came.return_to)) if came.return_to else HEADERS
    return Answer(200, headers, choice_page(came.accounts, leave=came.leave, one=came.row["channel_id"] is not None))


def _refused(error: ProblemError) -> Answer:
    return Answer(error.status, HEADERS, refused_page(error.title, str(error)))


def _query(raw: bytes) -> Mapping[str, str]:
    """The first value of each parameter; nothing of a query that is none."""
    try:
        parsed = parse_qs(raw.decode("ascii"), max_num_fields=QUERY_FIELDS, errors="strict", keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: values[0] for name, values in parsed.items()}


def _form(body: bytes, *, content_type: bytes) -> Mapping[str, list[str]]:
    if not content_type.lower().startswith(FORM):
        return {}
    try:
        return parse_qs(body.decode(), max_num_fields=2000, errors="strict")
    except (UnicodeDecodeError, ValueError):
        return {}
