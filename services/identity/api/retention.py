"""Endpoints of retention: how long things are kept, what would go by that, and what went, with people:erase."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from services.contracts.retention import ACTIONS, LONGEST_DAYS, SHORTEST_DAYS, RetentionAction, RetentionKind, RetentionRule
from services.contracts.views.retention import RetentionDueView, RetentionRunView, RetentionView, due_view
from services.contracts.vocabulary import StakeholderKind
from services.identity.audit import actor_of
from services.identity.parts import PartsOf
from services.identity.retention.reports import list_runs
from services.identity.retention.rules import get_rules, save_rules, tried_rules
from services.identity.statements.retention import held_profiles
from services.kit.access import Caller, require
from services.kit.http import RequestBody
from services.kit.pagination import After, Limit, Page
from services.kit.retaining import find_policy, preview_rules

router = APIRouter(prefix="/v1/retention", tags=["retention"])
Keeper = Annotated[Caller, Depends(require("people:erase"))]
Tried = Annotated[
    list[str] | None, Query(max_length=50, description="A rule to try: kind:days, or people:days:stakeholder. None: those in force.")
]


class RuleBody(RequestBody):
    """What is older than `days` goes. `stakeholder` narrows a rule about people to those of one kind."""

    kind: RetentionKind
    days: int = Field(ge=SHORTEST_DAYS, le=LONGEST_DAYS)
    action: RetentionAction | None = None
    stakeholder: StakeholderKind | None = None

    def rule(self) -> RetentionRule:
        """As a plain rule; an action that is left out is the only one that the kind has."""
        action = self.action or ACTIONS[self.kind]
        return RetentionRule(kind=self.kind, days=self.days, action=action, stakeholder=self.stakeholder)


class RulesBody(RequestBody):
    """All rules, and the version that was read (0: none were set yet). What has no rule is kept."""

    rules: list[RuleBody] = Field(max_length=50)
    version: int = Field(ge=0, le=2**31 - 2)


@router.get("")
async def show_rules(caller: Keeper, parts: PartsOf) -> RetentionView:
    """How long what is kept, and of how many people nothing goes."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_rules(connection, caller.workspace_id)


@router.put("")
async def set_rules(body: RulesBody, caller: Keeper, parts: PartsOf) -> RetentionView:
    """Set how long what is kept. Sweeps of every service begin by that within seconds: try the rules at `/preview` before."""
    rules, now = [each.rule() for each in body.rules], parts.clock.now()
    async with parts.app.transaction(caller.workspace_id) as connection:
        saved = await save_rules(connection, caller.workspace_id, rules, version=body.version, by=actor_of(caller), now=now)
    parts.wake()
    return saved


@router.get("/preview")
async def preview(caller: Keeper, parts: PartsOf, rule: Tried = None) -> Page[RetentionDueView]:
    """What would go in identity now, and of whom; nothing does. For the rest ask `/preview/history` and `/preview/work`."""
    workspace, tried = caller.workspace_id, tried_rules(rule or ())
    async with parts.app.transaction(workspace) as connection:
        policy = await find_policy(connection, workspace)
        rules = tried or (policy.rules if policy else ())
        held = await held_profiles(connection, workspace)
        found = await preview_rules(connection, workspace, parts.retainer, rules, held=held, now=parts.clock.now())
    items = [
        due_view(kind=each.rule.kind, narrowed=each.rule.narrowed, what=each.step, count=each.count, more=each.more, people=each.people)
        for each in found
    ]
    return Page(items=items, next_cursor=None)


@router.get("/runs")
async def list_reports(caller: Keeper, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[RetentionRunView]:
    """What went by the rules, in which service; the newest runs first. People have a certificate each: GET /v1/erasures."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_runs(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)
