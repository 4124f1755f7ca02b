"""Loaders of companies, references and leads. Called by resolvers through `Loaders`."""

import asyncio
from functools import cached_property

from gateway.batching import BatchLoader
from gateway.clients.companies import CompanyClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PageKey
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import BATCH_LIMIT, ContactView, PageView
from services.contracts.views.facts import CompanyView, EmploymentView, LeadView, ReferenceView

Question = tuple[tuple[str, str], ...]


class CompanyByIdLoader(ByIdLoader[CompanyView | None]):
    """Companies."""


class EmploymentsByContactLoader(ByIdLoader[list[EmploymentView]]):
    """A contact's companies."""


class ReferencesByContactLoader(ByIdLoader[list[ReferenceView]]):
    """What other systems call a contact."""


class LeadsByContactLoader(ByIdLoader[list[LeadView]]):
    """A contact's leads."""


class LeadByIdLoader(ByIdLoader[LeadView | None]):
    """Leads."""


class CompaniesByPageLoader(OneByOneLoader[PeoplePageKey, PageView[CompanyView]]):
    """A page of the workspace's companies."""


class ContactsByQuestionLoader(OneByOneLoader[Question, list[ContactView]]):
    """Contacts looked up."""


class PeopleByCompanyLoader(BatchLoader[PageKey, PageView[EmploymentView]]):
    """Who belongs to a company: first pages of one size in one call, a page with a cursor alone."""

    def __init__(self, companies: CompanyClient) -> None:
        super().__init__(self._load_pages, most=BATCH_LIMIT)
        self._companies = companies

    async def _load_pages(self, keys: list[PageKey]) -> list[PageView[EmploymentView] | BaseException]:
        alike: dict[tuple[object, ...], list[PageKey]] = {}
        for key in keys:
            alike.setdefault((key.first, key.after, key.id if key.after else None), []).append(key)
        asked = [
            self._companies.people_by_company_ids([key.id for key in group], limit=group[0].first, after=group[0].after)
            for group in alike.values()
        ]
        found: dict[PageKey, PageView[EmploymentView] | BaseException] = {}
        for group, pages in zip(alike.values(), await asyncio.gather(*asked, return_exceptions=True), strict=True):
            found.update(dict.fromkeys(group, pages) if isinstance(pages, BaseException) else zip(group, pages, strict=True))
        return [found[key] for key in keys]


class CompanyLoaders:
    """Part of Loaders."""

    _companies: CompanyClient

    @cached_property
    def company_by_id(self) -> CompanyByIdLoader:
        """Keys: company ids."""
        return CompanyByIdLoader(self._companies.companies_by_ids)

    @cached_property
    def employments_by_contact(self) -> EmploymentsByContactLoader:
        """Keys: contact ids."""
        return EmploymentsByContactLoader(self._companies.employments_by_contact_ids)

    @cached_property
    def references_by_contact(self) -> ReferencesByContactLoader:
        """Keys: contact ids."""
        return ReferencesByContactLoader(self._companies.references_by_contact_ids)

    @cached_property
    def leads_by_contact(self) -> LeadsByContactLoader:
        """Keys: contact ids."""
        return LeadsByContactLoader(self._companies.leads_by_contact_ids)

    @cached_property
    def lead_by_id(self) -> LeadByIdLoader:
        """Keys: lead ids."""
        return LeadByIdLoader(self._companies.leads_by_ids)

    @cached_property
    def companies_by_page(self) -> CompaniesByPageLoader:
        """Keys: pages."""
        return CompaniesByPageLoader(lambda key: self._companies.page(limit=key.limit, after=key.after))

    @cached_property
    def people_by_company(self) -> PeopleByCompanyLoader:
        """Keys: pages of companies."""
        return PeopleByCompanyLoader(self._companies)

    @cached_property
    def contacts_by_question(self) -> ContactsByQuestionLoader:
        """Keys: what is asked by, as pairs of name and value."""
        return ContactsByQuestionLoader(lambda key: self._companies.look_up(dict(key)))
