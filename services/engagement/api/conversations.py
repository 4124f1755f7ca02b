"""REST of conversations, timelines and the ledger: read, change, decline."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ChannelId, ConversationId, InteractionId, LabelId, MemberId
from services.contracts.views import ConversationView, InteractionView, LedgerView
from services.contracts.vocabulary import ConversationStatus, Priority
from services.engagement.api.canonical import canonical_contact
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import blocking, changing, declining
from services.engagement.conversations.changing import Wish
from services.engagement.errors import ConversationNotFoundError
from services.engagement.rendering import conversation_view, interaction_at, interaction_view, ledger_view, list_of, position_of
from services.engagement.statements import ledger, reading
from services.engagement.statements.exporting import profiles_of_contact
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(prefix="/v1", tags=["conversations"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class ChangeConversation(RequestBody):
    """What is to change, and the version that the caller saw. What is left out stays; an `owner_id` of null is nobody.

    `snoozed_until` snoozes; a status of snoozed without it lasts until the person writes.
    """

    version: int = Field(ge=0, le=2**31 - 1)
    status: ConversationStatus | None = None
    snoozed_until: Moment | None = None
    owner_id: UUID | None = None
    priority: Priority | None = None
    add_label_ids: list[UUID] = Field(default=[], max_length=50)
    remove_label_ids: list[UUID] = Field(default=[], max_length=50)

    def wish(self) -> Wish:
        """The same for the business."""
        return Wish(
            status=self.status,
            snoozed_until=self.snoozed_until,
            sets_owner="owner_id" in self.model_fields_set,
            owner=None if self.owner_id is None else MemberId(self.owner_id),
            priority=self.priority,
            add_labels=tuple(map(LabelId, self.add_label_ids)),
            remove_labels=tuple(map(LabelId, self.remove_label_ids)),
        )


class MarkSpam(RequestBody):
    """Whether it is spam, and the version that the caller saw."""

    version: int = Field(ge=0, le=2**31 - 1)
    spam: bool = True


class Decline(RequestBody):
    """Why nobody will answer this."""

    reason: str = Field(min_length=1, max_length=1000, pattern=r"\S")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which threads a list shows; what is not given does not narrow it."""

    status: ConversationStatus | None = None
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None


@router.get("/conversations")
async def list_conversations(
    caller: Reader, parts: PartsOf, narrowed: Annotated[Narrowed, Depends()], limit: Limit = 50, after: After = None
) -> Page[ConversationView]:
    """Threads by their last activity, the newest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await reading.conversations_page(
            connection,
            caller.workspace_id,
            status=narrowed.status,
            channel=None if narrowed.channel_id is None else ChannelId(narrowed.channel_id),
            owner=narrowed.owner_id,
            label=narrowed.label_id,
            before=position_of(after),
            limit=limit + 1,
        )
    return list_of(rows, limit=limit, render=conversation_view, time="last_activity_at")


@router.get("/conversations/{conversation_id}")
async def get_conversation(conversation_id: UUID, caller: Reader, parts: PartsOf) -> ConversationView:
    """One thread; for one that was merged away, the thread that speaks for it."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await reading.conversations_by_id(connection, caller.workspace_id, [conversation_id])
    if not rows:
        raise ConversationNotFoundError
    return conversation_view(rows[0])


@router.get("/conversations/{conversation_id}/messages")
async def list_messages(
    conversation_id: UUID, caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None
) -> Page[InteractionView]:
    """What was said in a thread, the newest first."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        if not await reading.conversations_by_id(connection, caller.workspace_id, [conversation_id]):
            raise ConversationNotFoundError
        rows = await reading.threads_of_conversations(
            connection, caller.workspace_id, [conversation_id], before=position_of(after), limit=limit + 1
        )
    return list_of(rows, limit=limit, render=interaction_at(parts.clock.now()))


@router.patch("/conversations/{conversation_id}")
async def change_conversation(conversation_id: UUID, body: ChangeConversation, caller: Writer, parts: PartsOf) -> ConversationView:
    """Open, close, snooze, assign, label a thread, or say how much it matters."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await changing.change_conversation(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            body.wish(),
            version=body.version,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    parts.published()
    return conversation_view(row)


@router.post("/conversations/{conversation_id}/spam", response_model=ConversationView)
async def mark_spam(request: Request, conversation_id: UUID, body: MarkSpam, caller: Writer, parts: PartsOf) -> Response:
    """Close a thread as spam, with all that it owes now and later; or take that back."""
    mark = blocking.mark_spam if body.spam else blocking.take_back_spam

    async def act(connection: Connection) -> tuple[int, object]:
        row = await mark(
            connection,
            caller.workspace_id,
            ConversationId(conversation_id),
            version=body.version,
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 200, conversation_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response


@router.get("/contacts/{contact_id}/timeline")
async def list_timeline(  # noqa: PLR0913 - the parts of a request
    contact_id: UUID, caller: Reader, parts: PartsOf, *, request: Request, response: Response, limit: Limit = 50, after: After = None
) -> Page[InteractionView]:
    """A person's history across every channel, the newest first; empty for a contact that nobody has heard from.

    The id of a contact that was merged into another answers with that one's history, and a Link names it.
    """
    workspace, before = caller.workspace_id, position_of(after)
    async with parts.database.transaction(workspace) as connection:
        rows = await reading.timelines_of_contacts(connection, workspace, [contact_id], before=before, limit=limit + 1)
        known = bool(rows) or bool(await profiles_of_contact(connection, workspace, contact_id))
    if not known and (present := await canonical_contact(request, contact_id)) != contact_id:
        response.headers["link"] = f'</v1/contacts/{present}/timeline>; rel="canonical"'
        async with parts.database.transaction(workspace) as connection:
            rows = await reading.timelines_of_contacts(connection, workspace, [present], before=before, limit=limit + 1)
    return list_of(rows, limit=limit, render=interaction_at(parts.clock.now()))


@router.get("/ledger")
async def get_ledger(caller: Reader, parts: PartsOf) -> LedgerView:
    """Inbound = owed + answered + declined + exempt + alarm, at this instant."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return ledger_view(await ledger.ledger_counts(connection, caller.workspace_id, now=parts.clock.now()))


@router.post("/interactions/{interaction_id}/decline", response_model=InteractionView)
async def decline_interaction(request: Request, interaction_id: UUID, body: Decline, caller: Writer, parts: PartsOf) -> Response:
    """Say that this will not be answered, and why."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await declining.decline(
            connection,
            caller.workspace_id,
            InteractionId(interaction_id),
            reason=body.reason,
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 200, interaction_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    return response
