"""Loaders of companies, references and leads. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple

from gateway.clients.companies import CompanyClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader, PagesLoader
from gateway.loaders.identity import PeoplePageKey
from services.contracts.views import ContactView, PageView
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


class CompaniesPageKey(NamedTuple):
    """A page of the workspace's companies, or of the one with a domain."""

    limit: int
    after: str | None
    domain: str | None = None


class CompaniesByPageLoader(OneByOneLoader[CompaniesPageKey, PageView[CompanyView]]):
    """A page of the workspace's companies."""


class LeadsByPageLoader(OneByOneLoader[PeoplePageKey, PageView[LeadView]]):
    """A page of the workspace's leads."""


class ContactsByQuestionLoader(OneByOneLoader[Question, list[ContactView]]):
    """Contacts looked up."""


class PeopleByCompanyLoader(PagesLoader[EmploymentView]):
    """Who belongs to a company."""


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
        return CompaniesByPageLoader(lambda key: self._companies.page(limit=key.limit, after=key.after, domain=key.domain))

    @cached_property
    def leads_by_page(self) -> LeadsByPageLoader:
        """Keys: pages."""
        return LeadsByPageLoader(lambda key: self._companies.page_of_leads(limit=key.limit, after=key.after))

    @cached_property
    def people_by_company(self) -> PeopleByCompanyLoader:
        """Keys: pages of companies."""
        return PeopleByCompanyLoader(self._companies.people_by_company_ids)

    @cached_property
    def contacts_by_question(self) -> ContactsByQuestionLoader:
        """Keys: what is asked by, as pairs of name and value."""
        return ContactsByQuestionLoader(lambda key: self._companies.look_up(dict(key)))
