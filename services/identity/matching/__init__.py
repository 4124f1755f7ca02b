"""When two profiles are one person: normalised values, evidence, rules with weights, vetoes, and the joining of profiles into contacts.

Called by `sightings`, `profiles` and readers of contacts; pure throughout: no clock, no database, no network. `deciding` is the entrance
for one profile, `joining` for many; `placing` is what `profiles` writes by today.
"""

from services.identity.matching.normalising.emails import is_personal, normalise_email
from services.identity.matching.normalising.phones import normalise_phone
from services.identity.matching.placing import CLUSTER_LIMIT, Conflict, Evidence, Link, Placement, place
from services.identity.matching.values import EMAIL, PHONE, value_key

__all__ = [
    "CLUSTER_LIMIT",
    "EMAIL",
    "PHONE",
    "Conflict",
    "Evidence",
    "Link",
    "Placement",
    "is_personal",
    "normalise_email",
    "normalise_phone",
    "place",
    "value_key",
]
