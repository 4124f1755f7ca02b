"""The rules of a workspace, told to every service with the people who are held. Called by REST and by legal holds; never commits.

They are kept where every service keeps them (kit.retaining); here they are changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.contracts.events import RetentionChanged
from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.retention import ACTIONS, LONGEST_DAYS, SHORTEST_DAYS, RetentionKind, RetentionRule, read_rule
from services.contracts.views.retention import RetentionView
from services.contracts.vocabulary import StakeholderKind
from services.identity.audit import Actor, record
from services.identity.errors import RetentionChangedError, RetentionRulesError
from services.identity.statements import retention as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.retaining import KeptRule, Policy, find_policy, keep_policy

# Identity's own steps, and the kind of rule that each obeys; `aging` has what they do.
STEPS: Mapping[str, str] = {
    "dead_letters": RetentionKind.MESSAGES,
    "notes": RetentionKind.NOTES,
    "partner_deliveries": RetentionKind.PARTNER_DELIVERIES,
    "imports": RetentionKind.IMPORTS,
    "strangers": RetentionKind.STRANGERS,
    "people": RetentionKind.PEOPLE,
}
NONE = Policy(told=0, version=0, rules=())


async def get_rules(connection: Connection, workspace: WorkspaceId) -> RetentionView:
    """What is in force; no rules where none were set: everything is kept."""
    return _view(await find_policy(connection, workspace) or NONE, held=await statements.held_profiles(connection, workspace))


async def save_rules(
    connection: Connection, workspace: WorkspaceId, rules: Sequence[RetentionRule], *, version: int, by: Actor, now: datetime
) -> RetentionView:
    """Replace the rules that were read as `version`. Raises RetentionRulesError, RetentionChangedError."""
    kept = kept_rules(rules)
    await statements.retention_lock(connection, workspace)
    known = await find_policy(connection, workspace) or NONE
    if known.version != version:
        raise RetentionChangedError("Read the rules again and repeat.", version=known.version)
    await _tell(connection, workspace, Policy(told=known.told + 1, version=version + 1, rules=kept), now=now)
    told = "; ".join(f"{each.kind}{f' ({each.narrowed})' if each.narrowed else ''}: {each.days} days" for each in kept) or "no rules"
    await record(connection, workspace, "retention.changed", subject=workspace, by=by, now=now, detail=f"version {version + 1}: {told}")
    return await get_rules(connection, workspace)


async def tell_holds(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> None:
    """Let every service know who is held now; nothing to tell where there are no rules, for then nothing goes. The lock is held."""
    known = await find_policy(connection, workspace)
    if known is not None:
        await _tell(connection, workspace, Policy(told=known.told + 1, version=known.version, rules=known.rules), now=now)


async def _tell(connection: Connection, workspace: WorkspaceId, policy: Policy, *, now: datetime) -> None:
    held = await statements.held_profiles(connection, workspace)
    whole = Policy(told=policy.told, version=policy.version, rules=policy.rules, held=held)
    await keep_policy(connection, workspace, whole, steps=STEPS, now=now)
    event = RetentionChanged(
        workspace_id=workspace,
        told=whole.told,
        version=whole.version,
        rules=tuple(_rule(each) for each in whole.rules),
        held=tuple(ProfileId(each) for each in held),
    )
    await outbox.append(connection, workspace, [event], now=now)


def tried_rules(texts: Sequence[str]) -> tuple[KeptRule, ...]:
    """Rules that are tried, as they are written in an address. Raises RetentionRulesError."""
    try:
        return kept_rules([read_rule(each) for each in texts])
    except ValueError as error:
        raise RetentionRulesError(f"A rule is kind:days or people:days:stakeholder; {error}.") from error


def kept_rules(rules: Sequence[RetentionRule]) -> tuple[KeptRule, ...]:
    """As they are kept. Raises RetentionRulesError, which says what to change."""
    kept = tuple(KeptRule(kind=each.kind, days=each.days, narrowed=each.stakeholder or "") for each in rules)
    if len({(each.kind, each.narrowed) for each in kept}) < len(kept):
        raise RetentionRulesError("Give each kind one rule, of people one for each stakeholder kind.")
    for each in rules:
        if not SHORTEST_DAYS <= each.days <= LONGEST_DAYS:
            raise RetentionRulesError(f"Keep {each.kind} for {SHORTEST_DAYS} to {LONGEST_DAYS} days.")
        if each.action is not ACTIONS[each.kind]:
            raise RetentionRulesError(f"The action of {each.kind} is {ACTIONS[each.kind]}.")
        if each.stakeholder is not None and each.kind is not RetentionKind.PEOPLE:
            raise RetentionRulesError("Only a rule about people is narrowed to a stakeholder kind.")
    return kept


def _rule(kept: KeptRule) -> RetentionRule:
    kind = RetentionKind(kept.kind)
    stakeholder = StakeholderKind(kept.narrowed) if kept.narrowed else None
    return RetentionRule(kind=kind, days=kept.days, action=ACTIONS[kind], stakeholder=stakeholder)


def _view(policy: Policy, *, held: Sequence[object]) -> RetentionView:
    return RetentionView(rules=tuple(_rule(each) for each in policy.rules), version=policy.version, held=len(held))
