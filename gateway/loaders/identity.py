"""Loaders of who: contacts, profiles, members, the workspace. Called by resolvers through `Loaders`."""

from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from gateway.clients.identity import IdentityClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.stakeholders import Encounter
from services.contracts.views import ContactCountsView, ContactView, MemberView, PageView, ProfileValueView, ProfileView, WorkspaceView


class PeoplePageKey(NamedTuple):
    """A page of a list of the workspace: members, leads."""

    limit: int
    after: str | None


class ContactByIdLoader(ByIdLoader[ContactView | None]):
    """Contacts."""


class ContactByProfileLoader(ByIdLoader[ContactView | None]):
    """The contact that a profile belongs to."""


class ProfilesByContactLoader(ByIdLoader[list[ProfileView]]):
    """A contact's profiles."""


class EncountersByContactLoader(ByIdLoader[list[Encounter]]):
    """How the company came to know of a contact."""


class ContactCountsLoader(OneByOneLoader[None, ContactCountsView]):
    """How many contacts the workspace has."""


class ProfileByIdLoader(ByIdLoader[ProfileView | None]):
    """Profiles."""


class MemberByIdLoader(ByIdLoader[MemberView | None]):
    """Members."""


class ContactsPageKey(NamedTuple):
    """A page of the workspace's contacts, of those that a search finds, or of those changed since."""

    limit: int
    after: str | None
    search: str | None = None
    updated_since: datetime | None = None


class ValuesByProfileLoader(ByIdLoader[list[ProfileValueView]]):
    """What a profile's attributes were."""


class ContactsByPageLoader(OneByOneLoader[ContactsPageKey, PageView[ContactView]]):
    """A page of the workspace's contacts."""


class MembersByPageLoader(OneByOneLoader[PeoplePageKey, PageView[MemberView]]):
    """A page of the workspace's members."""


class WorkspaceByCallerLoader(OneByOneLoader[None, WorkspaceView]):
    """The caller's workspace."""


class IdentityLoaders:
    """Part of Loaders."""

    _identity: IdentityClient

    @cached_property
    def contact_by_id(self) -> ContactByIdLoader:
        """Keys: contact ids."""
        return ContactByIdLoader(self._identity.contacts_by_ids)

    @cached_property
    def contact_by_profile(self) -> ContactByProfileLoader:
        """Keys: profile ids."""
        return ContactByProfileLoader(self._identity.contacts_by_profile_ids)

    @cached_property
    def profiles_by_contact(self) -> ProfilesByContactLoader:
        """Keys: contact ids."""
        return ProfilesByContactLoader(self._identity.profiles_by_contact_ids)

    @cached_property
    def encounters_by_contact(self) -> EncountersByContactLoader:
        """Keys: contact ids."""
        return EncountersByContactLoader(self._identity.encounters_by_contact_ids)

    @cached_property
    def contact_counts(self) -> ContactCountsLoader:
        """Key: None."""
        return ContactCountsLoader(lambda _key: self._identity.contact_counts())

    @cached_property
    def profile_by_id(self) -> ProfileByIdLoader:
        """Keys: profile ids."""
        return ProfileByIdLoader(self._identity.profiles_by_ids)

    @cached_property
    def member_by_id(self) -> MemberByIdLoader:
        """Keys: member ids."""
        return MemberByIdLoader(self._identity.members_by_ids)

    @cached_property
    def contacts_by_page(self) -> ContactsByPageLoader:
        """Keys: pages."""
        return ContactsByPageLoader(lambda key: self._identity.page_of_contacts(**key._asdict()))

    @cached_property
    def values_by_profile(self) -> ValuesByProfileLoader:
        """Keys: profile ids."""
        return ValuesByProfileLoader(self._identity.values_by_profile_ids)

    @cached_property
    def members_by_page(self) -> MembersByPageLoader:
        """Keys: pages."""
        return MembersByPageLoader(lambda key: self._identity.page_of_members(limit=key.limit, after=key.after))

    @cached_property
    def workspace_by_caller(self) -> WorkspaceByCallerLoader:
        """Key: None."""
        return WorkspaceByCallerLoader(lambda _key: self._identity.workspace())
