"""recordConsent: writes down what a person said to a purpose, with its proof."""

from datetime import datetime

import strawberry

from gateway.context import Info
from gateway.conversations.mutations.post_reply import idempotency_key
from gateway.facts.changing import ChangeContactResult, ContactChanged, change_contact
from gateway.problems import Problem
from gateway.relay import read_id_of
from gateway.vocabulary import ConsentState
from services.contracts.ids import ContactId


@strawberry.input(description="What a person said, and how we know.")
class RecordConsentInput:
    """Arguments of recordConsent."""

    contact_id: strawberry.ID = strawberry.field(description="The contact, by global id.")
    purpose: str = strawberry.field(description="What for: a key of `consentSettings`.")
    state: ConsentState = strawberry.field(description="What was said; UNKNOWN takes back what was recorded wrongly.")
    how: str = strawberry.field(description="How it was said; 1 to 500 characters.")
    wording: str = strawberry.field(default="", description="What was put to the person; at most 5,000 characters.")
    network: str | None = strawberry.field(default=None, description="The network that it covers; null: every one.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="The one channel of ours that it covers, by global id.")
    interaction_id: strawberry.ID | None = strawberry.field(default=None, description="The message that is its proof, by global id.")
    profile_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account that said it, by global id; null: the person's first."
    )
    at: datetime | None = strawberry.field(default=None, description="When it was said; null: now. An earlier one never overrides a later.")
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Yours, at most 200 characters: the same one twice records once."
    )


async def record_consent(info: Info, input: RecordConsentInput) -> ContactChanged | Problem:  # noqa: A002 - the argument's name in the schema
    """Record a word."""

    async def act(contact: ContactId) -> None:
        payload: dict[str, object] = {"purpose": input.purpose, "state": input.state, "how": input.how, "wording": input.wording}
        payload |= {"network": input.network, "at": input.at}
        for name, given, type_name in (
            ("channel_id", input.channel_id, "Channel"),
            ("interaction_id", input.interaction_id, "Interaction"),
            ("profile_id", input.profile_id, "Profile"),
        ):
            if given is not None:
                payload[name] = read_id_of(given, type_name=type_name)
        key = idempotency_key(input.client_mutation_id)
        await info.context.clients.consent.record(contact, payload=payload, idempotency_key=key)

    return await change_contact(info, input.contact_id, act)


field = strawberry.mutation(
    resolver=record_consent,
    graphql_type=ChangeContactResult,
    description="Write down what a person said to being written to for a purpose. Needs the scope contacts:write.",
)
