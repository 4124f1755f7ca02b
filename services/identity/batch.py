"""Batch routes for the gateway, and snapshots for projections: bare ASGI, one statement each, aligned with the ids asked for.

Put into `Routes` by `main`. Another workspace's ids answer like unknown ones: the role `app` does not see them.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT, PageView
from services.identity.access.members import list_members_by_ids, snapshot_members
from services.identity.access.worker_tokens import WorkerEntrance
from services.identity.consent.settings import get_settings, purposes_event
from services.identity.consent.showing import consent_of_contacts, snapshot_words
from services.identity.facts.attributes import attributes_of_contacts
from services.identity.facts.companies import companies_of_contacts, list_companies_by_ids
from services.identity.facts.kinds import kinds_of_contacts
from services.identity.facts.labels import labels_of_contacts
from services.identity.facts.leads import leads_of_contacts, list_leads_by_ids
from services.identity.facts.notes import list_notes_by_ids, notes_of_contacts
from services.identity.facts.references import references_of_contacts
from services.identity.facts.relations import relations_of_contacts
from services.identity.merging import merges_by_ids
from services.identity.statements import contacts, workspaces
from services.identity.statements.encounters import encounters_of_contacts
from services.identity.suggestions import suggestions_by_ids, suggestions_of_contacts
from services.kit.access import WorkerTokenRequest, authenticate, permit, workers
from services.kit.db import Connection, Database
from services.kit.errors import MalformedError
from services.kit.http import BareBody, BareRequest, Endpoint
from services.kit.pagination import decode_cursor, encode_cursor

SNAPSHOT_LIMIT = 1000
WORKER_TOKENS = workers.PATH
Ids = Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]
Found = TypeVar("Found")
Question = Callable[[Connection, WorkspaceId, list[UUID]], Awaitable[Found]]


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Ids


class PeoplePage(BareBody):
    """How many members, and after which cursor."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None


class SnapshotPage(BareBody):
    """How many memberships or members, and after which cursor."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=SNAPSHOT_LIMIT)] = SNAPSHOT_LIMIT
    after: str | None = None


class BatchRoutes:
    """The routes; `database` is of the role `app`, `workers` admits our own services."""

    def __init__(self, database: Database, *, workers: WorkerEntrance) -> None:
        self._database = database
        self._workers = workers

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/contacts/by-ids"): self._by_ids(contacts.contacts_of_ids, "contacts:read"),
            ("POST", "/internal/contacts/by-profile-ids"): self._by_ids(contacts.contacts_of_profiles, "contacts:read"),
            ("POST", "/internal/profiles/by-ids"): self._by_ids(contacts.profiles_of_ids, "contacts:read"),
            ("POST", "/internal/profiles/by-contact-ids"): self._by_ids(contacts.profiles_of_contacts, "contacts:read"),
            ("POST", "/internal/members/by-ids"): self._by_ids(list_members_by_ids, "members:read"),
            ("POST", "/internal/kinds/by-contact-ids"): self._by_ids(kinds_of_contacts, "contacts:read"),
            ("POST", "/internal/contact-labels/by-contact-ids"): self._by_ids(labels_of_contacts, "contacts:read"),
            ("POST", "/internal/attributes/by-contact-ids"): self._by_ids(attributes_of_contacts, "contacts:read"),
            ("POST", "/internal/notes/by-contact-ids"): self._by_ids(notes_of_contacts, "contacts:read"),
            ("POST", "/internal/leads/by-contact-ids"): self._by_ids(leads_of_contacts, "contacts:read"),
            ("POST", "/internal/leads/by-ids"): self._by_ids(list_leads_by_ids, "contacts:read"),
            ("POST", "/internal/relations/by-contact-ids"): self._by_ids(relations_of_contacts, "contacts:read"),
            ("POST", "/internal/references/by-contact-ids"): self._by_ids(references_of_contacts, "contacts:read"),
            ("POST", "/internal/employments/by-contact-ids"): self._by_ids(companies_of_contacts, "contacts:read"),
            ("POST", "/internal/companies/by-ids"): self._by_ids(list_companies_by_ids, "contacts:read"),
            ("POST", "/internal/notes/by-ids"): self._by_ids(list_notes_by_ids, "contacts:read"),
            ("POST", "/internal/encounters/by-contact-ids"): self._by_ids(encounters_of_contacts, "contacts:read"),
            ("POST", "/internal/suggestions/by-contact-ids"): self._by_ids(suggestions_of_contacts, "contacts:read"),
            ("POST", "/internal/suggestions/by-ids"): self._by_ids(suggestions_by_ids, "contacts:read"),
            ("POST", "/internal/merges/by-ids"): self._by_ids(merges_by_ids, "contacts:read"),
            ("POST", "/internal/profile-values/by-profile-ids"): self._by_ids(contacts.values_of_profiles, "contacts:read"),
            ("POST", "/internal/members/page"): self.colleagues,
            ("GET", "/internal/snapshot/profiles"): self.snapshot,
            ("GET", "/internal/snapshot/members"): self.members,
            ("POST", "/internal/consent/by-contact-ids"): self._by_ids(consent_of_contacts, "contacts:read"),
            ("GET", "/internal/snapshot/consent"): self.consent,
            ("GET", "/internal/snapshot/purposes"): self.purposes,
            ("POST", WORKER_TOKENS): self.admit_worker,
        }

    async def colleagues(self, request: BareRequest) -> bytes:
        """The members in the order in which they joined."""
        workspace = await _workspace(request, "members:read")
        asked = await request.json(PeoplePage)
        last = decode_cursor(asked.after, (UUID,))[0] if asked.after else None
        async with self._database.transaction(workspace) as connection:
            rows = await workspaces.page_of_members(connection, workspace, after=last, limit=asked.limit + 1)
        items = tuple(rows[: asked.limit])
        cursors = tuple(encode_cursor(each.id) for each in items)
        return msgspec.json.encode(PageView(items=items, cursors=cursors, has_next=len(rows) > asked.limit))

    async def snapshot(self, request: BareRequest) -> bytes:
        """Every membership as a ProfileAssigned, for whoever rebuilds a projection; in the order of profile ids."""
        workspace = await _workspace(request, "projection:read")
        asked = _query(request)
        last = decode_cursor(asked.after, (UUID,))[0] if asked.after else None
        async with self._database.transaction(workspace) as connection:
            rows = await contacts.page_of_memberships(connection, workspace, after=last, limit=asked.limit + 1)
        items = tuple(rows[: asked.limit])
        cursors = tuple(encode_cursor(each.profile_id) for each in items)
        return msgspec.json.encode(PageView(items=items, cursors=cursors, has_next=len(rows) > asked.limit))

    async def members(self, request: BareRequest) -> bytes:
        """Every member as a MemberChanged, for whoever rebuilds a projection; in the order of ids."""
        workspace = await _workspace(request, "projection:read")
        asked = _query(request)
        last = decode_cursor(asked.after, (UUID,))[0] if asked.after else None
        async with self._database.transaction(workspace) as connection:
            rows = await snapshot_members(connection, workspace, after=last, limit=asked.limit + 1)
        items = tuple(rows[: asked.limit])
        cursors = tuple(encode_cursor(each.member_id) for each in items)
        return msgspec.json.encode(PageView(items=items, cursors=cursors, has_next=len(rows) > asked.limit))

    async def consent(self, request: BareRequest) -> bytes:
        """Every profile's words as a ConsentChanged, for whoever rebuilds a projection; in the order of ids."""
        workspace = await _workspace(request, "projection:read")
        asked = _query(request)
        last = decode_cursor(asked.after, (UUID,))[0] if asked.after else None
        async with self._database.transaction(workspace) as connection:
            rows = await snapshot_words(connection, workspace, after=last, limit=asked.limit + 1)
        items = tuple(rows[: asked.limit])
        cursors = tuple(encode_cursor(each.profile_id) for each in items)
        return msgspec.json.encode(PageView(items=items, cursors=cursors, has_next=len(rows) > asked.limit))

    async def purposes(self, request: BareRequest) -> bytes:
        """The workspace's purposes as a PurposesChanged, on a page of one."""
        workspace = await _workspace(request, "projection:read")
        async with self._database.transaction(workspace) as connection:
            told = purposes_event(workspace, await get_settings(connection, workspace))
        return msgspec.json.encode(PageView(items=(told,), cursors=("",), has_next=False))

    async def admit_worker(self, request: BareRequest) -> bytes:
        """A token for one of our own services, which proves that it is one."""
        admitted = await self._workers.admit(await request.json(WorkerTokenRequest))
        return msgspec.json.encode({"access_token": admitted.token, "expires_in": admitted.expires_in})

    def _by_ids(self, question: Question[Found], scope: str) -> Endpoint:
        async def answer(request: BareRequest) -> bytes:
            workspace = await _workspace(request, scope)
            asked = await request.json(ByIds)
            async with self._database.transaction(workspace) as connection:
                return msgspec.json.encode(await question(connection, workspace, asked.ids))

        return answer


async def _workspace(request: BareRequest, scope: str) -> WorkspaceId:
    caller = await authenticate(request.scope)
    permit(caller, scope)
    return caller.workspace_id


def _query(request: BareRequest) -> SnapshotPage:
    pairs = dict(parse_qsl(request.scope["query_string"].decode("ascii", "replace"), max_num_fields=10))
    try:
        return msgspec.convert(pairs, SnapshotPage, strict=False)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{error}.") from error
