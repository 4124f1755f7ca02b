"""REST of what is said of people: kinds, labels, attributes, notes, references, companies. Put together by `api`."""

from fastapi import APIRouter

from services.identity.api.facts import attributes, companies, kinds, labels, notes, references

router = APIRouter()
for part in (references, kinds, labels, attributes, notes, companies):
    router.include_router(part.router)
