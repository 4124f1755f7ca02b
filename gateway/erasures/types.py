"""Erasure and what it is made of. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.erasures.keys import key_of_erasure
from gateway.relay import shows
from gateway.vocabulary import ErasureReason
from services.contracts.views import ErasureShareView, ErasureView, RemovedView


@shows(RemovedView, description="How much of one kind was removed or emptied.")
class RemovedKind:
    """See RemovedView."""

    kind: str = strawberry.field(description="The kind, in the service's words: messages, files, deliveries, profiles...")
    count: int = strawberry.field(description="How many.")


@shows(ErasureShareView, description="One service's part of an erasure.")
class ErasureShare:
    """See ErasureShareView."""

    service: str = strawberry.field(description="The service's name.")
    acknowledged_at: datetime | None = strawberry.field(
        description="When it said that it holds nothing of the person any more; null: not yet. UTC."
    )
    removed: list[RemovedView] = strawberry.field(graphql_type=list[RemovedKind], description="What it removed; empty until it said so.")


@shows(ErasureView, description="The certificate of an erasure. It says nothing about the person.")
class Erasure:
    """See ErasureView."""

    key: strawberry.ID = strawberry.field(resolver=key_of_erasure, description="Names this erasure; for the query `erasure`.")
    reason: ErasureReason = strawberry.field(description="Why it was asked for.")
    requested_at: datetime = strawberry.field(description="When it was asked for: what the person did until then is erased. UTC.")
    completed_at: datetime | None = strawberry.field(description="When the last service had said that it is done; null: not yet. UTC.")
    profile_hashes: list[str] = strawberry.field(description="sha256 of the id of each profile that was erased, in hexadecimal.")
    services: list[ErasureShareView] = strawberry.field(
        graphql_type=list[ErasureShare], description="Every service's part, by name; three of them."
    )
