"""New ids for rows. Called wherever a row is born; ids are made by the caller, never asked back from the database."""

from datetime import datetime
from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by time of birth, so new rows land on the right edge of their index."""
    return UUID(int=uuid_utils.uuid7().int)


# Below and above every id. A keyset walk begins with one of these rather than with "$2 IS NULL OR id < $2", which under a generic plan
# is no condition of the index but a filter over all that lies before the page.
FIRST_ID = UUID(int=0)
LAST_ID = UUID(int=2**128 - 1)


def first_id_at(moment: datetime) -> UUID:
    """The smallest id that can be born at `moment`: whatever sorts before it is older."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
