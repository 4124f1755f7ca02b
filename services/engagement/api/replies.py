"""REST of replies: post, read, cancel, edit, delete, settle one in doubt."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.consent import SERVICE
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ReplyId
from services.contracts.views import ReplyView
from services.engagement import changes, replies
from services.engagement.api.attaching import AttachmentInput
from services.engagement.api.choosing import ChoicesInput
from services.engagement.api.edge import PartsOf
from services.engagement.api.templates import TemplateInput
from services.engagement.composing.attachments import MOST, find_attachments
from services.engagement.errors import ReplyNotFoundError
from services.engagement.rendering import reply_view
from services.engagement.statements import replies as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once

router = APIRouter(prefix="/v1", tags=["replies"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
TEXT_LIMIT_CHARS = 50_000
LONGEST_DELAY_SECONDS = 30
PurposeKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class PostReply(RequestBody):
    """What to say. `in_reply_to` is the interaction it answers (default: the person's newest); `version` the conversation's as seen.

    It leaves after `delay_seconds` at the earliest, and can be cancelled until then; later replies of the conversation wait for it.
    A template may go out after the reply window; `text` beside it says in our history what it says, and is sent only where the platform
    takes words with it. Choices go beside the text of a private message, where the platform shows some.
    `purpose` is one of the workspace's: for another than service the person must have allowed it.
    """

    text: str = Field(default="", max_length=TEXT_LIMIT_CHARS)
    attachments: list[AttachmentInput] = Field(default_factory=list, max_length=MOST)
    template: TemplateInput | None = None
    choices: ChoicesInput | None = None
    in_reply_to: UUID | None = None
    version: int | None = Field(default=None, ge=0, le=2**31 - 1)
    delay_seconds: int = Field(default=0, ge=0, le=LONGEST_DELAY_SECONDS)
    purpose: PurposeKey = SERVICE


class EditReply(RequestBody):
    """The words that shall stand on the platform instead."""

    text: str = Field(min_length=1, max_length=TEXT_LIMIT_CHARS, pattern=r"\S")


class SettleReply(RequestBody):
    """What a person found on the platform: the reply is there, or it is not and may be sent again."""

    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningView:
    """What the person wrote after the version that the member saw."""

    newer_messages: tuple[InteractionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedView:
    """A reply that is queued, or waits for approval (`proposed`); the warning does not hold it back."""

    reply: ReplyView
    warning: WarningView | None


def posted_view(posted: replies.Posted) -> PostedView:
    """What is answered to whoever posted or approved a reply."""
    warning = WarningView(newer_messages=posted.newer) if posted.newer else None
    return PostedView(reply=reply_view(posted.reply), warning=warning)


@router.post("/conversations/{conversation_id}/replies", status_code=201, response_model=PostedView)
async def post_reply(request: Request, conversation_id: UUID, body: PostReply, caller: Writer, parts: PartsOf) -> Response:
    """Queue a reply, or propose it where it must be approved. Takes an Idempotency-Key, which makes a double click harmless."""
    attached = [each.attached() for each in body.attachments]
    bare = replies.Draft(
        conversation=ConversationId(conversation_id),
        text=body.text,
        answers=None if body.in_reply_to is None else InteractionId(body.in_reply_to),
        version=body.version,
        member=caller.member_id,
        delay=timedelta(seconds=body.delay_seconds),
        template=body.template.template() if body.template else None,
        choices=body.choices.choices() if body.choices else None,
        purpose=body.purpose,
    )

    async def act(connection: Connection) -> tuple[int, object]:
        thread = await replies.channel_of(connection, caller.workspace_id, bare.conversation)
        channel = await parts.channel(await replies.answering_channel(connection, caller.workspace_id, thread, bare))
        draft = replace(bare, attachments=await find_attachments(connection, channel, attached=attached))
        posted = await replies.post_reply(connection, channel, thread, draft, now=parts.clock.now())
        return 201, posted_view(posted)

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id, after_seconds=body.delay_seconds)
    return response


@router.get("/replies/{reply_id}")
async def get_reply(reply_id: UUID, caller: Reader, parts: PartsOf) -> ReplyView:
    """A reply and where it stands."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return reply_view(await _present(connection, caller, reply_id))


@router.patch("/replies/{reply_id}", status_code=202)
async def edit_reply(reply_id: UUID, body: EditReply, caller: Writer, parts: PartsOf) -> ReplyView:
    """Replace the text of a reply that was sent, where the platform allows it.

    `change` tells how that goes; until it is done the old text stands.
    """
    async with parts.database.transaction(caller.workspace_id) as connection:
        reply = await _present(connection, caller, reply_id)
        channel = await parts.channel(ChannelId(reply["channel_id"]))
        row = await changes.edit_reply(connection, channel, reply, text=body.text, member=caller.member_id, now=parts.clock.now())
    parts.queued(caller.workspace_id)
    return reply_view(row)


@router.delete("/replies/{reply_id}", status_code=202)
async def delete_reply(reply_id: UUID, caller: Writer, parts: PartsOf) -> ReplyView:
    """Take back a reply that was sent, where the platform allows it. `change` tells how that goes; until it is done it stands."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        reply = await _present(connection, caller, reply_id)
        channel = await parts.channel(ChannelId(reply["channel_id"]))
        row = await changes.delete_reply(connection, channel, reply, member=caller.member_id, now=parts.clock.now())
    parts.queued(caller.workspace_id)
    return reply_view(row)


async def _present(connection: Connection, caller: Caller, reply_id: UUID) -> asyncpg.Record:
    rows = await statements.replies_by_id(connection, caller.workspace_id, [reply_id])
    if not rows:
        raise ReplyNotFoundError
    return rows[0]


@router.post("/replies/{reply_id}/cancel", response_model=ReplyView)
async def cancel_reply(request: Request, reply_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Take back a reply that nobody has begun to send."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await replies.cancel_reply(connection, caller.workspace_id, ReplyId(reply_id), member=caller.member_id, now=parts.clock.now())
        return 200, reply_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id)
    return response


@router.post("/replies/{reply_id}/settle", response_model=ReplyView)
async def settle_reply(request: Request, reply_id: UUID, body: SettleReply, caller: Writer, parts: PartsOf) -> Response:
    """Say what became of a reply in doubt; one that is not there is sent again."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await replies.settle_reply(connection, caller.workspace_id, ReplyId(reply_id), sent=body.sent, now=parts.clock.now())
        return 200, reply_view(row)

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id)
    return response
