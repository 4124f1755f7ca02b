"""REST of what is said of people: kinds, labels, attributes, notes. Put together by `api`."""

from fastapi import APIRouter

from services.identity.api.facts import attributes, kinds, labels, notes

router = APIRouter()
for part in (kinds, labels, attributes, notes):
    router.include_router(part.router)
