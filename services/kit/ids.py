"""New ids for rows. Called wherever a row is born; ids are made by the caller, never asked back from the database."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): sorts by time of birth, so new rows land on the right edge of their index."""
    return UUID(int=uuid_utils.uuid7().int)
