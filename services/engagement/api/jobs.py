"""REST of bulk actions: one action on up to 1,000 conversations as a job, how far it is, and what it could not do."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.ids import ConversationId, JobId, LabelId, MemberId
from services.contracts.views import JobView, ParticipationView
from services.contracts.vocabulary import BulkAction, ConversationStatus
from services.engagement.api.edge import PartsOf
from services.engagement.conversations import jobs
from services.engagement.errors import ConversationNotFoundError, JobNotFoundError
from services.engagement.rendering import job_view, participation_view
from services.engagement.statements import jobs as statements
from services.engagement.statements.participants import participation_of
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.http.moments import Moment
from services.kit.idempotency import once

router = APIRouter(prefix="/v1", tags=["bulk"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]


class BulkFilter(RequestBody):
    """Which conversations; what is not given does not narrow it."""

    status: ConversationStatus | None = None
    channel_id: UUID | None = None
    label_id: UUID | None = None
    owner_id: UUID | None = None


class Bulk(RequestBody):
    """The action, what it needs, and the conversations: by id, or by a filter (the 1,000 with the latest activity).

    Assigning needs `owner_id`; null, said outright, gives the conversations to nobody.
    """

    action: BulkAction
    conversation_ids: list[UUID] | None = Field(default=None, max_length=jobs.LARGEST)
    filter: BulkFilter | None = None
    owner_id: UUID | None = None
    add_label_ids: list[UUID] = Field(default=[], max_length=50)
    remove_label_ids: list[UUID] = Field(default=[], max_length=50)
    snoozed_until: Moment | None = None
    reason: str = Field(default="", max_length=500)

    def arguments(self) -> jobs.Arguments:
        """What the action needs."""
        return jobs.Arguments(
            sets_owner="owner_id" in self.model_fields_set,
            owner=self.owner_id,
            add_labels=tuple(self.add_label_ids),
            remove_labels=tuple(self.remove_label_ids),
            snoozed_until=self.snoozed_until,
            reason=self.reason,
        )

    def selection(self) -> jobs.Selection:
        """The conversations. Raises BulkArgumentError unless there is exactly one of ids and filter."""
        jobs.refuse_both_or_neither(self.conversation_ids, self.filter)
        given = self.filter or BulkFilter()
        return jobs.Selection(
            ids=None if self.conversation_ids is None else tuple(map(ConversationId, self.conversation_ids)),
            status=given.status,
            channel=given.channel_id,
            label=None if given.label_id is None else LabelId(given.label_id),
            owner=None if given.owner_id is None else MemberId(given.owner_id),
        )


@router.post("/conversations/bulk", status_code=202, response_model=JobView)
async def start_bulk_action(request: Request, body: Bulk, caller: Writer, parts: PartsOf) -> Response:
    """Begin a job. Takes an Idempotency-Key. `GET /v1/jobs/{id}` tells how far it is."""

    async def act(connection: Connection) -> tuple[int, object]:
        made = await jobs.start_job(
            connection,
            caller.workspace_id,
            body.action,
            body.arguments(),
            body.selection(),
            member=caller.member_id,
            now=parts.clock.now(),
        )
        return 202, job_view(made)

    response = await once(request, parts.database, caller, act)
    parts.begun(caller.workspace_id)
    return response


@router.get("/jobs/{job_id}")
async def get_job(job_id: UUID, caller: Reader, parts: PartsOf) -> JobView:
    """A job, how far it is, and each conversation on which nothing was done, with the reason."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.jobs_by_id(connection, caller.workspace_id, [job_id])
        if not rows:
            raise JobNotFoundError
        failures = await statements.failures_of(connection, caller.workspace_id, JobId(job_id), limit=jobs.LARGEST)
    return job_view(rows[0], failures)


@router.get("/conversations/{conversation_id}/participants")
async def get_participants(conversation_id: UUID, caller: Reader, parts: PartsOf) -> ParticipationView:
    """Who takes part in a thread and who answered whom, by its newest thousand entries; 100 of each at most."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await participation_of(connection, caller.workspace_id, [conversation_id])
    if not rows:
        raise ConversationNotFoundError
    return participation_view(rows[0])
