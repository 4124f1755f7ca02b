"""What the endpoints share: the service's parts, found on the application. Set by `main`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.retaining import Retainer
from services.kit.subscriptions import Subscription
from services.routing.members import Members
from services.routing.verdicts import Analyse


@dataclass(frozen=True, slots=True)
class Parts:
    """What endpoints need. `published` wakes the relay."""

    database: Database
    members: Members
    clock: Clock
    analyse: Analyse
    subscriptions: Sequence[Subscription]
    published: Callable[[], None]
    retainer: Retainer


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]
