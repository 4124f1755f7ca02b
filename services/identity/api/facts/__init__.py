"""REST of what is said of people: kinds, labels, attributes, notes, references, companies, relations. Put together by `api`."""

from fastapi import APIRouter

from services.identity.api.facts import attributes, companies, kinds, labels, notes, references, relations

router = APIRouter()
for part in (references, kinds, labels, attributes, notes, companies, relations):
    router.include_router(part.router)
