"""REST of rules: a condition tried on the last days before anything follows from it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, JsonValue

from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.http import RequestBody
from services.kit.idempotency import once
from services.routing.api.edge import PartsOf
from services.routing.rules.expression import read_condition
from services.routing.rules.trying import Trial, try_condition

router = APIRouter(prefix="/v1", tags=["rules"])
Editor = Annotated[Caller, Depends(require("playbook:write"))]


class TrialBody(RequestBody):
    """A condition, and over how many days it is tried."""

    condition: Annotated[dict[str, JsonValue], Field(description="all, any, not, or a field with one test; docs/triage.md tells all.")]
    days: Annotated[int, Field(ge=1, le=90, description="The last so many days.")] = 7


@router.post("/rules/try", response_model=Trial)
async def try_rule(body: TrialBody, request: Request, caller: Editor, parts: PartsOf) -> Response:
    """What a condition would have matched in the last days, and why. Changes nothing; confidential messages stay out."""
    condition = read_condition(body.condition)

    async def tried(connection: Connection) -> tuple[int, object]:
        return HTTPStatus.OK, await try_condition(connection, caller.workspace_id, condition, days=body.days, now=parts.clock.now())

    return await once(request, parts.database, caller, tried)
