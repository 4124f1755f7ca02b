"""What can be done with leads: one mutation, one file; `LeadMutations` is their part of Mutation."""

import strawberry

from gateway.leads.mutations import hand_contact_over, set_lead_status


@strawberry.type
class LeadMutations:
    """Part of Mutation."""

    hand_contact_over = hand_contact_over.field
    set_lead_status = set_lead_status.field
