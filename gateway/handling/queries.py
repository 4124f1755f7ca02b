"""Queries for jobs. Called by the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.handling.types import Job
from gateway.relay import Identifying, read_id_of
from services.contracts.views import JobView


def find_job(info: Info, id: Identifying) -> Awaitable[JobView | None]:  # noqa: A002 - the argument's name in the schema
    """One job."""
    return info.context.loaders.job_by_id.load(read_id_of(id, type_name="Job"))


@strawberry.type
class HandlingQueries:
    """Part of Query."""

    job = strawberry.field(resolver=find_job, graphql_type=Job | None, description="One bulk action. Null where there is none.")
