"""Queries for writing. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.composing.types import Draft
from gateway.context import Info
from gateway.conversations.types import Reply
from gateway.loaders import ListPageKey
from gateway.relay import After, Connection, First, read_after, read_first
from services.contracts.composing import DraftView
from services.contracts.views import PageView, ReplyView


def list_drafts(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[DraftView]]:
    """The caller's drafts."""
    return info.context.loaders.drafts_by_page.load(ListPageKey(read_first(first), read_after(after)))


def list_replies_to_approve(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[ReplyView]]:
    """What waits for approval."""
    return info.context.loaders.proposed_by_page.load(ListPageKey(read_first(first), read_after(after)))


@strawberry.type
class ComposingQueries:
    """Part of Query."""

    drafts = strawberry.field(
        resolver=list_drafts, graphql_type=Connection[Draft], description="The caller's drafts, the latest first. At most 100 a page."
    )
    replies_to_approve = strawberry.field(
        resolver=list_replies_to_approve,
        graphql_type=Connection[Reply],
        description="Replies that wait for another member's approval, the oldest first; the caller's own among them. At most 100 a page.",
    )
