"""What can be recorded of consent: one mutation, one file; `ConsentMutations` is their part of Mutation."""

import strawberry

from gateway.consent.mutations import preference_link, record_consent, revoke_preference_links, set_consent_settings, set_do_not_contact


@strawberry.type
class ConsentMutations:
    """Part of Mutation."""

    record_consent = record_consent.field
    set_do_not_contact = set_do_not_contact.field
    set_consent_settings = set_consent_settings.field
    preference_link = preference_link.field
    revoke_preference_links = revoke_preference_links.field
