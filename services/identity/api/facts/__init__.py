"""REST of what is said of people: kinds, labels, attributes, notes, references, companies, relations, leads. Put together by `api`."""

from fastapi import APIRouter

from services.identity.api.facts import attributes, companies, kinds, labels, leads, notes, references, relations

router = APIRouter()
for part in (references, kinds, labels, attributes, notes, companies, relations, leads):
    router.include_router(part.router)
