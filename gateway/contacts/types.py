"""Contact, Profile, Identifier. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.companies import fields as companies
from gateway.companies.types import Employment, Reference
from gateway.consent import fields as consenting
from gateway.consent.types import Consent
from gateway.contacts import fields
from gateway.erasures.types import LegalHold, hold_of_contact
from gateway.facts import fields as facts
from gateway.facts.types import Attribute, ContactKind, ContactLabel, ContactNote, Relation
from gateway.handling import fields as handling
from gateway.journeys.types import JourneyRun, runs_of_contact
from gateway.leads import fields as leads
from gateway.leads.types import Lead
from gateway.merging import fields as merging
from gateway.merging.types import Merge, Suggestion
from gateway.relay import Connection, Node, shows
from services.contracts.stakeholders import Encounter
from services.contracts.views import ContactCountsView, ContactView, EncounterCountView, IdentifierView, ProfileValueView, ProfileView

if TYPE_CHECKING:
    from gateway.conversations.types import Conversation, Interaction
    from gateway.routing.types import Task

LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]
LazyTask = Annotated["Task", strawberry.lazy("gateway.routing.types")]
LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]


@shows(IdentifierView, description="An e-mail address, phone number or link known of a profile, and how surely.")
class Identifier:
    """See IdentifierView."""

    type: str = strawberry.field(description="What it is: email, phone, link.")
    value: str = strawberry.field(description="The address or number itself; at most 2,000 characters.")
    verified: bool = strawberry.field(description="Whether its source vouches for it.")
    source: str = strawberry.field(description="Where it was learnt.")
    first_seen_at: datetime | None = strawberry.field(description="When it was learnt; UTC.")
    verified_at: datetime | None = strawberry.field(description="When its source vouched for it; UTC. Null where none did.")
    unfit: str = strawberry.field(
        description="Why it never joins people, as a sentence, such as of a role mailbox (info@); empty where it may."
    )


@shows(ProfileValueView, description="A value that an attribute of a profile had from a time on, until the next one.")
class ProfileValue:
    """See ProfileValueView."""

    attribute: str = strawberry.field(description="handle, name, avatar_url, bio, location, link and the like; at most 100 characters.")
    value: str = strawberry.field(description="The value; at most 2,000 characters.")
    first_seen_at: datetime = strawberry.field(description="Since when; UTC.")


@shows(ProfileView, description="One account of a person on one network. A CRM row or an e-mail address is one too.")
class Profile(Node):
    """See ProfileView."""

    network: str = strawberry.field(description="The network, in lower case; at most 100 characters.")
    scope: str = strawberry.field(description="Where the external id is unique; empty where it is unique everywhere.")
    external_id: str = strawberry.field(description="The network's own id of the account; at most 1,000 characters.")
    handle: str | None = strawberry.field(description="The account's short name, as last seen.")
    name: str | None = strawberry.field(description="The account's shown name, as last seen.")
    avatar_url: str | None = strawberry.field(description="The account's picture; an address of the network, not of ours.")
    bio: str | None = strawberry.field(description="What the person says of themselves, as last seen.")
    followers: int | None = strawberry.field(description="How many follow the account, as last seen.")
    blocked = strawberry.field(
        resolver=handling.is_blocked,
        graphql_type=bool,
        description="Whether members blocked the account: what it sends is kept and owes nothing.",
    )
    identifiers: list[Identifier] = strawberry.field(
        graphql_type=list[Identifier], description="Addresses and numbers known of it; all of them, at most 100."
    )
    values = strawberry.field(
        resolver=fields.values_of_profile,
        graphql_type=list[ProfileValue],
        description="Every handle, name, picture and the like that it ever had, by attribute, the newest first; at most 200.",
    )
    linked_by: str = strawberry.field(description="The rule by which it belongs to its contact.")
    explanation: str = strawberry.field(description="The same, as a sentence for people.")
    first_seen_at: datetime = strawberry.field(description="When it was first seen here; UTC.")
    contact = strawberry.field(
        resolver=fields.contact_of_profile,
        graphql_type=LazyContact | None,
        description="The person whose account it is.",
    )


@shows(ContactView, description="A person as the company knows them: a set of profiles.")
class Contact(Node):
    """See ContactView."""

    name: str | None = strawberry.field(description="The best name known; null where none is. At most 1,000 characters.")
    created_at: datetime = strawberry.field(description="When the person was first seen; UTC.")
    version: int = strawberry.field(description="Grows with every change of the contact.")
    changed_at: datetime | None = strawberry.field(description="When it last changed; UTC.")
    profiles = strawberry.field(
        resolver=fields.profiles_of_contact,
        graphql_type=list[Profile],
        description="All accounts of the person on all networks; at most 100.",
    )
    known_by = strawberry.field(
        resolver=fields.encounters_of_contact,
        graphql_type=list[Encounter],
        description="How the company came to know of the person, over all accounts; at most 7. Only FOLLOWED: a follower who never wrote.",
    )
    hold = strawberry.field(
        resolver=hold_of_contact,
        graphql_type=LegalHold | None,
        description="Why the person is neither erased nor swept away by age; null where nothing holds them. Needs the scope people:erase.",
    )
    timeline = strawberry.field(
        resolver=fields.timeline_of_contact,
        graphql_type=Connection[LazyInteraction],
        description="Everything that happened with the person, over all channels, newest first. At most 100 a page.",
    )
    conversations = strawberry.field(
        resolver=fields.conversations_of_contact,
        graphql_type=list[LazyConversation],
        description="The threads with the person, latest activity first; at most 100.",
    )
    tasks = strawberry.field(
        resolver=fields.tasks_of_contact,
        graphql_type=list[LazyTask],
        description="The work that the person's interactions led to, and what the playbook began for them, next due first; at most 100.",
    )
    journey = strawberry.field(
        resolver=runs_of_contact,
        graphql_type=list[JourneyRun],
        description="Where the person is on each product line, and what led there, the newest run first; at most 100.",
    )
    kinds = strawberry.field(
        resolver=facts.kinds_of_contact,
        graphql_type=list[ContactKind],
        description="What the person is to the company, on which network, from when until when; at most 100.",
    )
    labels = strawberry.field(
        resolver=facts.labels_of_contact, graphql_type=list[ContactLabel], description="The person's labels by name; at most 500."
    )
    attributes = strawberry.field(
        resolver=facts.attributes_of_contact,
        graphql_type=list[Attribute],
        description="The values of the workspace's own attributes, by key; at most 200.",
    )
    notes = strawberry.field(
        resolver=facts.notes_of_contact,
        graphql_type=list[ContactNote],
        description="What members noted of the person: the pinned first, then the newest; at most 100.",
    )
    references = strawberry.field(
        resolver=companies.references_of_contact,
        graphql_type=list[Reference],
        description="What other systems call the person; at most 100.",
    )
    relations = strawberry.field(
        resolver=facts.relations_of_contact,
        graphql_type=list[Relation],
        description="What the person follows, likes and reviewed, also what is over; what changed last first, at most 100.",
    )
    leads = strawberry.field(
        resolver=leads.leads_of_contact,
        graphql_type=list[Lead],
        description="To which outside systems the person was handed over, and what became of it; newest first, at most 100.",
    )
    suggestions = strawberry.field(
        resolver=merging.suggestions_of_contact,
        graphql_type=list[Suggestion],
        description="Who may be the same person, the likeliest first, for a member to decide; at most 100.",
    )
    merges = strawberry.field(
        resolver=merging.merges_of_contact,
        graphql_type=Connection[Merge],
        description="Who was merged with the person or parted from them, by whom and why, newest first; `undoMerge` takes one back. "
        "At most 100 a page.",
    )
    companies = strawberry.field(
        resolver=companies.companies_of_contact,
        graphql_type=list[Employment],
        description="The companies that the person belongs to, and as what; at most 100.",
    )
    consent = strawberry.field(
        resolver=consenting.consent_of_contact,
        graphql_type=list[Consent],
        description="What the person lets us do: of each purpose, network and channel the word that counts, newest first; at most 100.",
    )
    do_not_contact = strawberry.field(
        resolver=consenting.do_not_contact_of_contact,
        graphql_type=list[Consent],
        description="Where nothing goes out to the person but answers, and why; none: nowhere. At most 100.",
    )
    consent_history = strawberry.field(
        resolver=consenting.consent_history_of_contact,
        graphql_type=Connection[Consent],
        description="Every word of the person, with its proof, newest first. At most 100 a page.",
    )


@shows(EncounterCountView, description="How many contacts are known in one way and in no other.")
class EncounterCount:
    """See EncounterCountView."""

    encounter: Encounter = strawberry.field(description="The way.")
    count: int = strawberry.field(description="How many contacts.")


@shows(ContactCountsView, description="How many contacts the company has.")
class ContactCounts:
    """See ContactCountsView."""

    total: int = strawberry.field(description="How many; at most 10,000 are counted.")
    capped: bool = strawberry.field(description="Whether there are more; then the newest were counted.")
    only: list[EncounterCount] = strawberry.field(
        graphql_type=list[EncounterCount],
        description="How many of them are known in one way only, by way; with FOLLOWED those who follow and never wrote. At most 7.",
    )
