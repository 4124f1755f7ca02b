"""The REST interface of identity: sign-in, members, API keys, contacts and profiles. Put together by `main`.

An endpoint parses, authorises, calls one business function and renders.
"""

from fastapi import APIRouter

from services.identity.api import contacts, entrance, keys, members

router = APIRouter()
for part in (entrance, members, keys, contacts):
    router.include_router(part.router)
