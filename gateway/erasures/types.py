"""Erasure, export, holds and retention, and what they are made of. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.erasures.keys import key_of_erasure, key_of_export
from gateway.relay import shows
from gateway.vocabulary import ErasureReason, RetentionAction, RetentionKind, StakeholderKind
from services.contracts.retention import RetentionRule as RuleView
from services.contracts.views import ContactView, ErasureShareView, ErasureView, ExportShareView, HoldView, PersonExportView, RemovedView
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView


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


@shows(ExportShareView, description="One service's part of an export.")
class ExportShare:
    """See ExportShareView."""

    service: str = strawberry.field(description="The service's name.")
    acknowledged_at: datetime | None = strawberry.field(description="When all of it was there; null: not yet. UTC.")
    items: int = strawberry.field(description="How many things it told so far.")


@shows(PersonExportView, description="All that is kept of a person as one file of JSON.")
class PersonExport:
    """See PersonExportView."""

    key: strawberry.ID = strawberry.field(resolver=key_of_export, description="Names this export; for the query `personExport`.")
    requested_at: datetime = strawberry.field(description="When it was asked for. UTC.")
    completed_at: datetime | None = strawberry.field(description="When every service had told its part; null: not yet. UTC.")
    expires_at: datetime = strawberry.field(description="When the file is thrown away, a day after it was whole. UTC.")
    url: str | None = strawberry.field(description="Where the file is, for whoever has this address; null until it is whole.")
    services: list[ExportShareView] = strawberry.field(
        graphql_type=list[ExportShare], description="Every service's part, by name; three of them."
    )


@shows(HoldView, description="A legal hold: the person is neither erased nor swept away by age.")
class LegalHold:
    """See HoldView."""

    reason: str = strawberry.field(description="Why, in the words of whoever set it.")
    set_at: datetime = strawberry.field(description="Since when. UTC.")


@shows(RuleView, description="What is older than so many days goes.")
class RetentionRule:
    """See RetentionRule."""

    kind: RetentionKind = strawberry.field(description="What it is about.")
    days: int = strawberry.field(description="How long it is kept.")
    action: RetentionAction = strawberry.field(description="What becomes of it.")
    stakeholder: StakeholderKind | None = strawberry.field(description="For PEOPLE: only those of this kind; null: all.")


@shows(RetentionDueView, description="What a rule would remove now.")
class RetentionDue:
    """See RetentionDueView."""

    kind: RetentionKind = strawberry.field(description="The rule's kind.")
    stakeholder: StakeholderKind | None = strawberry.field(description="Of PEOPLE: the kind that the rule is narrowed to; null: all.")
    what: str = strawberry.field(description="What would go, in the service's words: messages, files, verdicts, people...")
    count: int = strawberry.field(description="How much.")
    more: bool = strawberry.field(description="Whether there is more than that.")


@shows(RetentionRunView, description="What one service removed by one rule.")
class RetentionRun:
    """See RetentionRunView."""

    service: str = strawberry.field(description="The service's name.")
    kind: RetentionKind = strawberry.field(description="The rule's kind.")
    began_at: datetime = strawberry.field(description="UTC.")
    ended_at: datetime = strawberry.field(description="UTC.")
    removed: list[RemovedView] = strawberry.field(graphql_type=list[RemovedKind], description="What went, by kind; at most 20.")


async def hold_of_contact(root: strawberry.Parent[ContactView], info: Info) -> HoldView | None:
    """Why the person stays."""
    return await info.context.loaders.hold_by_contact.load(root.id)


@shows(RetentionView, description="How long a workspace keeps what; what has no rule is kept.")
class Retention:
    """See RetentionView."""

    rules: list[RuleView] = strawberry.field(graphql_type=list[RetentionRule], description="All rules; at most 50.")
    version: int = strawberry.field(description="To change them by.")
    held: int = strawberry.field(description="How many people are under a legal hold, of whom nothing goes.")
