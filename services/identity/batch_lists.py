"""Batch routes for the gateway that answer lists of people, companies, leads, merges, words: bare ASGI, one statement a page.

Put into `Routes` by `main`. Another workspace's ids answer like unknown ones: the role `app` does not see them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT, PageView
from services.contracts.views.keys import KeyView
from services.identity.consent.showing import history_of_contacts
from services.identity.contacts import list_contacts
from services.identity.erasure.holding import holds_of_contacts
from services.identity.facts.companies import list_companies, list_people_of_companies
from services.identity.facts.leads import list_leads
from services.identity.merging import merges_of_contacts
from services.identity.partners import endpoints
from services.identity.retention.reports import list_runs
from services.identity.statements.credentials import page_of_keys
from services.identity.suggestions import list_suggestions
from services.kit.access import authenticate, permit
from services.kit.db import Connection, Database
from services.kit.http import BareBody, BareRequest, Endpoint
from services.kit.pagination import decode_cursor, encode_cursor

SCOPE = "contacts:read"
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class PagesByIds(BareBody):
    """Ids to look up, how many of each list, and after which cursor of the one."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 20
    after: str | None = None


class ListPage(BareBody):
    """How many, and after which cursor."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None


class ContactsPage(ListPage):
    """Which contacts: all, those that a search finds, or those changed since."""

    search: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    updated_since: Moment | None = None


class CompaniesPage(ListPage):
    """Which companies: all, or the one with a domain."""

    domain: Annotated[str, msgspec.Meta(max_length=253)] | None = None


class SuggestionsPage(ListPage):
    """Which suggestions."""

    state: Literal["open", "accepted", "rejected"] = "open"


class DeliveriesByIds(PagesByIds):
    """Whose deliveries, and in which state."""

    state: Literal["waiting", "delivered", "failed"] | None = None


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


Asked = TypeVar("Asked", bound=BareBody)
Question = Callable[[Connection, WorkspaceId, Asked], Awaitable[object]]


class ListBatchRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/contacts/page"): self._answering(ContactsPage, _contacts),
            ("POST", "/internal/companies/page"): self._answering(CompaniesPage, _companies),
            ("POST", "/internal/people/by-company-ids"): self._answering(PagesByIds, _people),
            ("POST", "/internal/suggestions/page"): self._answering(SuggestionsPage, _suggestions),
            ("POST", "/internal/leads/page"): self._answering(ListPage, _leads),
            ("POST", "/internal/merges/by-contact-ids"): self._answering(PagesByIds, _merges),
            ("POST", "/internal/consent/history-by-contact-ids"): self._answering(PagesByIds, _words),
            ("POST", "/internal/holds/by-contact-ids"): self._answering(ByIds, _holds, scope="people:erase"),
            ("POST", "/internal/retention-runs/page"): self._answering(ListPage, _runs, scope="people:erase"),
            ("POST", "/internal/api-keys/page"): self._answering(ListPage, _keys, scope="keys:write"),
            ("POST", "/internal/webhook-endpoints/page"): self._answering(ListPage, _endpoints, scope="keys:write"),
            ("POST", "/internal/webhook-endpoints/by-ids"): self._answering(ByIds, _endpoints_by_ids, scope="keys:write"),
            ("POST", "/internal/webhook-deliveries/by-endpoint-ids"): self._answering(DeliveriesByIds, _deliveries, scope="keys:write"),
        }

    def _answering(self, body: type[Asked], question: Question[Asked], *, scope: str = SCOPE) -> Endpoint:
        async def answer(request: BareRequest) -> bytes:
            caller = await authenticate(request.scope)
            permit(caller, scope)
            asked = await request.json(body)
            async with self._database.transaction(caller.workspace_id) as connection:
                return msgspec.json.encode(await question(connection, caller.workspace_id, asked))

        return answer


async def _contacts(connection: Connection, workspace: WorkspaceId, asked: ContactsPage) -> object:
    return await list_contacts(
        connection, workspace, limit=asked.limit, after=asked.after, search=asked.search, updated_since=asked.updated_since
    )


async def _companies(connection: Connection, workspace: WorkspaceId, asked: CompaniesPage) -> object:
    return await list_companies(connection, workspace, limit=asked.limit, after=asked.after, domain=asked.domain)


async def _people(connection: Connection, workspace: WorkspaceId, asked: PagesByIds) -> object:
    return await list_people_of_companies(connection, workspace, asked.ids, limit=asked.limit, after=asked.after)


async def _suggestions(connection: Connection, workspace: WorkspaceId, asked: SuggestionsPage) -> object:
    return await list_suggestions(connection, workspace, limit=asked.limit, after=asked.after, state=asked.state)


async def _leads(connection: Connection, workspace: WorkspaceId, asked: ListPage) -> object:
    return await list_leads(connection, workspace, limit=asked.limit, after=asked.after)


async def _merges(connection: Connection, workspace: WorkspaceId, asked: PagesByIds) -> object:
    return await merges_of_contacts(connection, workspace, asked.ids, limit=asked.limit, after=asked.after)


async def _words(connection: Connection, workspace: WorkspaceId, asked: PagesByIds) -> object:
    return await history_of_contacts(connection, workspace, asked.ids, limit=asked.limit, after=asked.after)


async def _holds(connection: Connection, workspace: WorkspaceId, asked: ByIds) -> object:
    return await holds_of_contacts(connection, workspace, asked.ids)


async def _runs(connection: Connection, workspace: WorkspaceId, asked: ListPage) -> object:
    return await list_runs(connection, workspace, limit=asked.limit, after=asked.after)


async def _keys(connection: Connection, workspace: WorkspaceId, asked: ListPage) -> object:
    last = decode_cursor(asked.after, (UUID,))[0] if asked.after else None
    rows = await page_of_keys(connection, workspace, after=last, limit=asked.limit + 1)
    items = tuple(KeyView(**asdict(row)) for row in rows[: asked.limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > asked.limit)


async def _endpoints(connection: Connection, workspace: WorkspaceId, asked: ListPage) -> object:
    return await endpoints.list_endpoints(connection, workspace, limit=asked.limit, after=asked.after)


async def _endpoints_by_ids(connection: Connection, workspace: WorkspaceId, asked: ByIds) -> object:
    return await endpoints.list_endpoints_by_ids(connection, workspace, asked.ids)


async def _deliveries(connection: Connection, workspace: WorkspaceId, asked: DeliveriesByIds) -> object:
    return await endpoints.deliveries_of_endpoints(
        connection, workspace, asked.ids, state=asked.state, limit=asked.limit, after=asked.after
    )
