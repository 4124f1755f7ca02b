"""DeadLetter, JournalRow. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.conversations import fields
from gateway.conversations.types import Channel
from gateway.operations.keys import key_of_letter, key_of_row
from gateway.relay import shows
from services.contracts.views import DeadLetterView, JournalRowView


@shows(DeadLetterView, description="An event between services that failed to the end; never what it says.")
class DeadLetter:
    """See DeadLetterView."""

    key = strawberry.field(resolver=key_of_letter, graphql_type=strawberry.ID, description="Opaque; pass it to redriveDeadLetter.")
    service: str = strawberry.field(description="Whose consumer failed: identity, engagement or routing.")
    consumer: str = strawberry.field(description="The consumer that failed.")
    type: str = strawberry.field(description="The event's type.")
    reason: str = strawberry.field(description="How it failed the last time; at most 500 characters.")
    attempts: int = strawberry.field(description="How often it was tried.")
    failed_at: datetime = strawberry.field(description="When it was given up; UTC.")
    redriven_at: datetime | None = strawberry.field(description="When it was handed over once more; null if never; UTC.")


@shows(JournalRowView, description="One item that a platform delivered, and what became of it; never what it says.")
class JournalRow:
    """See JournalRowView."""

    key = strawberry.field(resolver=key_of_row, graphql_type=strawberry.ID, description="Opaque; pass it to replayDelivery.")
    received_at: datetime = strawberry.field(description="When it came; UTC.")
    state: str = strawberry.field(description="waiting, done, ignored, unknown (not understood), parked or failed.")
    reason: str = strawberry.field(description="Why it is not done; at most 500 characters.")
    attempts: int = strawberry.field(description="How often it was read.")
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel it came by.")
