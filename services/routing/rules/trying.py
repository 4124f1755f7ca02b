"""What a condition would have matched in the last days, with the reasons. Called by REST; changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.ids import ConversationId, InteractionId, WorkspaceId
from services.kit.db import Connection
from services.routing.rules.expression import Condition, told
from services.routing.statements import triage as statements

MOST_TRIED, SHOWN = 5_000, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A message that it matches, and which of its tests held."""

    interaction_id: InteractionId
    conversation_id: ConversationId
    triaged_at: datetime
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How many of the `tried` messages it matches, the newest of them, and the condition as words. `capped`: there were more to try."""

    condition: str
    tried: int
    matched: int
    capped: bool
    matches: tuple[Match, ...]


async def try_condition(connection: Connection, workspace: WorkspaceId, condition: Condition, *, days: int, now: datetime) -> Trial:
    """Judge the newest messages of the last days, 5,000 at most; those that are confidential stay out."""
    rows = await statements.recent_results(connection, workspace, since=now - timedelta(days=days), limit=MOST_TRIED + 1)
    matches = [
        Match(
            interaction_id=InteractionId(row["interaction_id"]),
            conversation_id=ConversationId(row["conversation_id"]),
            triaged_at=row["triaged_at"],
            why=why,
        )
        for row in rows[:MOST_TRIED]
        for held, why in [condition.judge(dict(row))]
        if held
    ]
    return Trial(
        condition=told(condition),
        tried=min(len(rows), MOST_TRIED),
        matched=len(matches),
        capped=len(rows) > MOST_TRIED,
        matches=tuple(matches[:SHOWN]),
    )
