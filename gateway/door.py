"""Which part of the gateway serves which path. Called by the server; `main` puts the parts in."""

from dataclasses import dataclass

from gateway.explorer.page import FILES_PATH, accepts_page
from services.kit.hosting import ASGIApp, Receive, Scope, Send
from services.kit.http import find_header, respond
from services.kit.http.edge import ROUTE

GRAPHQL_PATH = "/graphql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """GraphQL, its sockets, the explorer, and everything else to the services."""

    graphql: ASGIApp
    sockets: ASGIApp
    explorer: ASGIApp
    proxy: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._part(scope)(scope, receive, send)

    def _part(self, scope: Scope) -> ASGIApp:
        path = scope["path"]
        if path.startswith(FILES_PATH):
            scope[ROUTE] = FILES_PATH + "*"
            return self.explorer
        if path == "/" and scope["method"] in {"GET", "HEAD"}:
            scope[ROUTE] = "/"
            return _show_the_way
        if path != GRAPHQL_PATH:
            return self.proxy
        scope[ROUTE] = GRAPHQL_PATH
        browses = scope["method"] in {"GET", "HEAD"} and not scope["query_string"]
        accept = (find_header(scope, b"accept") or b"").decode("latin-1")
        return self.explorer if browses and accepts_page(accept) else self.graphql

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == GRAPHQL_PATH:
            await self.sockets(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4404, "reason": "There is nothing at this path"})


async def _show_the_way(_: Scope, __: Receive, send: Send) -> None:
    """Whoever opens the bare address in a browser wants the explorer."""
    await respond(send, status=302, body=b"", content_type="text/plain", headers=((b"location", GRAPHQL_PATH.encode()),))
