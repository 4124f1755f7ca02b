"""The queries for a certificate, an export and the rules of retention. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.keys import read_erasure_key, read_export_key
from gateway.erasures.types import Erasure, PersonExport, Retention
from services.contracts.views import ErasureView, PersonExportView
from services.contracts.views.retention import RetentionView

Key = Annotated[strawberry.ID, strawberry.argument(description="The erasure's key, as eraseContact gave it.")]

ExportKey = Annotated[strawberry.ID, strawberry.argument(description="The export's key, as exportContact gave it.")]


def find_erasure(info: Info, key: Key) -> Awaitable[ErasureView | None]:
    """The certificate."""
    return info.context.loaders.erasures_by_id.load(read_erasure_key(key))


def find_export(info: Info, key: ExportKey) -> Awaitable[PersonExportView | None]:
    """How far it is."""
    return info.context.loaders.person_exports_by_id.load(read_export_key(key))


def retention(info: Info) -> Awaitable[RetentionView]:
    """The rules in force."""
    return info.context.loaders.retention_by_caller.load(None)


@strawberry.type
class ErasureQueries:
    """Part of Query."""

    erasure = strawberry.field(
        resolver=find_erasure,
        graphql_type=Erasure | None,
        description="The certificate of an erasure, complete or not; null where there is none. Needs the scope people:erase.",
    )
    person_export = strawberry.field(
        resolver=find_export,
        graphql_type=PersonExport | None,
        description="All that is kept of a person as one file: how far it is; null once it has expired. Needs the scope people:erase.",
    )
    retention = strawberry.field(
        resolver=retention,
        graphql_type=Retention,
        description="How long the workspace keeps what. Needs the scope people:erase.",
    )
