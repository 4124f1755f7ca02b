"""How companies and references are found. Called by types through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import NamedTuple

import strawberry

from gateway.context import Info
from gateway.loaders import PageKey
from gateway.relay import After, First, read_after, read_first
from services.contracts.views import ContactView, PageView
from services.contracts.views.facts import CompanyView, EmploymentView, ReferenceView


class AttributePair(NamedTuple):
    """The value behind CompanyAttribute."""

    key: str
    value: str


def references_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[ReferenceView]]:
    """What other systems call the person."""
    return info.context.loaders.references_by_contact.load(root.id)


def companies_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[EmploymentView]]:
    """The person's companies."""
    return info.context.loaders.employments_by_contact.load(root.id)


def people_of_company(
    root: strawberry.Parent[CompanyView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[EmploymentView]]:
    """Who belongs to the company."""
    return info.context.loaders.people_by_company.load(PageKey(root.id, read_first(first), read_after(after)))


def attributes_of_company(root: strawberry.Parent[CompanyView]) -> list[AttributePair]:
    """What else is known."""
    return [AttributePair(key, value) for key, value in sorted(root.attributes.items())]


def company_of_employment(root: strawberry.Parent[EmploymentView], info: Info) -> Awaitable[CompanyView | None]:
    """The company."""
    return info.context.loaders.company_by_id.load(root.company_id)


def contact_of_employment(root: strawberry.Parent[EmploymentView], info: Info) -> Awaitable[ContactView | None]:
    """The person."""
    return info.context.loaders.contact_by_id.load(root.contact_id)
