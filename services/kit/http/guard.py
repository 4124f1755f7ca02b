"""InputGuard: the middleware that stands before every FastAPI route and lets only sound requests through.

Put in place by `create_api`. It reads the body itself, checks it, and plays it back to the route. Never answers 5xx.
"""

import re
from urllib.parse import unquote_to_bytes

from services.kit.errors import BadRequestError, ProblemError, TargetTooLongError, UnsupportedMediaTypeError
from services.kit.hosting import ASGIApp, Message, Receive, Scope, Send
from services.kit.http.documents import parse_json
from services.kit.http.exchange import (
    BODY_CAP_BYTES,
    BODY_TIMEOUT_SECONDS,
    ClientGoneError,
    find_header,
    read_body,
    respond_problem,
)

PATH_LIMIT_BYTES = 2048
QUERY_LIMIT_BYTES = 8192
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PERCENT = ord("%")  # Bytes look for a number in a tenth of the time that they take to see that they are not given one.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


class InputGuard:
    """Pure ASGI middleware; see the module. `cap_bytes` and `timeout_seconds` bound the body."""

    def __init__(self, app: ASGIApp, *, cap_bytes: int = BODY_CAP_BYTES, timeout_seconds: float = BODY_TIMEOUT_SECONDS) -> None:
        self._app = app
        self._cap_bytes = cap_bytes
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check and pass on, or refuse with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_target(scope)
            body = await read_body(receive, scope, cap_bytes=self._cap_bytes, timeout_seconds=self._timeout_seconds)
            if body:
                check_content_type(scope)
                parse_json(body)
        except ProblemError as error:
            await respond_problem(send, error)
        except ClientGoneError:
            return
        else:
            await self._app(scope, _replay(body, receive), send)


def check_target(scope: Scope) -> None:
    """Refuse addresses that are too long or do not decode to clean UTF-8 text."""
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query = scope.get("query_string", b"")
    if len(path) > PATH_LIMIT_BYTES or len(query) > QUERY_LIMIT_BYTES:
        raise TargetTooLongError(f"At most {PATH_LIMIT_BYTES} bytes of path and {QUERY_LIMIT_BYTES} of query.")
    _check_escapes(path, part="path")
    if query:
        _check_escapes(query, part="query string")


def check_content_type(scope: Scope) -> None:
    """Refuse bodies that do not say they are plain JSON in UTF-8."""
    if find_header(scope, b"content-encoding") not in {None, b"", b"identity"}:
        raise UnsupportedMediaTypeError("Send the body without a content encoding.")
    declared = (find_header(scope, b"content-type") or b"").decode("latin-1").lower()
    media_type, *parameters = (part.strip() for part in declared.split(";"))
    if not (media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))):
        raise UnsupportedMediaTypeError("Send the body as application/json.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in _CHARSETS:
            raise UnsupportedMediaTypeError("Send the body in UTF-8.")


def _check_escapes(raw: bytes, *, part: str) -> None:
    if _PERCENT not in raw and raw.isascii() and 0 not in raw:
        return
    if _BROKEN_ESCAPE.search(raw):
        raise BadRequestError(f"The {part} has an incomplete percent-escape.")
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError as error:
        raise BadRequestError(f"The {part} is not UTF-8.") from error
    if "\x00" in text:
        raise BadRequestError(f"The {part} contains a NUL character.")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once and then whatever the server says (that the client left)."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
