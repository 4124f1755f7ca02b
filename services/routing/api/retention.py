"""The dry run of retention in routing: what would go by rules, and of whom. The rules are kept by identity."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.contracts.retention import read_rule
from services.contracts.views.retention import RetentionDueView, due_view
from services.kit.access import Caller, require
from services.kit.errors import MalformedError
from services.kit.pagination import Page
from services.kit.retaining import KeptRule, find_policy, preview_rules
from services.routing.api.edge import PartsOf

router = APIRouter(prefix="/v1", tags=["retention"])
Keeper = Annotated[Caller, Depends(require("people:erase"))]
Tried = Annotated[
    list[str] | None, Query(max_length=50, description="A rule to try: kind:days, or people:days:stakeholder. None: those in force.")
]


@router.get("/retention/preview/work")
async def preview(caller: Keeper, parts: PartsOf, rule: Tried = None) -> Page[RetentionDueView]:
    """What would go in routing now, and of whom; nothing does."""
    tried = _tried(rule or ())
    async with parts.database.transaction(caller.workspace_id) as connection:
        policy = await find_policy(connection, caller.workspace_id)
        rules = tried or (policy.rules if policy else ())
        held = policy.held if policy else ()
        found = await preview_rules(connection, caller.workspace_id, parts.retainer, rules, held=held, now=parts.clock.now())
    items = [
        due_view(kind=each.rule.kind, narrowed=each.rule.narrowed, what=each.step, count=each.count, more=each.more, people=each.people)
        for each in found
    ]
    return Page(items=items, next_cursor=None)


def _tried(texts: Sequence[str]) -> tuple[KeptRule, ...]:
    try:
        rules = [read_rule(each) for each in texts]
    except ValueError as error:
        raise MalformedError(f"A rule is kind:days or people:days:stakeholder; {error}.") from error
    return tuple(KeptRule(kind=each.kind, days=each.days, narrowed=each.stakeholder or "") for each in rules)
