"""Keys of erasures and exports: as global ids, but of things that `node` does not find. Called by this topic only."""

import strawberry

from gateway.relay import global_id, read_id_of
from services.contracts.ids import ErasureId, PersonExportId
from services.contracts.views import ErasureView, PersonExportView

TYPE = "Erasure"
EXPORT = "PersonExport"


def key_of_erasure(root: strawberry.Parent[ErasureView]) -> strawberry.ID:
    """The key of a certificate."""
    return global_id(TYPE, root.id)


def key_of_export(root: strawberry.Parent[PersonExportView]) -> strawberry.ID:
    """The key of an export."""
    return global_id(EXPORT, root.id)


def read_export_key(text: str) -> PersonExportId:
    """Raises MalformedInputError."""
    return PersonExportId(read_id_of(text, type_name=EXPORT))


def read_erasure_key(text: str) -> ErasureId:
    """Raises MalformedInputError."""
    return ErasureId(read_id_of(text, type_name=TYPE))
