"""cancelImport: end an import where it is."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.imports.types import Import
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ImportId
from services.contracts.views import ImportView


@strawberry.input(description="Which import is to end.")
class CancelImportInput:
    """Arguments of cancelImport."""

    import_id: strawberry.ID = strawberry.field(description="The import, by global id.")


@strawberry.type(description="The import has ended; what it brought in stays.")
class ImportCancelled:
    """Success."""

    import_: ImportView = strawberry.field(graphql_type=Import, name="import", description="The import, as it stands now.")


CancelImportResult = Annotated[
    ImportCancelled | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("CancelImportResult", description="The import, or why it goes on."),
]


async def cancel_import(info: Info, input: CancelImportInput) -> ImportCancelled | Problem:  # noqa: A002 - the argument's name in the schema
    """End an import."""
    try:
        import_ = ImportId(read_id_of(input.import_id, type_name="Import"))
        return ImportCancelled(import_=await info.context.clients.importing.cancel(import_))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=cancel_import,
    graphql_type=CancelImportResult,
    description="End an import that goes on. What it brought in stays. One that has ended answers Conflict.",
)
