"""Where profiles belong: `reaching` reads the neighbourhood of those that changed, `placing` decides, `assigning` writes it down.

Called by `profiles`, `merging` and `suggesting`, in their transaction and under `linking.linking_lock`. Contacts follow from the facts of
profiles, from what members joined and from what they keep apart: whoever came first makes no difference.
"""

from services.identity.matching.deciding import explain
from services.identity.resolving.assigning import Cause, assign
from services.identity.resolving.facts import decoded, refresh_facts
from services.identity.resolving.placing import MEMBER, Contacts, place, reason_of
from services.identity.resolving.reaching import Changed, Reached, reach

__all__ = [
    "MEMBER",
    "Cause",
    "Changed",
    "Contacts",
    "Reached",
    "assign",
    "decoded",
    "explain",
    "place",
    "reach",
    "reason_of",
    "refresh_facts",
]
