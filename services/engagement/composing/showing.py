"""Rows of composing's tables as the views of contracts. Called by REST and batch routes."""

from collections.abc import Sequence

import asyncpg

from services.contracts.composing import ApprovalRuleView, DraftView
from services.contracts.ids import ChannelId
from services.contracts.vocabulary import Discipline
from services.engagement.composing.approvals import ANY


def draft_view(row: asyncpg.Record) -> DraftView:
    """A draft."""
    return DraftView(
        conversation_id=row["conversation_id"],
        member_id=row["member_id"],
        text=row["text"],
        in_reply_to=row["answers_id"],
        changed_at=row["changed_at"],
        version=row["version"],
    )


def approval_rule_view(channel: ChannelId, rows: Sequence[asyncpg.Record]) -> ApprovalRuleView:
    """A channel's rules as one."""
    disciplines = [row["discipline"] for row in rows]
    named = tuple(Discipline(each) for each in disciplines if each != ANY)
    return ApprovalRuleView(channel_id=channel, all=ANY in disciplines, disciplines=named)
