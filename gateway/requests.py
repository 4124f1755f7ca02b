"""GraphQL over HTTP, the way in: a request becomes an `Asked`, or a problem. Called by `endpoint`; executes nothing.

Only what a foreign page cannot send unasked is taken: POST with a JSON content type, and GET, which runs no mutation.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from gateway.execution import Asked
from services.kit.errors import BadRequestError, MethodNotAllowedError
from services.kit.hosting import Receive, Scope
from services.kit.http import parse_json, read_body
from services.kit.http.guard import check_content_type, check_target

MAX_PARAMETERS = 10
_KNOWN = frozenset({"query", "variables", "operationName", "extensions"})


class BatchRefusedError(BadRequestError):
    """An array of operations."""

    code = "batch_refused"
    title = "Batches are not answered"


class NotGraphQLError(BadRequestError):
    """Sound JSON, but not a GraphQL request."""

    code = "not_graphql"
    title = "This is not a GraphQL request"


async def read_request(scope: Scope, receive: Receive) -> Asked:
    """The operation in a request. Raises ProblemError: always a 4xx."""
    check_target(scope)
    if scope["method"] == "GET":
        return asked_of(_parameters(scope))
    if scope["method"] != "POST":
        raise MethodNotAllowedError(allow=["GET", "POST"])
    check_content_type(scope)
    body = await read_body(receive, scope)
    return asked_of(parse_json(body), size_bytes=len(body))


def asked_of(document: object, *, size_bytes: int = 0) -> Asked:
    """The operation in a parsed request body (or a socket's payload). Raises NotGraphQLError, BatchRefusedError."""
    if isinstance(document, list):
        raise BatchRefusedError("Send one operation per request.")
    if not isinstance(document, dict):
        raise NotGraphQLError("The body must be a JSON object with `query`.")
    query = document.get("query")
    if not isinstance(query, str) or not query:
        raise NotGraphQLError("`query` must be a text that is not empty.")
    variables = _object(document, "variables")
    _object(document, "extensions")
    name = document.get("operationName")
    if name is not None and not isinstance(name, str):
        raise NotGraphQLError("`operationName` must be a text.")
    return Asked(query=query, variables=variables, operation_name=name, variables_bytes=max(size_bytes - len(query.encode()), 0))


def _object(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotGraphQLError(f"`{name}` must be an object.")
    return value


def _parameters(scope: Scope) -> dict[str, Any]:
    """The query string as a request body; `variables` and `extensions` are JSON in it."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise NotGraphQLError("The query string cannot be read.") from error
    found: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if found.get(name):
            found[name] = parse_json(found[name].encode())
        else:
            found.pop(name, None)
    return {name: value for name, value in found.items() if name in _KNOWN}
