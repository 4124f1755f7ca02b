"""Endpoints of consent: what a person lets us do, its history and proof, do-not-contact, the preference link, and the settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints

from services.contracts.consent import CONTACT, EVERY_NETWORK, Purpose
from services.contracts.ids import ChannelId, ContactId, InteractionId, ProfileId
from services.contracts.views.consent import ConsentSettingsView, ConsentView, PreferenceLinkView
from services.contracts.vocabulary import ConsentSource, ConsentState
from services.identity.consent.errors import SaidInFutureError
from services.identity.consent.links import end_links_of_contact, link_of_contact
from services.identity.consent.settings import get_settings, refuse_unknown_purpose, save_settings
from services.identity.consent.showing import consent_of_contacts, is_do_not_contact, list_history
from services.identity.consent.words import Said, record_words
from services.identity.errors import ContactNotFoundError, ProfileNotFoundError
from services.identity.parts import PartsOf
from services.identity.statements import consent as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import Act, once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["consent"])
Reader = Annotated[Caller, Depends(require("contacts:read"))]
Writer = Annotated[Caller, Depends(require("contacts:write"))]
Editor = Annotated[Caller, Depends(require("playbook:write"))]
Network = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]
Told = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
PurposeKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class BreadthBody(RequestBody):
    """What a word covers: a network, every one where it is left out; with `channel_id` that channel of ours alone."""

    network: Network | None = None
    channel_id: UUID | None = None


class ConsentBody(BreadthBody):
    """What a person said, and the proof: how, in answer to which wording, in which interaction.

    `at` is when it was said (default: now); of two words the one said later counts. It is kept on `profile_id`, else on the first profile.
    """

    purpose: PurposeKey
    state: ConsentState
    how: Told
    wording: str = Field(default="", max_length=5000)
    interaction_id: UUID | None = None
    at: Moment | None = None
    profile_id: UUID | None = None


class DoNotContactBody(BreadthBody):
    """Why a person is not to be contacted, or is again."""

    reason: Told


class PurposeBody(RequestBody):
    """Why we write to people. `titles` by language are what the preference page calls it."""

    key: PurposeKey
    needs_grant: bool
    titles: dict[Language, Title] = Field(default_factory=dict, max_length=30)


class SettingsBody(RequestBody):
    """All settings, and the version that was read (0: those that the product brings)."""

    purposes: list[PurposeBody] = Field(min_length=1, max_length=20)
    opt_out: list[Keyword] = Field(max_length=100)
    opt_in: list[Keyword] = Field(max_length=100)
    version: int = Field(ge=0, le=2**31 - 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactConsent:
    """Of each purpose, network and channel the word that counts. Where `do_not_contact` has any, only answers go out there."""

    consent: tuple[ConsentView, ...]
    do_not_contact: tuple[ConsentView, ...]


@router.get("/contacts/{contact_id}/consent")
async def show_consent(contact_id: UUID, caller: Reader, parts: PartsOf) -> ContactConsent:
    """What a person lets us do, over all profiles. No word is neither a yes nor a no: the purpose says whether it needs one."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await _home(connection, caller, contact_id)
        return await _shown(connection, caller, contact_id)


@router.get("/contacts/{contact_id}/consent/history")
async def show_history(contact_id: UUID, caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[ConsentView]:
    """Every word ever said, with its proof; newest first. Nothing is ever taken out of it but by erasure of the person."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await _home(connection, caller, contact_id)
        page = await list_history(connection, caller.workspace_id, contact_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/contacts/{contact_id}/consent", status_code=201, response_model=ContactConsent)
async def record_consent(contact_id: UUID, body: ConsentBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Record what a person said about a purpose. Takes an Idempotency-Key."""
    now = parts.clock.now()
    if body.at is not None and body.at > now:
        raise SaidInFutureError

    async def act(connection: Connection) -> tuple[int, object]:
        await refuse_unknown_purpose(connection, caller.workspace_id, body.purpose)
        said = Said(
            profile=await _profile(connection, caller, contact_id, body.profile_id),
            purpose=body.purpose,
            state=body.state,
            at=body.at or now,
            source=_source(caller),
            network=body.network or EVERY_NETWORK,
            channel=None if body.channel_id is None else ChannelId(body.channel_id),
            how=body.how,
            wording=body.wording,
            interaction=None if body.interaction_id is None else InteractionId(body.interaction_id),
            member=caller.member_id,
        )
        await record_words(connection, caller.workspace_id, [said], now=now)
        return 201, await _shown(connection, caller, contact_id)

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/contacts/{contact_id}/do-not-contact", status_code=201, response_model=ContactConsent)
async def set_do_not_contact(contact_id: UUID, body: DoNotContactBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Let nothing go out to a person but answers to what they write after this. Takes an Idempotency-Key."""
    act = _contacting(caller, contact_id, body, state=ConsentState.DENIED, now=parts.clock.now())
    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.post("/contacts/{contact_id}/do-not-contact/lift", status_code=201, response_model=ContactConsent)
async def lift_do_not_contact(contact_id: UUID, body: DoNotContactBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Take a do-not-contact back, as far as the network or channel goes; consent counts as it did before. Takes an Idempotency-Key."""
    act = _contacting(caller, contact_id, body, state=ConsentState.UNKNOWN, now=parts.clock.now())
    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.put("/contacts/{contact_id}/preference-link")
async def make_preference_link(contact_id: UUID, caller: Writer, parts: PartsOf) -> PreferenceLinkView:
    """Where the person sees and changes purposes and networks without an account; the same for a month, good for a year."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await link_of_contact(
            connection,
            caller.workspace_id,
            ContactId(contact_id),
            key=parts.preference_key,
            public_url=parts.public_url,
            now=parts.clock.now(),
        )


@router.delete("/contacts/{contact_id}/preference-link", status_code=204)
async def revoke_preference_links(contact_id: UUID, caller: Writer, parts: PartsOf) -> None:
    """Let no link be good any more that the person was ever given; the next one is."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await end_links_of_contact(connection, caller.workspace_id, ContactId(contact_id), now=parts.clock.now())


@router.get("/consent-settings")
async def show_settings(caller: Reader, parts: PartsOf) -> ConsentSettingsView:
    """The purposes, and the keywords by which people say yes or no themselves."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_settings(connection, caller.workspace_id)


@router.put("/consent-settings")
async def change_settings(body: SettingsBody, caller: Editor, parts: PartsOf) -> ConsentSettingsView:
    """Replace purposes and keywords."""
    purposes = tuple(Purpose(key=each.key, needs_grant=each.needs_grant, titles=each.titles) for each in body.purposes)
    wanted = ConsentSettingsView(purposes=purposes, opt_out=tuple(body.opt_out), opt_in=tuple(body.opt_in), version=body.version)
    async with parts.app.transaction(caller.workspace_id) as connection:
        saved = await save_settings(connection, caller.workspace_id, wanted, now=parts.clock.now())
    parts.wake()
    return saved


def _contacting(caller: Caller, contact_id: UUID, body: DoNotContactBody, *, state: ConsentState, now: datetime) -> Act:
    async def act(connection: Connection) -> tuple[int, object]:
        said = Said(
            profile=await _home(connection, caller, contact_id),
            purpose=CONTACT,
            state=state,
            at=now,
            source=_source(caller),
            network=body.network or EVERY_NETWORK,
            channel=None if body.channel_id is None else ChannelId(body.channel_id),
            how=body.reason,
            member=caller.member_id,
        )
        await record_words(connection, caller.workspace_id, [said], now=now)
        return 201, await _shown(connection, caller, contact_id)

    return act


async def _shown(connection: Connection, caller: Caller, contact_id: UUID) -> ContactConsent:
    (found,) = await consent_of_contacts(connection, caller.workspace_id, [contact_id])
    return ContactConsent(
        consent=tuple(each for each in found if each.purpose != CONTACT),
        do_not_contact=tuple(each for each in found if is_do_not_contact(each)),
    )


async def _home(connection: Connection, caller: Caller, contact_id: UUID) -> ProfileId:
    """Raises ContactNotFoundError."""
    profile = await statements.home_profile(connection, caller.workspace_id, ContactId(contact_id))
    if profile is None:
        raise ContactNotFoundError
    return profile


async def _profile(connection: Connection, caller: Caller, contact_id: UUID, named: UUID | None) -> ProfileId:
    """The profile that was named, which is the contact's. Raises ContactNotFoundError, ProfileNotFoundError."""
    home = await _home(connection, caller, contact_id)
    if named is None:
        return home
    theirs = [profile for profile, _ in await statements.profiles_of_person(connection, caller.workspace_id, home)]
    if named not in theirs:
        raise ProfileNotFoundError("Name a profile of this contact, or none.")
    return ProfileId(named)


def _source(caller: Caller) -> ConsentSource:
    return ConsentSource.API if caller.member_id is None else ConsentSource.MEMBER
