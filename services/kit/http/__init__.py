"""How a service is spoken to: the API factory, bare routes, the guard before them, health. Called by compositions and edges."""

from services.kit.http.api import create_api, included
from services.kit.http.bare import BareRequest, Endpoint, Routes
from services.kit.http.documents import BareBody, RequestBody, decode, parse_json
from services.kit.http.edge import Edge
from services.kit.http.exchange import ClientGoneError, find_header, read_body, respond, respond_problem
from services.kit.http.guard import InputGuard
from services.kit.http.health import health_routes

__all__ = [
    "BareBody",
    "BareRequest",
    "ClientGoneError",
    "Edge",
    "Endpoint",
    "InputGuard",
    "RequestBody",
    "Routes",
    "create_api",
    "decode",
    "find_header",
    "health_routes",
    "included",
    "parse_json",
    "read_body",
    "respond",
    "respond_problem",
]
