"""setContactKind: says what a contact is to the company."""

from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.vocabulary import StakeholderKind
from services.contracts.ids import ContactId


@strawberry.input(description="What a contact is, on which network, and in which time.")
class SetContactKindInput:
    """Arguments of setContactKind."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    kind: StakeholderKind = strawberry.field(description="The kind.")
    network: str = strawberry.field(default="", description="On which network, at most 40 characters; empty: on all.")
    since: datetime | None = strawberry.field(default=None, description="From when; null: not known.")
    until: datetime | None = strawberry.field(default=None, description="Until when; in the past: it is over. Null: it holds.")
    version: int | None = strawberry.field(default=None, description="The contact's version as read; another one answers Stale. Null: any.")


async def set_contact_kind(info: Info, input: SetContactKindInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Says what a contact is to the company."""

    async def act(contact: ContactId) -> None:
        payload = {"network": input.network, "since": input.since, "until": input.until}
        await info.context.clients.facts.set_kind(contact, input.kind, payload=payload, version=input.version)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=set_contact_kind,
    graphql_type=ChangeContactResult,
    description="Say what a contact is to the company, beside what else it is. Needs the scope contacts:write.",
)
