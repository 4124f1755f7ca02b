"""Keys of dead letters and journal rows: as global ids, but of things that `node` does not find. Called by this topic only."""

from uuid import UUID

import strawberry

from gateway.errors import MalformedInputError
from gateway.relay import global_id, read_global_id, read_id_of
from services.contracts.views import DeadLetterView, JournalRowView

SERVICES = ("identity", "engagement", "routing")
ROW = "JournalRow"


def key_of_letter(root: strawberry.Parent[DeadLetterView]) -> strawberry.ID:
    """Names the service too, for each keeps its own letters."""
    return global_id(f"{root.service}DeadLetter", root.id)


def read_letter_key(text: str) -> tuple[str, UUID]:
    """Service and id. Raises MalformedInputError."""
    parsed = read_global_id(text)
    service = parsed.type_name.removesuffix("DeadLetter")
    if service not in SERVICES:
        message = "This key names no dead letter."
        raise MalformedInputError(message)
    return service, parsed.id


def key_of_row(root: strawberry.Parent[JournalRowView]) -> strawberry.ID:
    """A journal row's key."""
    return global_id(ROW, root.id)


def read_row_key(text: str) -> UUID:
    """The row's id. Raises MalformedInputError."""
    return read_id_of(text, type_name=ROW)
