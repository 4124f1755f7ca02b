"""Queries for operators. Called by the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.loaders import JournalPageKey, LetterPageKey
from gateway.operations.types import DeadLetter, JournalRow
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.views import DeadLetterView, JournalRowView, PageView

State = Annotated[
    str | None, strawberry.argument(description="Only these: waiting, done, ignored, unknown, parked or failed; null for all.")
]
STATE_CHARS = 20


def list_dead_letters(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[DeadLetterView]]:
    """The letters of all services."""
    info.context.require("operations:write")
    return info.context.loaders.dead_letters_by_page.load(LetterPageKey(read_first(first), read_after(after)))


def list_journal(info: Info, first: First = 20, after: After = None, state: State = None) -> Awaitable[PageView[JournalRowView]]:
    """What platforms delivered."""
    info.context.require("operations:write")
    key = JournalPageKey(read_first(first), read_after(after), None if state is None else state[:STATE_CHARS])
    return info.context.loaders.journal_by_page.load(key)


@strawberry.type
class OperationQueries:
    """Part of Query."""

    dead_letters = strawberry.field(
        resolver=list_dead_letters,
        graphql_type=Connection[DeadLetter],
        description="Events of all services that failed to the end, the newest first. For administrators. At most 100 a page.",
    )
    journal = strawberry.field(
        resolver=list_journal,
        graphql_type=Connection[JournalRow],
        description="What platforms delivered, the newest first. For administrators. At most 100 a page.",
    )
