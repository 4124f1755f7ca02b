"""The REST interface of identity: sign-in, members, invitations, teams, API keys, contacts and profiles. Put together by `main`.

An endpoint parses, authorises, calls one business function and renders.
"""

from fastapi import APIRouter, Request

from services.identity.api import (
    audit,
    consent,
    contacts,
    entering,
    entrance,
    erasures,
    exports,
    facts,
    imports,
    invitations,
    keys,
    members,
    merging,
    partners,
    retention,
    teams,
)
from services.identity.parts import parts_of
from services.kit.redriving import Graveyard, dead_letter_routes


def _graveyard(request: Request) -> Graveyard:
    return parts_of(request).graveyard


router = APIRouter()
# /v1/contacts/lookup comes before /v1/contacts/{contact_id}, which would take it.
_PEOPLE = (facts, contacts, entering, merging, imports, consent, exports, erasures, retention)
for part in (entrance, members, invitations, teams, audit, keys, *_PEOPLE, partners):
    router.include_router(part.router)
router.include_router(dead_letter_routes("identity", _graveyard))
