"""Company, CompanyAttribute, Employment, Reference. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.companies import fields
from gateway.relay import Connection, Node, shows
from gateway.vocabulary import BuyingRole
from services.contracts.views.facts import CompanyView, EmploymentView, ReferenceView

if TYPE_CHECKING:
    from gateway.contacts.types import Contact

LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]
LazyCompany = Annotated["Company", strawberry.lazy("gateway.companies.types")]


@shows(ReferenceView, description="What a person, a company or a task is called in another system.")
class Reference:
    """See ReferenceView."""

    system: str = strawberry.field(description="The other system; at most 50 characters.")
    type: str = strawberry.field(description="Of what kind it is there; at most 50 characters.")
    external_id: str = strawberry.field(description="Its id there; at most 200 characters.")
    url: str | None = strawberry.field(description="Where the other system shows it; null where nobody said.")


@shows(EmploymentView, description="That a person belongs to a company.")
class Employment:
    """See EmploymentView."""

    role: str = strawberry.field(description="As what; at most 200 characters, empty where nobody said.")
    buying_role: BuyingRole = strawberry.field(description="As whom in the company's decision to buy.")
    set_at: datetime = strawberry.field(description="When it was said; UTC.")
    company = strawberry.field(resolver=fields.company_of_employment, graphql_type=LazyCompany | None, description="The company.")
    contact = strawberry.field(resolver=fields.contact_of_employment, graphql_type=LazyContact | None, description="The person.")


@shows(fields.AttributePair, description="What else is known of a company.")
class CompanyAttribute:
    """A key and its text."""

    key: str = strawberry.field(description="At most 50 characters.")
    value: str = strawberry.field(description="At most 1,000 characters.")


@shows(CompanyView, description="A company that people belong to.")
class Company(Node):
    """See CompanyView."""

    name: str = strawberry.field(description="At most 300 characters.")
    domains: list[str] = strawberry.field(description="Its internet domains, of no other company; at most 50.")
    references: list[Reference] = strawberry.field(graphql_type=list[Reference], description="What other systems call it; at most 100.")
    created_at: datetime = strawberry.field(description="When it was entered; UTC.")
    changed_at: datetime = strawberry.field(description="When it last changed; UTC.")
    version: int = strawberry.field(description="Grows with every change of the company.")
    attributes = strawberry.field(
        resolver=fields.attributes_of_company, graphql_type=list[CompanyAttribute], description="What else is known, by key; at most 50."
    )
    people = strawberry.field(
        resolver=fields.people_of_company,
        graphql_type=Connection[Employment],
        description="Who belongs to it, and as whom they decide: the buying group. At most 100 a page.",
    )
