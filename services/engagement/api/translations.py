"""REST of the translation slot: a text, or what an interaction says, in another language. Nothing is kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from services.contracts.views.composing import TranslationView
from services.engagement.api.edge import Parts, PartsOf
from services.engagement.errors import InteractionNotFoundError
from services.engagement.statements import reading
from services.engagement.translating import Translator
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.idempotency import once_detached

router = APIRouter(prefix="/v1", tags=["translation"])
Writer = Annotated[Caller, Depends(require("conversations:write"))]
Language = Annotated[str, Field(pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}$")]
TEXT_LIMIT_CHARS = 20_000


class TranslateText(RequestBody):
    """What to translate, and into which language."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT_CHARS, pattern=r"\S")]
    to: Language


class TranslateInteraction(RequestBody):
    """Into which language."""

    to: Language


def translator_of(request: Request) -> Translator:
    """The provider of the application that serves this request."""
    translator: Translator = request.app.state.translator
    return translator


Provider = Annotated[Translator, Depends(translator_of)]


@router.post("/translations", response_model=TranslationView)
async def translate_text(request: Request, body: TranslateText, caller: Writer, parts: PartsOf, provider: Provider) -> Response:
    """A text in another language."""

    async def work() -> tuple[int, object]:
        translated = await provider.translate(body.text, to=body.to)
        return 200, TranslationView(text=translated.text, language=translated.language)

    return await once_detached(request, parts.database, caller, work)


@router.post("/interactions/{interaction_id}/translation", response_model=TranslationView)
async def translate_interaction(
    request: Request, interaction_id: UUID, body: TranslateInteraction, caller: Writer, parts: PartsOf, provider: Provider
) -> Response:
    """What an interaction says in another language; empty where it has no words."""

    async def work() -> tuple[int, object]:
        return 200, await _translated(parts, caller, interaction_id, provider=provider, to=body.to)

    return await once_detached(request, parts.database, caller, work)


async def _translated(parts: Parts, caller: Caller, interaction_id: UUID, *, provider: Translator, to: str) -> TranslationView:
    async with parts.database.transaction(caller.workspace_id) as connection:
        rows = await reading.interactions_by_id(connection, caller.workspace_id, [interaction_id])
    if not rows:
        raise InteractionNotFoundError
    text = (rows[0]["text"] or "")[:TEXT_LIMIT_CHARS]
    if not text.strip():
        return TranslationView(text="", language=None)
    translated = await provider.translate(text, to=to)
    return TranslationView(text=translated.text, language=translated.language)
