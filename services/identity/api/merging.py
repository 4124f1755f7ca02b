"""Endpoints of merges, detached profiles and suggestions."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from services.contracts.ids import ContactId, MergeId, ProfileId
from services.contracts.views import MergePreviewView, MergeView, SuggestionView
from services.identity.merging import Saying, detach_profile, list_merges, merge_contacts, preview_merge, undo_merge
from services.identity.parts import PartsOf
from services.identity.suggestions import accept_suggestion, get_suggestion, list_suggestions, reject_suggestion, reopen_suggestion
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page
from services.kit.preconditions import Expected

router = APIRouter(tags=["merging"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Reason = Annotated[str, Field(max_length=1000, description="Why; for the journal.")]
State = Annotated[Literal["open", "accepted", "rejected"], Query(description="Which ones.")]


class MergeBody(RequestBody):
    """The other contact, and which of the two keeps its id: null for the one in the path."""

    contact_id: UUID
    survivor_id: UUID | None = None
    reason: Reason = ""
    version: Annotated[int | None, Field(description="The other contact's version, where only that one is meant.")] = None


class DetachBody(RequestBody):
    """The profile that is somebody else's."""

    profile_id: UUID
    reason: Reason = ""


class DecisionBody(RequestBody):
    """Why; and which contact keeps its id, where two become one."""

    reason: Reason = ""
    survivor_id: UUID | None = None


class ReasonBody(RequestBody):
    """Why."""

    reason: Reason = ""


@router.get("/v1/contacts/{contact_id}/merge-preview/{other_id}")
async def show_merge_preview(
    contact_id: UUID, other_id: UUID, caller: Reader, parts: PartsOf, survivor_id: UUID | None = None
) -> MergePreviewView:
    """What a merge with `other_id` would unite, what speaks for it and what against. Changes nothing."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await preview_merge(
            connection, caller.workspace_id, ContactId(contact_id), other=ContactId(other_id), survivor=_contact(survivor_id)
        )


@router.get("/v1/contacts/{contact_id}/merges")
async def list_of_merges(contact_id: UUID, caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[MergeView]:
    """Who was merged with the contact or parted from it, by whom and why, the newest first."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_merges(connection, caller.workspace_id, ContactId(contact_id), limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/v1/contacts/{contact_id}/merges", response_model=MergeView, status_code=201)
async def merge_two_contacts(
    *, contact_id: UUID, body: MergeBody, expected: Expected, request: Request, caller: Writer, parts: PartsOf
) -> Response:
    """Make two contacts one. What is said of either holds of both; the absorbed id keeps answering."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason, expected=expected, other_expected=body.version)

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await merge_contacts(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            other=ContactId(body.contact_id),
            survivor=_contact(body.survivor_id),
            saying=saying,
        )

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/v1/contacts/{contact_id}/detach", response_model=MergeView, status_code=201)
async def detach_one_profile(
    *, contact_id: UUID, body: DetachBody, expected: Expected, request: Request, caller: Writer, parts: PartsOf
) -> Response:
    """Part one profile from the contact; it is never joined with the others again, unless a member merges them."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason, expected=expected)

    async def act(connection: Connection) -> tuple[int, object]:
        profile = ProfileId(body.profile_id)
        return 201, await detach_profile(connection, caller.workspace_id, ContactId(contact_id), profile=profile, saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/v1/merges/{merge_id}/undo", response_model=MergeView)
async def undo_one_merge(merge_id: UUID, body: ReasonBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Take a merge, a detachment or a rejection back: everything is as it was, plus what happened since."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason)

    async def act(connection: Connection) -> tuple[int, object]:
        return 200, await undo_merge(connection, caller.workspace_id, MergeId(merge_id), saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.get("/v1/suggestions")
async def list_of_suggestions(
    caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None, state: State = "open"
) -> Page[SuggestionView]:
    """Pairs of contacts that may be one person, the newest first."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_suggestions(connection, caller.workspace_id, limit=limit, after=after, state=state)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.get("/v1/suggestions/{suggestion_id}")
async def show_suggestion(suggestion_id: UUID, caller: Reader, parts: PartsOf) -> SuggestionView:
    """One suggestion, with its evidence."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_suggestion(connection, caller.workspace_id, suggestion_id)


@router.post("/v1/suggestions/{suggestion_id}/accept", response_model=MergeView)
async def accept_one_suggestion(suggestion_id: UUID, body: DecisionBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """They are one person: answers the merge."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason)

    async def act(connection: Connection) -> tuple[int, object]:
        survivor = _contact(body.survivor_id)
        return 200, await accept_suggestion(connection, caller.workspace_id, suggestion_id, survivor=survivor, saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/v1/suggestions/{suggestion_id}/reject", response_model=SuggestionView)
async def reject_one_suggestion(suggestion_id: UUID, body: ReasonBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """They are two people, for good: nobody is asked again, and no evidence joins them."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason)

    async def act(connection: Connection) -> tuple[int, object]:
        return 200, await reject_suggestion(connection, caller.workspace_id, suggestion_id, saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/v1/suggestions/{suggestion_id}/reopen", response_model=SuggestionView)
async def reopen_one_suggestion(suggestion_id: UUID, body: ReasonBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Take the decision back, with what it did."""
    saying = Saying(by=caller.member_id, now=parts.clock.now(), reason=body.reason)

    async def act(connection: Connection) -> tuple[int, object]:
        return 200, await reopen_suggestion(connection, caller.workspace_id, suggestion_id, saying=saying)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


def _contact(given: UUID | None) -> ContactId | None:
    return None if given is None else ContactId(given)
