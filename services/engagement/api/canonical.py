"""Whose history a contact's id stands for: ids of contacts that were merged away are known to identity alone.

Called by the timeline, for an id of which nothing is known here. Asks with the caller's token: nobody learns more than identity tells.
"""

from uuid import UUID

import msgspec
from fastapi import Request

from services.kit.errors import UnavailableError
from services.kit.port import Port, PortUnavailableError

PATH = "/internal/contacts/by-ids"
TIMEOUT_SECONDS = 3.0
OK = 200


class _Known(msgspec.Struct):
    id: UUID


class PeopleAwayError(UnavailableError):
    """Identity does not answer, and nobody else knows whose id this is."""

    code = "people_unavailable"
    title = "Who this contact is cannot be said now"


async def canonical_contact(request: Request, contact: UUID) -> UUID:
    """The contact that answers for this id; the id itself where identity knows none or does not tell. Raises PeopleAwayError."""
    identity: Port = request.app.state.identity
    headers = (("authorization", request.headers["authorization"]), ("content-type", "application/json"))
    body = msgspec.json.encode({"ids": [contact]})
    try:
        answer = await identity.call("POST", PATH, body=body, headers=headers, timeout_seconds=TIMEOUT_SECONDS)
    except PortUnavailableError as error:
        raise PeopleAwayError from error
    if answer.status != OK:
        return contact
    (found,) = msgspec.json.decode(answer.body, type=tuple[_Known | None])
    return contact if found is None else found.id
