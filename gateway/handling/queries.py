"""Queries for jobs and for who is blocked. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.handling.types import Block, Job
from gateway.loaders import ListPageKey
from gateway.relay import After, Connection, First, Identifying, read_after, read_first, read_id_of
from services.contracts.views import BlockView, JobView, PageView


def find_job(info: Info, id: Identifying) -> Awaitable[JobView | None]:  # noqa: A002 - the argument's name in the schema
    """One job."""
    return info.context.loaders.job_by_id.load(read_id_of(id, type_name="Job"))


def list_blocks(info: Info, first: First = 20, after: After = None) -> Awaitable[PageView[BlockView]]:
    """Who is blocked."""
    return info.context.loaders.blocks_by_page.load(ListPageKey(read_first(first), read_after(after)))


@strawberry.type
class HandlingQueries:
    """Part of Query."""

    job = strawberry.field(resolver=find_job, graphql_type=Job | None, description="One bulk action. Null where there is none.")
    blocked_profiles = strawberry.field(
        resolver=list_blocks, graphql_type=Connection[Block], description="Who is blocked, the latest first. At most 100 a page."
    )
