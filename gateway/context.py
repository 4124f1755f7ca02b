"""What one operation may use: who asks, the clients in their name, loaders. Called by resolvers through `Info`; outlives nothing."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import strawberry

from gateway.clients import Clients, Ports
from gateway.errors import NotAllowedError, UnauthenticatedError
from gateway.loaders import Loaders
from services.kit.access import Caller

if TYPE_CHECKING:
    from gateway.realtime.feed import Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whoever sent the request: `caller` is None and `token` empty where nobody is signed in.

    `expires_at` is when the token ends, in seconds since 1970; `request_id` travels to every service.
    """

    request_id: str
    caller: Caller | None = None
    token: str = ""
    expires_at: float | None = None
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, str]]:
        """What a service is told of the asker."""
        sent = [("x-request-id", self.request_id)]
        if self.token:
            sent.append(("authorization", f"Bearer {self.token}"))
        if self.traceparent:
            sent.append(("traceparent", self.traceparent))
        return sent


class Context:
    """One operation's context. A subscription takes a fresh one for each event, so that no loader serves stale rows."""

    def __init__(self, *, asker: Asker, ports: Ports, feed: "Feed") -> None:
        self.asker = asker
        self.feed = feed
        self._ports = ports

    @cached_property
    def clients(self) -> Clients:
        """The services, in the asker's name."""
        return Clients(self._ports, headers=self.asker.headers())

    @cached_property
    def loaders(self) -> Loaders:
        """This operation's loaders."""
        return Loaders(self.clients)

    @property
    def caller(self) -> Caller:
        """Who is signed in. Raises UnauthenticatedError."""
        if self.asker.caller is None:
            message = "Sign in first."
            raise UnauthenticatedError(message)
        return self.asker.caller

    def require(self, scope: str) -> Caller:
        """The caller, who holds `scope`. Raises UnauthenticatedError, NotAllowedError."""
        caller = self.caller
        if scope not in caller.scopes:
            message = f"This needs the scope {scope}."
            raise NotAllowedError(message)
        return caller

    def fresh(self) -> "Context":
        """The same asker with nothing loaded."""
        return Context(asker=self.asker, ports=self._ports, feed=self.feed)


Info: TypeAlias = strawberry.Info[Context, None]
