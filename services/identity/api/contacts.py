"""Endpoints of contacts and profiles."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.ids import ContactId, ProfileId
from services.contracts.views import ContactCountsView, ContactView, ProfileValueView, ProfileView
from services.identity.api.shapes import ContactWithProfiles, ProfileBody
from services.identity.contacts import count_contacts, get_contact, get_profile, list_contacts
from services.identity.parts import PartsOf
from services.identity.profiles import BY_HAND, enter_profile
from services.identity.sightings import Sighting
from services.identity.statements.contacts import profiles_of_contacts, values_of_profiles
from services.identity.statements.encounters import encounters_of_contacts
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page
from services.kit.preconditions import tag

router = APIRouter(tags=["contacts"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Search = Annotated[
    str | None,
    Query(max_length=254, description="The beginning of a name or handle, or a whole e-mail address or phone number."),
]
Since = Annotated[
    Moment | None,
    Query(
        description="Only contacts changed since, longest ago first. Ask again from a minute before the last `changed_at` that you saw: "
        "what was changed at one moment need not become visible in that order."
    ),
]


@router.get("/v1/contacts")
async def list_known_contacts(
    caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None, q: Search = None, updated_since: Since = None
) -> Page[ContactView]:
    """The newest contacts first, or those changed since. A search looks at the first thousand profiles that fit."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_contacts(connection, caller.workspace_id, limit=limit, after=after, search=q, updated_since=updated_since)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/v1/contact-counts")
async def show_contact_counts(caller: Reader, parts: PartsOf) -> ContactCountsView:
    """How many contacts there are, and how many are known in one way only, such as followers who never wrote."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await count_contacts(connection, caller.workspace_id)


@router.get("/v1/contacts/{contact_id}")
async def show_contact(contact_id: UUID, caller: Reader, parts: PartsOf, response: Response) -> ContactWithProfiles:
    """One contact with all profiles, by any id it ever had; a Link names the canonical one where that is another.

    The ETag is its version, which changes of it take as If-Match.
    """
    async with parts.app.transaction(caller.workspace_id) as connection:
        contact = await get_contact(connection, caller.workspace_id, ContactId(contact_id))
        (profiles,) = await profiles_of_contacts(connection, caller.workspace_id, [contact.id])
        (known_by,) = await encounters_of_contacts(connection, caller.workspace_id, [contact.id])
    tag(response, contact.version)
    if contact.id != contact_id:
        response.headers["link"] = f'</v1/contacts/{contact.id}>; rel="canonical"'
    return ContactWithProfiles(**asdict(contact), profiles=tuple(profiles), known_by=known_by)


@router.get("/v1/profiles/{profile_id}")
async def show_profile(profile_id: UUID, caller: Reader, parts: PartsOf) -> ProfileView:
    """One profile, with the contact it belongs to and why."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_profile(connection, caller.workspace_id, ProfileId(profile_id))


@router.get("/v1/profiles/{profile_id}/values")
async def list_values_of_profile(profile_id: UUID, caller: Reader, parts: PartsOf) -> Page[ProfileValueView]:
    """Every value that its handle, name, picture and the like ever had and since when, the newest first; at most 200, on one page."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await get_profile(connection, caller.workspace_id, ProfileId(profile_id))
        (values,) = await values_of_profiles(connection, caller.workspace_id, [profile_id])
    return Page(items=values)


@router.post("/v1/profiles", response_model=ProfileView)
async def write_profile(body: ProfileBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Create or update a profile by (network, scope, external_id): a CRM row, an address, an account on a network."""
    author = body.author(network=body.network, external_id=body.external_id)
    now = parts.clock.now()
    sighting = Sighting(author=author, at=now, source=BY_HAND, location=body.location, attributes=body.attributes)

    async def act(connection: Connection) -> tuple[int, object]:
        profile = await enter_profile(
            connection,
            workspace=caller.workspace_id,
            sighting=sighting,
            deployment_key=parts.deployment_key,
            now=now,
        )
        return 200, await get_profile(connection, caller.workspace_id, profile)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer
