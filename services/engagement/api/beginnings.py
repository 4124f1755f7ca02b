"""REST for beginning a conversation: the first word is ours."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.consent import SERVICE
from services.contracts.ids import ChannelId, ConversationId, InteractionId
from services.contracts.interaction import Author
from services.contracts.views import ReplyView
from services.engagement.api.attaching import AttachmentInput
from services.engagement.api.edge import PartsOf
from services.engagement.api.replies import TEXT_LIMIT_CHARS, PurposeKey
from services.engagement.api.templates import TemplateInput
from services.engagement.composing import beginnings
from services.engagement.composing.attachments import MOST, find_attachments
from services.engagement.errors import ChannelNotFoundError
from services.engagement.rendering import reply_view
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once

router = APIRouter(prefix="/v1", tags=["conversations"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]
Named = Annotated[str, Field(min_length=1, max_length=300)]


class RecipientInput(RequestBody):
    """The person's account, as identity knows its profile. `network` is the channel's platform where it is left out."""

    external_id: Named
    network: Named | None = None
    scope: str = Field(default="", max_length=300)
    handle: Named | None = None
    name: Named | None = None


class BeginConversation(RequestBody):
    """To whom, by which channel, and what. `title` is the subject, where the platform has subjects.

    `about_id` moves what the person said in public to a private conversation: the one that there is, or a new one. Both are linked, and
    what was said counts as answered once this is sent. The recipient may then be left out. `purpose` is one of the workspace's: who
    refused it is not written to, nor who has not agreed to one that asks for that.
    """

    channel_id: UUID
    recipient: RecipientInput | None = None
    about_id: UUID | None = None
    text: str = Field(default="", max_length=TEXT_LIMIT_CHARS)
    title: Annotated[str, Field(max_length=200)] | None = None
    template: TemplateInput | None = None
    attachments: list[AttachmentInput] = Field(default_factory=list, max_length=MOST)
    purpose: PurposeKey = SERVICE


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunView:
    """The new conversation, and the reply that is on its way."""

    conversation_id: ConversationId
    reply: ReplyView


@router.post("/conversations", status_code=201, response_model=BegunView)
async def begin_conversation(request: Request, body: BeginConversation, caller: Writer, parts: PartsOf) -> Response:
    """Write to a person who has not written, or in private to one who has in public, where that is allowed. Takes an Idempotency-Key."""
    channel = await parts.channel(ChannelId(body.channel_id))
    if channel.workspace_id != caller.workspace_id:
        raise ChannelNotFoundError
    reader = parts.reader(caller.workspace_id)

    async def act(connection: Connection) -> tuple[int, object]:
        attached = [each.attached() for each in body.attachments]
        opening = beginnings.Opening(
            channel=channel.id,
            recipient=None if body.recipient is None else _author_of(body.recipient, network=channel.platform),
            about=None if body.about_id is None else InteractionId(body.about_id),
            text=body.text,
            member=caller.member_id,
            title=body.title,
            template=body.template.template() if body.template else None,
            attachments=await find_attachments(connection, channel, attached=attached),
            purpose=body.purpose,
        )
        opened = await beginnings.begin_conversation(connection, channel, opening, reader=reader, now=parts.clock.now())
        return 201, BegunView(conversation_id=opened.conversation, reply=reply_view(opened.reply))

    response = await once(request, parts.database, caller, act)
    parts.published()
    parts.queued(caller.workspace_id)
    return response


def _author_of(recipient: RecipientInput, *, network: str) -> Author:
    return Author(
        network=recipient.network or network,
        scope=recipient.scope,
        external_id=recipient.external_id,
        handle=recipient.handle,
        name=recipient.name,
    )
