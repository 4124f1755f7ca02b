"""The queries for a certificate, an export and the rules of retention. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.keys import read_erasure_key, read_export_key
from gateway.erasures.rules import RetentionRuleInput
from gateway.erasures.types import Erasure, PersonExport, Retention, RetentionDue, RetentionRun
from gateway.loaders.erasing import RunsPageKey
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import ErasureView, PageView, PersonExportView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView

Key = Annotated[strawberry.ID, strawberry.argument(description="The erasure's key, as eraseContact gave it.")]

Rules = Annotated[list[RetentionRuleInput] | None, strawberry.argument(description="Rules to try, at most 50; null: those in force.")]
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


def preview(info: Info, rules: Rules = None) -> Awaitable[list[RetentionDueView]]:
    """What would go."""
    return info.context.loaders.retention_due_by_rules.load(tuple(each.told() for each in rules or ()))


def list_runs(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[RetentionRunView]]:
    """What went."""
    return info.context.loaders.retention_runs_by_page.load(RunsPageKey(read_first(first), read_after(after)))


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
    retention_preview = strawberry.field(
        resolver=preview,
        graphql_type=list[RetentionDue],
        description="A dry run: what would go now in each service by these rules; nothing does. At most 500. Needs the scope people:erase.",
    )
    retention_runs = strawberry.field(
        resolver=list_runs,
        graphql_type=Connection[RetentionRun],
        description="What went by the rules, in each service, newest first. At most 100 a page. Needs the scope people:erase.",
    )
