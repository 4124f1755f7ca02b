"""What lists say of people (a row of a CRM, a follower) as rows of their history (W1, G1). Called by `subscribers`, in its transaction.

A row's id follows from what it says, so telling it again, in any order, ends alike.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from services.contracts.events import Entered
from services.contracts.ids import WorkspaceId
from services.engagement.statements import records as statements
from services.kit.db import Connection


async def keep_records(connection: Connection, workspace: WorkspaceId, told: Iterable[Entered], *, now: datetime) -> None:
    """Each once, at the earliest time that was told."""
    earliest: dict[UUID, Entered] = {}
    for each in told:
        key = _id_of(each)
        known = earliest.get(key)
        if known is None or each.at < known.at:
            earliest[key] = each
    if earliest:
        rows = [(key, e.profile_id, e.kind.value, e.at, e.network, e.scope, e.of) for key, e in sorted(earliest.items())]
        await statements.keep_records(connection, workspace, rows, now=now)


def _id_of(entered: Entered) -> UUID:
    return uuid5(entered.profile_id, f"{entered.kind}\n{entered.of}")
