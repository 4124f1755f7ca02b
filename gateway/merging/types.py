"""Suggestion, Merge, MergePreview. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.access.types import Member
from gateway.merging import fields
from gateway.relay import Node, shows
from services.contracts.views import MergePreviewView, MergeView, SignView, SuggestionView, VetoView

if TYPE_CHECKING:
    from gateway.contacts.types import Contact, Profile

LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]


@shows(SignView, description="A piece of evidence about two profiles.")
class Sign:
    """See SignView."""

    rule: str = strawberry.field(description="The rule that found it; at most 50 characters.")
    bits: float = strawberry.field(description="What it weighs, in bits; less than none speaks against their being one person.")


@shows(SuggestionView, description="Two contacts that may be one person. A member decides.")
class Suggestion(Node):
    """See SuggestionView."""

    state: str = strawberry.field(description="open, accepted or rejected.")
    rule: str = strawberry.field(description="What speaks most for it; at most 50 characters.")
    score: float = strawberry.field(description="How likely it is that they are one person, 0 to 1.")
    explanation: str = strawberry.field(description="The same as a sentence; at most 1,000 characters.")
    evidence: list[Sign] = strawberry.field(graphql_type=list[Sign], description="Every sign, the weightiest first; at most 50.")
    created_at: datetime = strawberry.field(description="When it was proposed; UTC.")
    decided_at: datetime | None = strawberry.field(description="When a member decided; UTC. Null while it is open.")
    decided_by = strawberry.field(
        resolver=fields.decider_of_suggestion, graphql_type=Member | None, description="The member who decided; null where none did."
    )
    contact = strawberry.field(resolver=fields.contact_of_suggestion, graphql_type=LazyContact | None, description="The one.")
    other_contact = strawberry.field(resolver=fields.other_contact_of_suggestion, graphql_type=LazyContact | None, description="The other.")
    profile = strawberry.field(
        resolver=fields.profile_of_suggestion, graphql_type=LazyProfile | None, description="The account of the one that was compared."
    )
    other_profile = strawberry.field(
        resolver=fields.other_profile_of_suggestion, graphql_type=LazyProfile | None, description="The account of the other."
    )


@shows(MergeView, description="An entry of the journal of merges, by which it can be taken back.")
class Merge(Node):
    """See MergeView."""

    kind: str = strawberry.field(description="merge, detach, reject, or evidence where no member did it.")
    reason: str = strawberry.field(description="Why; at most 1,000 characters.")
    created_at: datetime = strawberry.field(description="When; UTC.")
    undone_at: datetime | None = strawberry.field(description="When it was taken back; UTC. Null where it holds.")
    version: int = strawberry.field(description="The contact's version after it.")
    contact = strawberry.field(
        resolver=fields.survivor_of_merge, graphql_type=LazyContact | None, description="The contact that kept its id, as it stands now."
    )
    absorbed_id = strawberry.field(
        resolver=fields.absorbed_id_of_merge,
        graphql_type=strawberry.ID,
        description="Global id of the other contact, which went into it or was parted from it. Merged, it answers as the one above.",
    )
    profiles = strawberry.field(
        resolver=fields.profiles_of_merge,
        graphql_type=list[LazyProfile | None],
        description="The accounts that were moved; at most 100, null for one that is erased.",
    )
    by = strawberry.field(
        resolver=fields.member_of_merge, graphql_type=Member | None, description="The member who did it; null for evidence and programs."
    )
    undone_by = strawberry.field(
        resolver=fields.undoer_of_merge, graphql_type=Member | None, description="The member who took it back; null where none did."
    )


@shows(VetoView, description="Why evidence alone would not unite two contacts.")
class Veto:
    """See VetoView."""

    name: str = strawberry.field(description="cluster_limit, never_merge, exclusive_ids or name_conflict.")
    sentence: str = strawberry.field(description="The same for people; at most 200 characters.")


@shows(MergePreviewView, description="What a merge would unite, and what speaks for and against it. Nothing is changed.")
class MergePreview:
    """See MergePreviewView."""

    score: float = strawberry.field(description="How likely it is that they are one person, 0 to 1, by their closest accounts.")
    explanation: str = strawberry.field(description="What speaks for it; at most 1,000 characters.")
    vetoes: list[Veto] = strawberry.field(graphql_type=list[Veto], description="What speaks against it; at most 4.")
    profiles = strawberry.field(
        resolver=fields.profiles_of_preview,
        graphql_type=list[LazyProfile | None],
        description="All accounts of the united contact; at most 200.",
    )
