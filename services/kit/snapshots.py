"""Another service's snapshot, read page by page, for whoever keeps a projection of what that service owns.

Called by the services that do, never within a transaction: it is a call over the network, with a token of the role `worker`.
"""

from collections.abc import AsyncIterator, Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec

from services.contracts.ids import WorkspaceId
from services.kit.access import WorkerTokens
from services.kit.port import Port, PortUnavailableError

PAGE = 500
Item = TypeVar("Item")


class Versioned(Protocol):
    """What its owner counts the changes of."""

    @property
    def version(self) -> int:
        """Grows with each change."""


Told = TypeVar("Told", bound=Versioned)


class SnapshotPage(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A page of a snapshot; the last one may be empty."""

    items: tuple[Item, ...]
    cursors: tuple[str, ...]
    has_next: bool


def newest(told: Iterable[Told], *, of: Callable[[Told], Hashable]) -> list[Told]:
    """The newest of what was told of each, in whatever order it came; `of` says of whom."""
    found: dict[Hashable, Told] = {}
    for each in told:
        known = found.get(of(each))
        if known is None or known.version < each.version:
            found[of(each)] = each
    return list(found.values())


async def read_snapshot(
    owner: Port, path: str, item: type[Item], *, tokens: WorkerTokens, workspace: WorkspaceId
) -> AsyncIterator[SnapshotPage[Item]]:
    """All that the workspace has there, 500 at a time. Raises PortUnavailableError."""
    after: str | None = None
    while True:
        query = urlencode({"limit": PAGE, **({"after": after} if after else {})})
        headers = [("authorization", f"Bearer {await tokens.token(workspace)}")]
        answer = await owner.call("GET", f"{path}?{query}", headers=headers)
        if answer.status != 200:
            raise PortUnavailableError(f"a snapshot was answered with {answer.status}")
        try:
            page = msgspec.json.decode(answer.body, type=SnapshotPage[item])  # type: ignore[valid-type] # the type is known when it runs
        except msgspec.MsgspecError as error:
            raise PortUnavailableError("a snapshot could not be read") from error
        yield page
        if not page.has_next:
            return
        after = page.cursors[-1]
