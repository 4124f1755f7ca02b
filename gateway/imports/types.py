"""Import. Called by the schema; the value is the contract's view."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.conversations import fields
from gateway.relay import Node, shows
from gateway.vocabulary import ImportKind, ImportState
from services.contracts.views import ImportView

if TYPE_CHECKING:
    from gateway.access.types import Member

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]


@shows(ImportView, description="A file of people, and how far it is read. It begins by POST /v1/imports; its report is a download, too.")
class Import(Node):
    """See ImportView."""

    kind: ImportKind = strawberry.field(description="What the file holds.")
    name: str = strawberry.field(description="What the file is called; at most 200 characters, may be empty.")
    format: str = strawberry.field(description="csv or ndjson.")
    state: ImportState = strawberry.field(description="Where it stands.")
    size_bytes: int = strawberry.field(description="How large the file is, as it is kept.")
    read_bytes: int = strawberry.field(description="How much of it is read.")
    rows_done: int = strawberry.field(description="Rows that were taken, also without a part that could not be.")
    rows_refused: int = strawberry.field(description="Rows that were refused; the report names each.")
    rows_estimated: int = strawberry.field(description="Rows of the whole file, by what is read so far; exact at the end.")
    rows_per_second: float = strawberry.field(description="How fast it is read, since it began.")
    reason: str = strawberry.field(description="Why it failed; empty where it did not.")
    created_at: datetime = strawberry.field(description="When the file came in; UTC.")
    started_at: datetime | None = strawberry.field(description="When its first rows were taken; UTC.")
    finished_at: datetime | None = strawberry.field(description="When it ended; UTC; null while it goes on.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who began it; null for programs.")
