"""Queries for imports. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.imports.types import Import
from gateway.loaders import PeoplePageKey
from gateway.relay import After, Connection, First, Identifying, read_after, read_first, read_id_of
from services.contracts.views import ImportView, PageView


def find_import(info: Info, id: Identifying) -> Awaitable[ImportView | None]:  # noqa: A002 - the argument's name in the schema
    """One import."""
    return info.context.loaders.import_by_id.load(read_id_of(id, type_name="Import"))


def list_imports(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[ImportView]]:
    """The workspace's imports."""
    return info.context.loaders.imports_by_page.load(PeoplePageKey(read_first(first), read_after(after)))


@strawberry.type
class ImportQueries:
    """Part of Query."""

    import_ = strawberry.field(
        resolver=find_import, graphql_type=Import | None, name="import", description="One import. Null where there is none."
    )
    imports = strawberry.field(
        resolver=list_imports, graphql_type=Connection[Import], description="Files of people, the newest first. At most 100 a page."
    )
