"""When two profiles are one person: normalised values, evidence, rules with weights, vetoes, and the joining of profiles into contacts.

Called by `sightings`, `resolving` and readers of contacts; pure throughout: no clock, no database, no network. `neighbourhood` finds what a
profile's contact depends on, `joining` makes contacts of it, `deciding` tells why.
"""

from services.identity.matching.normalising.emails import is_personal, normalise_email
from services.identity.matching.normalising.phones import is_own_phone, normalise_phone
from services.identity.matching.values import EMAIL, PHONE, unfit_reason, value_key

__all__ = ["EMAIL", "PHONE", "is_own_phone", "is_personal", "normalise_email", "normalise_phone", "unfit_reason", "value_key"]
