"""The FastAPI application of a service: guarded input, problem+json for every refusal, one description of it in OpenAPI.

Called by each service's composition; the service adds routes and sets `api.state`. Hot routes do not go through here
(see `bare`).
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from services.kit.errors import PROBLEM_TYPE, MalformedError, ProblemError, problem_body, problem_response
from services.kit.http.edge import Edge, unforeseen_problem
from services.kit.http.exchange import BODY_CAP_BYTES, BODY_TIMEOUT_SECONDS
from services.kit.http.guard import InputGuard
from services.kit.telemetry import Metrics

_ERRORS_SHOWN = 20
_FIELD_LIMIT_CHARS = 200
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "An RFC 9457 problem. `code` is stable and made for programs, `detail` for people.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "What is wrong, field by field; at most 20.",
            "items": {
                "type": "object",
                "required": ["field", "reason", "code"],
                "properties": {
                    "field": {"type": "string"},
                    "reason": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request has one effect and gets the first answer again, for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Refused; the problem says why.", "content": _PROBLEM_CONTENT},
    "5XX": {"description": "Not served; nothing was changed unless said.", "content": _PROBLEM_CONTENT},
}


class Api(FastAPI):
    """FastAPI whose description names the problem schema once, the key of every POST, and routes that go another way.

    `bare_paths` are OpenAPI path items of bare routes, by path.
    """

    bare_paths: Mapping[str, Any] = MappingProxyType({})

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
            for path, item in self.bare_paths.items():
                document["paths"].setdefault(path, {}).update(deepcopy(item))
            _describe_keys(document, components)
        return super().openapi()


def _describe_keys(document: dict[str, Any], components: dict[str, Any]) -> None:
    """Name the Idempotency-Key at every POST of a signed-in caller. The doors to sign in keep no answers: these are secrets."""
    posts = [item["post"] for item in document["paths"].values() if "post" in item]
    keyed = [operation for operation in posts if operation.get("security")]
    for operation in keyed:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    if keyed:
        components.setdefault("parameters", {})["IdempotencyKey"] = _IDEMPOTENCY_KEY


def create_api(
    *,
    title: str,
    version: str,
    description: str,
    metrics: Metrics | None = None,
    cap_bytes: int = BODY_CAP_BYTES,
    timeout_seconds: float = BODY_TIMEOUT_SECONDS,
) -> Api:
    """An application without routes. Its JSON bodies should derive from RequestBody, so that unknown fields are refused."""
    api = _bare(title=title, version=version, description=description)
    api.add_exception_handler(ProblemError, _tell_problem)
    api.add_exception_handler(RequestValidationError, _tell_malformed)
    api.add_exception_handler(HTTPException, _tell_http)
    api.add_exception_handler(Exception, _tell_unforeseen)
    api.add_middleware(InputGuard, cap_bytes=cap_bytes, timeout_seconds=timeout_seconds)
    api.add_middleware(Edge, metrics=metrics)
    return api


def _bare(*, title: str = "Rapport", version: str = "1", description: str = "") -> Api:
    return Api(
        title=title,
        version=version,
        description=description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=_REFUSALS,
        generate_unique_id_function=lambda route: route.name,
    )


def included(routers: Iterable[APIRouter]) -> tuple[BaseRoute, ...]:
    """The routers' routes as an application has them, for any that `create_api` makes.

    FastAPI works each out at the first request, 0.3 s for a hundred: a process that composes a service again keeps them.
    """
    api = _bare()
    before = len(api.router.routes)
    for router in routers:
        api.include_router(router)
    return tuple(api.router.routes[before:])


async def _tell_problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError) or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    return _response(error)


async def _tell_malformed(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    listed = [_field_error(each) for each in found[:_ERRORS_SHOWN]]
    return _response(MalformedError(f"{len(found)} field(s) are not as described.", errors=listed))


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    field = ".".join(str(part) for part in error["loc"])
    return {"field": field[:_FIELD_LIMIT_CHARS], "reason": _reason(error), "code": error["type"]}


async def _tell_http(_: Request, error: Exception) -> Response:
    """Refusals of the framework itself: no such path, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    body = problem_body(code=status.name.lower(), status=status, title=status.phrase, detail=str(error.detail), extensions={})
    return Response(body, status, headers=error.headers, media_type=PROBLEM_TYPE)


async def _tell_unforeseen(request: Request, error: Exception) -> Response:
    """Reached where this app stands behind Routes: their edge logs the error, which Starlette raises on after this."""
    if isinstance(error, ProblemError):
        return _response(error)
    body = unforeseen_problem(request.scope)
    return Response(body, HTTPStatus.INTERNAL_SERVER_ERROR, media_type=PROBLEM_TYPE)


def _response(error: ProblemError) -> Response:
    status, headers, body = problem_response(error)
    return Response(body, status, headers={name.decode(): value.decode() for name, value in headers})


def _reason(error: Mapping[str, Any]) -> str:
    """The validator's words, but where they are about a pattern that says only: not blank."""
    return "It must not be blank" if error.get("ctx", {}).get("pattern") == r"\S" else str(error["msg"])
