"""Keys of erasures: as global ids, but of things that `node` does not find. Called by this topic only."""

import strawberry

from gateway.relay import global_id, read_id_of
from services.contracts.ids import ErasureId
from services.contracts.views import ErasureView

TYPE = "Erasure"


def key_of_erasure(root: strawberry.Parent[ErasureView]) -> strawberry.ID:
    """The key of a certificate."""
    return global_id(TYPE, root.id)


def read_erasure_key(text: str) -> ErasureId:
    """Raises MalformedInputError."""
    return ErasureId(read_id_of(text, type_name=TYPE))
