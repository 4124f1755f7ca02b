"""Loaders of who: contacts, profiles, members, the workspace. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple

from gateway.clients.identity import IdentityClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import ContactView, MemberView, PageView, ProfileView, WorkspaceView


class PeoplePageKey(NamedTuple):
    """A page of the workspace's contacts, or members."""

    limit: int
    after: str | None


class ContactByIdLoader(ByIdLoader[ContactView | None]):
    """Contacts."""


class ContactByProfileLoader(ByIdLoader[ContactView | None]):
    """The contact that a profile belongs to."""


class ProfilesByContactLoader(ByIdLoader[list[ProfileView]]):
    """A contact's profiles."""


class ProfileByIdLoader(ByIdLoader[ProfileView | None]):
    """Profiles."""


class MemberByIdLoader(ByIdLoader[MemberView | None]):
    """Members."""


class ContactsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[ContactView]]):
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
        return ContactsByPageLoader(lambda key: self._identity.page_of_contacts(limit=key.limit, after=key.after))

    @cached_property
    def members_by_page(self) -> MembersByPageLoader:
        """Keys: pages."""
        return MembersByPageLoader(lambda key: self._identity.page_of_members(limit=key.limit, after=key.after))

    @cached_property
    def workspace_by_caller(self) -> WorkspaceByCallerLoader:
        """Key: None."""
        return WorkspaceByCallerLoader(lambda _key: self._identity.workspace())
