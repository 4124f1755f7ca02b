"""Calls to identity about companies, other systems' names and leads. Called by the loaders and mutations of `companies` and `leads`."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from gateway.clients.references import reference_path
from gateway.clients.service import Service
from services.contracts.ids import CompanyId, ContactId, LeadId
from services.contracts.views import ContactView, PageView
from services.contracts.views.facts import CompanyView, EmploymentView, LeadView, ReferenceView

Payload = Mapping[str, object]


class ContactsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts, on one page."""

    items: list[ContactView]


class CompanyClient:
    """Companies, the people in them, references and leads."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def companies_by_ids(self, ids: list[UUID]) -> list[CompanyView | None]:
        """The companies."""
        return await self._service.batch("/internal/companies/by-ids", ids, expect=list[CompanyView | None])

    async def page_of_leads(self, *, limit: int, after: str | None) -> PageView[LeadView]:
        """The workspace's leads, the newest first."""
        payload = {"limit": limit, "after": after}
        return await self._service.ask("POST", "/internal/leads/page", expect=PageView[LeadView], payload=payload)

    async def page(self, *, limit: int, after: str | None, domain: str | None) -> PageView[CompanyView]:
        """The newest first, or the one with the domain."""
        payload = {"limit": limit, "after": after, "domain": domain}
        return await self._service.ask("POST", "/internal/companies/page", expect=PageView[CompanyView], payload=payload)

    async def people_by_company_ids(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[EmploymentView]]:
        """Who belongs to each company."""
        extra = {"limit": limit, "after": after}
        return await self._service.batch("/internal/people/by-company-ids", ids, expect=list[PageView[EmploymentView]], extra=extra)

    async def employments_by_contact_ids(self, ids: list[UUID]) -> list[list[EmploymentView]]:
        """The companies of each contact."""
        return await self._service.batch("/internal/employments/by-contact-ids", ids, expect=list[list[EmploymentView]])

    async def references_by_contact_ids(self, ids: list[UUID]) -> list[list[ReferenceView]]:
        """What other systems call each contact."""
        return await self._service.batch("/internal/references/by-contact-ids", ids, expect=list[list[ReferenceView]])

    async def leads_by_contact_ids(self, ids: list[UUID]) -> list[list[LeadView]]:
        """The leads of each contact."""
        return await self._service.batch("/internal/leads/by-contact-ids", ids, expect=list[list[LeadView]])

    async def leads_by_ids(self, ids: list[UUID]) -> list[LeadView | None]:
        """The leads."""
        return await self._service.batch("/internal/leads/by-ids", ids, expect=list[LeadView | None])

    async def hand_over(self, contact: ContactId, *, payload: Payload, version: int | None) -> LeadView:
        """Payload: system, brief."""
        path = f"/v1/contacts/{contact}/leads"
        return await self._service.ask("POST", path, expect=LeadView, payload=payload, headers=_seen(version))

    async def settle_lead(self, lead: LeadId, *, payload: Payload, version: int | None) -> LeadView:
        """Payload: state, reason, external_id, url."""
        return await self._service.ask("POST", f"/v1/leads/{lead}/status", expect=LeadView, payload=payload, headers=_seen(version))

    async def look_up(self, question: Mapping[str, str]) -> list[ContactView]:
        """Whoever fits exactly; at most 100."""
        return (await self._service.ask("GET", f"/v1/contacts/lookup?{urlencode(question)}", expect=ContactsAnswer)).items

    async def save(self, company: CompanyId | None, *, payload: Payload, version: int | None) -> CompanyView:
        """Make a company, or change one; payload: name, domains, attributes."""
        method, path = ("POST", "/v1/companies") if company is None else ("PATCH", f"/v1/companies/{company}")
        return await self._service.ask(method, path, expect=CompanyView, payload=payload, headers=_seen(version))

    async def save_by_reference(self, names: tuple[str, str, str], *, payload: Payload, version: int | None) -> CompanyView:
        """`names` are system, type and external id; payload: name, domains, attributes, url."""
        path = f"/v1/companies/by-reference/{reference_path(names)}"
        return await self._service.ask("PUT", path, expect=CompanyView, payload=payload, headers=_seen(version))

    async def delete(self, company: CompanyId) -> None:
        """Its people stay."""
        await self._service.tell("DELETE", f"/v1/companies/{company}")

    async def employ(self, company: CompanyId, contact: ContactId, *, payload: Payload, version: int | None) -> None:
        """Payload: role, buying_role."""
        await self._service.tell("PUT", f"/v1/companies/{company}/people/{contact}", payload=payload, headers=_seen(version))

    async def dismiss(self, company: CompanyId, contact: ContactId, *, version: int | None) -> None:
        """Take a contact from a company."""
        await self._service.tell("DELETE", f"/v1/companies/{company}/people/{contact}", headers=_seen(version))

    async def set_reference(self, contact: ContactId, names: tuple[str, str, str], *, url: str | None, version: int | None) -> None:
        """`names` are system, type and external id."""
        await self._service.tell("PUT", _reference(contact, names), payload={"url": url}, headers=_seen(version))

    async def remove_reference(self, contact: ContactId, names: tuple[str, str, str], *, version: int | None) -> None:
        """`names` are system, type and external id."""
        await self._service.tell("DELETE", _reference(contact, names), headers=_seen(version))


def _reference(contact: ContactId, names: tuple[str, str, str]) -> str:
    return f"/v1/contacts/{contact}/references/{reference_path(names)}"


def _seen(version: int | None) -> list[tuple[str, str]]:
    return [] if version is None else [("if-match", f'"{version}"')]
