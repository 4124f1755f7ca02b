"""The rules of a workspace as a service knows them, and the steps that they call for. Called in the edge's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection
from services.kit.ids import FIRST_ID, new_id

_KEEP = """
INSERT INTO retention_policy (workspace_id, told, version, rules, held) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT retention_policy_pkey
DO UPDATE SET told = EXCLUDED.told, version = EXCLUDED.version, rules = EXCLUDED.rules, held = EXCLUDED.held
WHERE retention_policy.told < EXCLUDED.told RETURNING told
"""
_FIND = "SELECT told, version, rules, held FROM retention_policy WHERE workspace_id = $1"
# A sweep that works on one of them now ends first, and nothing goes any more by the rules of before.
_END_STEPS = "UPDATE retention_step SET due_at = NULL WHERE workspace_id = $1 AND step <> ALL($2::text[])"
_BEGIN_STEPS = """
INSERT INTO retention_step (workspace_id, step, told, run_id, after, skipped, counts, begun_at, due_at)
SELECT $1, step, $3, run_id, $5, false, '{}', $4, $4 FROM unnest($2::text[], $6::uuid[]) AS s (step, run_id) ORDER BY step
ON CONFLICT ON CONSTRAINT retention_step_pkey DO UPDATE SET told = EXCLUDED.told, run_id = EXCLUDED.run_id, after = EXCLUDED.after,
    skipped = false, counts = '{}', begun_at = EXCLUDED.begun_at, due_at = EXCLUDED.due_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule: what is older than so many days goes. `narrowed` is what it is narrowed to, empty where to nothing."""

    kind: str
    days: int
    narrowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules, and the profiles that were named as held. `told` orders what was told of them."""

    told: int
    version: int
    rules: tuple[KeptRule, ...]
    held: tuple[UUID, ...] = ()


async def keep_policy(connection: Connection, workspace: WorkspaceId, policy: Policy, *, steps: Mapping[str, str], now: datetime) -> bool:
    """Let this be in force where it is newer: its steps begin anew, those without a rule end. `steps` are names, with their kinds.

    Gives whether it was newer.
    """
    rules = msgspec.json.encode(policy.rules).decode()
    kept = await connection.fetchval(_KEEP, workspace, policy.told, policy.version, rules, list(policy.held))
    if kept is None:
        return False
    wanted = sorted({step_key(name, rule) for rule in policy.rules for name, kind in steps.items() if kind == rule.kind})
    await connection.execute(_END_STEPS, workspace, wanted)
    await connection.execute(_BEGIN_STEPS, workspace, wanted, policy.told, now, FIRST_ID, [new_id() for _ in wanted])
    return True


async def find_policy(connection: Connection, workspace: WorkspaceId) -> Policy | None:
    """What is in force; None where nothing was ever set."""
    row = await connection.fetchrow(_FIND, workspace)
    if row is None:
        return None
    rules = msgspec.json.decode(row["rules"], type=tuple[KeptRule, ...])
    return Policy(told=row["told"], version=row["version"], rules=rules, held=tuple(row["held"]))


def step_key(step: str, rule: KeptRule) -> str:
    """By which a step of a rule is known."""
    return f"{step}:{rule.narrowed}" if rule.narrowed else step
