"""How a contact's facts are found. Called by the types of `contacts` and `facts` through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import Protocol

import strawberry

from gateway.context import Info
from services.contracts.ids import MemberId
from services.contracts.views import ContactView, MemberView, ProfileView
from services.contracts.views.facts import AttributeView, ContactLabelView, ContactNoteView, KindView, RelationView


class Said(Protocol):
    """What somebody said; `by` is None where that was a program."""

    @property
    def by(self) -> MemberId | None:
        """The member."""


def kinds_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[KindView]]:
    """What the person is to the company."""
    return info.context.loaders.kinds_by_contact.load(root.id)


def labels_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[ContactLabelView]]:
    """The person's labels."""
    return info.context.loaders.labels_by_contact.load(root.id)


def attributes_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[AttributeView]]:
    """The person's values."""
    return info.context.loaders.attributes_by_contact.load(root.id)


def notes_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[ContactNoteView]]:
    """The notes on the person."""
    return info.context.loaders.notes_by_contact.load(root.id)


def relations_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[RelationView]]:
    """How the person stands to venues."""
    return info.context.loaders.relations_by_contact.load(root.id)


def profile_of_relation(root: strawberry.Parent[RelationView], info: Info) -> Awaitable[ProfileView | None]:
    """By which account."""
    return info.context.loaders.profile_by_id.load(root.profile_id)


def member_who_said(root: strawberry.Parent[Said], info: Info) -> Awaitable[MemberView | None] | None:
    """Who said it."""
    return None if root.by is None else info.context.loaders.member_by_id.load(root.by)


def author_of_note(root: strawberry.Parent[ContactNoteView], info: Info) -> Awaitable[MemberView | None] | None:
    """Who wrote it."""
    return None if root.member_id is None else info.context.loaders.member_by_id.load(root.member_id)
