"""What the endpoints of one running service work with; made by `main`, found by them through `PartsOf`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.contracts.ids import KeyId, SessionId, WorkspaceId
from services.identity.access.entrance import Entrance
from services.identity.access.invitations import Links
from services.identity.access.passwords import Passwords
from services.identity.erasure import Erasures
from services.identity.erasure.exporting import PersonExports
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.redriving import Graveyard
from services.kit.retaining import Retainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`app` works under row-level security; `wake` follows every commit with events; `revoked` acts in this process at once."""

    app: Database
    entrance: Entrance
    passwords: Passwords
    clock: Clock
    wake: Callable[[], None]
    revoked: Callable[[SessionId | KeyId], None]
    deployment_key: bytes
    key_token_secret: bytes
    graveyard: Graveyard
    preference_key: bytes
    public_url: str
    links: Links
    erasures: Erasures
    exports: PersonExports
    partners_key: bytes
    retainer: Retainer
    tell_partners: Callable[[WorkspaceId], None] = lambda _: None


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    found: Parts = request.app.state.parts
    return found


PartsOf = Annotated[Parts, Depends(parts_of)]
