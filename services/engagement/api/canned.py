"""REST of canned replies: list by shortcut, keep, change, remove, fill for a conversation."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.ids import ConversationId
from services.contracts.views.composing import CannedReplyView, RenderedReplyView
from services.engagement.api.edge import PartsOf
from services.engagement.composing import canned
from services.engagement.composing.showing import canned_reply_view, rendered_view
from services.engagement.statements import canned as statements
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor

router = APIRouter(prefix="/v1", tags=["canned replies"])
Reader = Annotated[Caller, Depends(require("conversations:read"))]
Writer = Annotated[Caller, Depends(require("conversations:write"))]
SHORTCUT = r"^[a-z0-9][a-z0-9_.-]{0,49}$"
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
# Tags are the same in whatever case: es-MX is es-mx.
Tag = Annotated[str, StringConstraints(pattern=LANGUAGE), AfterValidator(str.lower)]
Language = Annotated[Tag, Query()]
Prefix = Annotated[str, Query(pattern=r"^[a-z0-9_.-]{0,50}$")]


class KeepCannedReply(RequestBody):
    """A prepared text. Placeholders: {{contact.first_name}}, or {{contact.first_name|there}} with what stands where there is none."""

    shortcut: Annotated[str, Field(pattern=SHORTCUT)]
    language: Tag
    title: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]

    def canned(self) -> canned.Canned:
        """The same as composing takes it."""
        return canned.Canned(shortcut=self.shortcut, language=self.language, title=self.title, text=self.text)


class ChangeCannedReply(KeepCannedReply):
    """The whole text anew, over the version that the caller saw."""

    version: int = Field(ge=0, le=2**31 - 1)


class RenderCannedReply(RequestBody):
    """Which one, and in which language; without one, or where there is none, another stands in."""

    shortcut: Annotated[str, Field(pattern=SHORTCUT)]
    language: Tag | None = None


@router.get("/canned-replies")
async def list_canned_replies(
    caller: Reader, parts: PartsOf, prefix: Prefix = "", language: Language | None = None, limit: Limit = 50, after: After = None
) -> Page[CannedReplyView]:
    """Canned replies whose shortcut begins with `prefix`, in order."""
    position = None if after is None else decode_cursor(after, (str, str))
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await statements.canned_page(
            connection, caller.workspace_id, prefix=prefix, language=language, after=position, limit=limit + 1
        )
    return cut_page([canned_reply_view(row) for row in rows], limit=limit, key=lambda view: (view.shortcut, view.language))


@router.post("/canned-replies", status_code=201, response_model=CannedReplyView)
async def add_canned_reply(request: Request, body: KeepCannedReply, caller: Writer, parts: PartsOf) -> Response:
    """Keep a new one. Takes an Idempotency-Key."""

    async def act(connection: Connection) -> tuple[int, object]:
        row = await canned.add_canned(connection, caller.workspace_id, body.canned(), member=caller.member_id, now=parts.clock.now())
        return 201, canned_reply_view(row)

    return await once(request, parts.database, caller, act)


@router.get("/canned-replies/{canned_reply_id}")
async def get_canned_reply(canned_reply_id: UUID, caller: Reader, parts: PartsOf) -> CannedReplyView:
    """One of them."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        return canned_reply_view(await canned.get_canned(connection, caller.workspace_id, canned_reply_id))


@router.put("/canned-replies/{canned_reply_id}")
async def change_canned_reply(canned_reply_id: UUID, body: ChangeCannedReply, caller: Writer, parts: PartsOf) -> CannedReplyView:
    """Write one anew."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        row = await canned.change_canned(
            connection,
            caller.workspace_id,
            canned_reply_id,
            body.canned(),
            version=body.version,
            member=caller.member_id,
            now=parts.clock.now(),
        )
    return canned_reply_view(row)


@router.delete("/canned-replies/{canned_reply_id}", status_code=204)
async def delete_canned_reply(canned_reply_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Remove one."""
    async with parts.database.transaction(caller.workspace_id) as connection:
        await canned.delete_canned(connection, caller.workspace_id, canned_reply_id)
    return Response(status_code=204)


@router.post("/conversations/{conversation_id}/canned-replies/render", response_model=RenderedReplyView)
async def render_canned_reply(request: Request, conversation_id: UUID, body: RenderCannedReply, caller: Reader, parts: PartsOf) -> Response:
    """Fill one for a conversation, to be read over; nothing is sent."""
    asked = canned.Asked(
        conversation=ConversationId(conversation_id),
        shortcut=body.shortcut,
        language=body.language,
        member=caller.member_id,
        name=caller.name,
        preference_link=(
            partial(parts.links.link, caller.workspace_id, now=parts.clock.now()) if "conversations:write" in caller.scopes else None
        ),
    )

    async def act(connection: Connection) -> tuple[int, object]:
        return 200, rendered_view(await canned.render_canned(connection, caller.workspace_id, asked))

    return await once(request, parts.database, caller, act)
