"""ContactKind, ContactLabel, AttributeDefinition, Attribute, ContactNote. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.access.types import Member
from gateway.facts import fields
from gateway.relay import Node, shows
from gateway.vocabulary import AttributeType, RelationKind, StakeholderKind
from services.contracts.views.facts import AttributeDefinitionView, AttributeView, ContactLabelView, ContactNoteView, KindView, RelationView

if TYPE_CHECKING:
    from gateway.contacts.types import Profile

LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]


@shows(KindView, description="What a person is to the company.")
class ContactKind:
    """See KindView."""

    kind: StakeholderKind = strawberry.field(description="The kind.")
    network: str = strawberry.field(description="On which network; empty: on all.")
    since: datetime | None = strawberry.field(description="From when it holds; null where that is not known. UTC.")
    until: datetime | None = strawberry.field(description="When it ended or ends; null: it holds. UTC.")
    source: str = strawberry.field(description="Whence it is known; at most 100 characters.")
    set_at: datetime = strawberry.field(description="When it was said; UTC.")
    treatment: str = strawberry.field(description="What follows by default, as a sentence; empty where nothing does.")
    by = strawberry.field(
        resolver=fields.member_who_said, graphql_type=Member | None, description="The member who said so; null for a program."
    )


@shows(ContactLabelView, description="A label for people, of the workspace's list.")
class ContactLabel(Node):
    """See ContactLabelView."""

    name: str = strawberry.field(description="Its name, at most 50 characters, unique however it is written.")
    colour: str = strawberry.field(description="As #rrggbb.")
    version: int = strawberry.field(description="Grows with every change of the label.")
    offered: bool = strawberry.field(description="Whether people may choose it themselves, on their preference page.")


@shows(AttributeDefinitionView, description="An attribute that the workspace gives its people.")
class AttributeDefinition:
    """See AttributeDefinitionView."""

    key: str = strawberry.field(description="Its name for programs, at most 50 characters; it stays for ever.")
    label: str = strawberry.field(description="Its name for people, at most 100 characters.")
    type: AttributeType = strawberry.field(description="What its values are; it stays for ever.")
    options: list[str] = strawberry.field(description="What a choice chooses from, at most 100; empty for other types.")
    version: int = strawberry.field(description="Grows with every change of the definition.")


@shows(AttributeView, description="A person's value of one of the workspace's own attributes.")
class Attribute:
    """See AttributeView."""

    key: str = strawberry.field(description="The attribute's name for programs.")
    label: str = strawberry.field(description="The attribute's name for people.")
    type: AttributeType = strawberry.field(description="What the value is.")
    value: str = strawberry.field(description="As text: 12.5, true, 2026-02-28; at most 2,000 characters.")
    source: str = strawberry.field(description="Whence it is known; at most 100 characters.")
    set_at: datetime = strawberry.field(description="When it was set; UTC.")
    by = strawberry.field(
        resolver=fields.member_who_said, graphql_type=Member | None, description="The member who set it; null for a program."
    )


@shows(ContactNoteView, description="What a member noted of a person, who never sees it.")
class ContactNote(Node):
    """See ContactNoteView."""

    text: str = strawberry.field(description="At most 10,000 characters.")
    pinned: bool = strawberry.field(description="Whether it stays on top.")
    created_at: datetime = strawberry.field(description="When it was written; UTC.")
    edited_at: datetime | None = strawberry.field(description="When it was last rewritten; null: never. UTC.")
    version: int = strawberry.field(description="Grows with every change of the note.")
    author = strawberry.field(resolver=fields.author_of_note, graphql_type=Member | None, description="Who wrote it; null for a program.")


@shows(RelationView, description="How a person stands to a venue, or to something said there; seen on the network, not said by members.")
class Relation:
    """See RelationView."""

    kind: RelationKind = strawberry.field(description="What the person does.")
    network: str = strawberry.field(description="The venue's network, in lower case.")
    scope: str = strawberry.field(description="Where the venue's id is unique; empty where it is unique everywhere.")
    external_id: str = strawberry.field(description="The network's own id of the venue; at most 1,000 characters.")
    item: str | None = strawberry.field(description="The network's own id of what is liked there; null: the venue itself.")
    title: str | None = strawberry.field(description="The venue's name, as last seen; at most 300 characters.")
    url: str | None = strawberry.field(description="The venue's address, as last seen; at most 2,000 characters.")
    first_at: datetime = strawberry.field(description="The first time that anything of it was seen; UTC.")
    since: datetime | None = strawberry.field(description="When it last began; null where only its end was seen. UTC.")
    until: datetime | None = strawberry.field(description="When it ended; null: it holds. UTC.")
    profile = strawberry.field(
        resolver=fields.profile_of_relation, graphql_type=LazyProfile | None, description="By which of the person's accounts."
    )
