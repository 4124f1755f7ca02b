"""Consent, its settings, and what records it. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.consent import fields
from gateway.relay import shows
from gateway.vocabulary import ConsentSource, ConsentState
from services.contracts.consent import Purpose
from services.contracts.views.consent import ConsentSettingsView, ConsentView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.contacts.types import Profile
    from gateway.conversations.types import Interaction

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]


@shows(ConsentView, description="One word of a person on being written to for a purpose, with its proof.")
class Consent:
    """See ConsentView."""

    purpose: str = strawberry.field(description="What for: a key of `consentSettings`; `contact` stands for all of them.")
    network: str | None = strawberry.field(description="The network that it covers; null for every one.")
    channel_id = strawberry.field(
        resolver=fields.channel_id_of_consent,
        graphql_type=strawberry.ID | None,
        description="The one channel of ours that it covers, by global id; null for every one.",
    )
    state: ConsentState = strawberry.field(description="What was said.")
    at: datetime = strawberry.field(description="When it was said; UTC. Of two words that cover a channel the one said later counts.")
    recorded_at: datetime = strawberry.field(description="When it was written down; UTC.")
    source: ConsentSource = strawberry.field(description="By which way we learnt of it.")
    how: str = strawberry.field(description="How it was said, in the words of whoever recorded it; at most 500 characters.")
    wording: str = strawberry.field(description="What was put to the person, or what they wrote; at most 5,000 characters.")
    interaction = strawberry.field(
        resolver=fields.interaction_of_consent,
        graphql_type=LazyInteraction | None,
        description="The message that is its proof; null where there is none.",
    )
    recorded_by = strawberry.field(
        resolver=fields.member_of_consent,
        graphql_type=LazyMember | None,
        description="The member who recorded it; null where the person said so without one.",
    )
    profile = strawberry.field(
        resolver=fields.profile_of_consent, graphql_type=LazyProfile | None, description="The account on which it is kept."
    )


@strawberry.type(description="A name in one language.")
class PurposeTitle:
    """An entry of Purpose.titles."""

    language: str = strawberry.field(description="BCP 47, in lower case.")
    title: str = strawberry.field(description="What the preference page calls it; at most 200 characters.")


@shows(Purpose, description="Why a company writes to people.")
class ConsentPurpose:
    """See contracts.consent.Purpose."""

    key: str = strawberry.field(description="Its name in the API, at most 50 characters.")
    needs_grant: bool = strawberry.field(description="Whether a person must have said yes; else it is enough that they did not say no.")
    titles = strawberry.field(
        resolver=fields.titles_of_purpose, graphql_type=list[PurposeTitle], description="Its names on the preference page; at most 30."
    )


@shows(ConsentSettingsView, description="What the workspace asks consent for, and the words by which people say so themselves.")
class ConsentSettings:
    """See ConsentSettingsView."""

    purposes: list[ConsentPurpose] = strawberry.field(graphql_type=list[ConsentPurpose], description="All of them, at most 20.")
    opt_out: list[str] = strawberry.field(description="A direct message that is nothing but one of these withdraws marketing; at most 100.")
    opt_in: list[str] = strawberry.field(description="A direct message that is nothing but one of these agrees to marketing; at most 100.")
    version: int = strawberry.field(description="Grows with every change; 0 where they are as the product brings them.")
