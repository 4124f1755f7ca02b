"""Calls to identity: who. Called by loaders and by the mutations of `access`."""

from datetime import datetime
from uuid import UUID

import msgspec

from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.stakeholders import Encounter
from services.contracts.views import ContactCountsView, ContactView, MemberView, PageView, ProfileValueView, ProfileView, WorkspaceView


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What signing in and refreshing answer."""

    access_token: str
    refresh_token: str
    expires_in: int
    member: MemberView
    workspace: WorkspaceView


class ExchangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An API key's access token."""

    access_token: str
    expires_in: int


class IdentityClient:
    """Who."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def contacts_by_ids(self, ids: list[UUID]) -> list[ContactView | None]:
        """The contacts; an absorbed id answers with its survivor."""
        return await self._service.batch("/internal/contacts/by-ids", ids, expect=list[ContactView | None])

    async def contacts_by_profile_ids(self, ids: list[UUID]) -> list[ContactView | None]:
        """The contact of each profile."""
        return await self._service.batch("/internal/contacts/by-profile-ids", ids, expect=list[ContactView | None])

    async def profiles_by_contact_ids(self, ids: list[UUID]) -> list[list[ProfileView]]:
        """The profiles of each contact."""
        return await self._service.batch("/internal/profiles/by-contact-ids", ids, expect=list[list[ProfileView]])

    async def encounters_by_contact_ids(self, ids: list[UUID]) -> list[list[Encounter]]:
        """How the company came to know of each contact."""
        return await self._service.batch("/internal/encounters/by-contact-ids", ids, expect=list[list[Encounter]])

    async def contact_counts(self) -> ContactCountsView:
        """How many contacts there are."""
        return await self._service.ask("GET", "/v1/contact-counts", expect=ContactCountsView)

    async def profiles_by_ids(self, ids: list[UUID]) -> list[ProfileView | None]:
        """The profiles."""
        return await self._service.batch("/internal/profiles/by-ids", ids, expect=list[ProfileView | None])

    async def members_by_ids(self, ids: list[UUID]) -> list[MemberView | None]:
        """The members."""
        return await self._service.batch("/internal/members/by-ids", ids, expect=list[MemberView | None])

    async def values_by_profile_ids(self, ids: list[UUID]) -> list[list[ProfileValueView]]:
        """Every value that attributes of each profile ever had."""
        return await self._service.batch("/internal/profile-values/by-profile-ids", ids, expect=list[list[ProfileValueView]])

    async def page_of_contacts(
        self, *, limit: int, after: str | None, search: str | None, updated_since: datetime | None
    ) -> PageView[ContactView]:
        """The workspace's contacts, newest first; those that a search finds, or that were changed since."""
        payload = {"limit": limit, "after": after, "search": search, "updated_since": updated_since}
        return await self._service.ask("POST", "/internal/contacts/page", expect=PageView[ContactView], payload=payload)

    async def page_of_members(self, *, limit: int, after: str | None) -> PageView[MemberView]:
        """The workspace's members, in the order in which they joined."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/members/page", expect=PageView[MemberView], payload=payload)

    async def workspace(self) -> WorkspaceView:
        """The caller's workspace."""
        return await self._service.ask("GET", "/v1/workspace", expect=WorkspaceView)

    async def sign_in(self, *, workspace: str, email: str, password: str) -> SessionAnswer:
        """Open a session."""
        payload = {"workspace": workspace, "email": email, "password": password}
        return await self._service.ask(
            "POST", "/v1/auth/sign-in", expect=SessionAnswer, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS
        )

    async def refresh(self, refresh_token: str) -> SessionAnswer:
        """Renew a session."""
        payload = {"refresh_token": refresh_token}
        return await self._service.ask("POST", "/v1/auth/refresh", expect=SessionAnswer, payload=payload)

    async def sign_out(self) -> None:
        """End the caller's session."""
        await self._service.tell("POST", "/v1/auth/sign-out")

    async def exchange_key(self) -> ExchangeAnswer:
        """An access token for the API key that the request carries."""
        return await self._service.ask("POST", "/v1/auth/exchange", expect=ExchangeAnswer)
