"""What can be changed about companies: one mutation, one file; `CompanyMutations` is their part of Mutation."""

import strawberry

from gateway.companies.mutations import (
    delete_company,
    remove_company_person,
    remove_contact_reference,
    save_company,
    save_company_by_reference,
    set_company_person,
    set_contact_reference,
)


@strawberry.type
class CompanyMutations:
    """Part of Mutation."""

    delete_company = delete_company.field
    remove_company_person = remove_company_person.field
    remove_contact_reference = remove_contact_reference.field
    save_company = save_company.field
    save_company_by_reference = save_company_by_reference.field
    set_company_person = set_company_person.field
    set_contact_reference = set_contact_reference.field
