"""Where browsers come back from platforms: bare ASGI, at /oauth/ of the gateway. Put into `Routes` by `main`.

The signed state is the only authority here; no cookie, no session. So nothing is connected here: the person's browser gets a code for
whoever began. Answers are pages for the person.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

import orjson
import structlog

from services.engagement.authorizing.authorizer import Authorizer, Came
from services.engagement.authorizing.clients import SUFFIX
from services.engagement.authorizing.page import code_page, refused_page
from services.engagement.authorizing.returning import returned
from services.engagement.channels import CALLBACKS
from services.kit.errors import ProblemError, UnavailableError
from services.kit.http import BareRequest, Endpoint
from services.kit.http.pages import HEADERS
from services.kit.port import Answer

QUERY_FIELDS = 100

log = structlog.get_logger()


class AuthorizationDoor:
    """GET /oauth/{platform} takes a callback, GET /oauth/{platform}.json says who we are."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def routes(self) -> Mapping[tuple[str, str], Endpoint]:
        """By method and prefix."""
        return {("GET", CALLBACKS): self.come_back}

    async def come_back(self, request: BareRequest) -> Answer:
        """Take a callback: the code, or why there is none. With `.json` behind the platform: who we are there."""
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


def _document(described: Mapping[str, object] | None) -> Answer:
    if described is None:
        return Answer(404, HEADERS, refused_page("Nothing is here", "This platform reads no document about us."))
    return Answer(200, {"content-type": "application/json", "cache-control": "public, max-age=300"}, orjson.dumps(described))


def _shown(came: Came) -> Answer:
    shown = code_page(came.accounts, code=came.code)
    if came.return_to:
        return Answer(303, {**HEADERS, "location": returned(came.return_to, authorization=came.row["id"], code=came.code)}, shown)
    return Answer(200, HEADERS, shown)


def _refused(error: ProblemError) -> Answer:
    return Answer(error.status, HEADERS, refused_page(error.title, str(error)))


def _query(raw: bytes) -> Mapping[str, str]:
    """The first value of each parameter; nothing of a query that is none."""
    try:
        parsed = parse_qs(raw.decode("ascii"), max_num_fields=QUERY_FIELDS, errors="strict", keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: values[0] for name, values in parsed.items()}
