"""Rows of composing's tables as the views of contracts. Called by REST and batch routes."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from services.contracts.ids import ChannelId
from services.contracts.views.composing import (
    ApprovalRuleView,
    CannedReplyView,
    DayView,
    DraftView,
    HolidayView,
    HoursView,
    PeriodView,
    PromiseView,
    RenderedReplyView,
)
from services.contracts.vocabulary import Discipline, PromiseState
from services.engagement.business_hours import Hours
from services.engagement.composing.approvals import ANY
from services.engagement.composing.canned import Rendered
from services.kit import calendars


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


def canned_reply_view(row: asyncpg.Record) -> CannedReplyView:
    """A canned reply."""
    return CannedReplyView(**dict(row))


def rendered_view(rendered: Rendered) -> RenderedReplyView:
    """A canned reply filled for a conversation."""
    return RenderedReplyView(
        canned_reply_id=rendered.canned["id"],
        language=rendered.canned["language"],
        text=rendered.filled.text,
        unfilled=rendered.filled.unfilled,
    )


def promise_view(row: asyncpg.Record) -> PromiseView:
    """A promise."""
    return PromiseView(
        id=row["id"],
        conversation_id=row["conversation_id"],
        profile_id=row["profile_id"],
        member_id=row["member_id"],
        text=row["text"],
        due_at=row["due_at"],
        state=PromiseState(row["state"]),
        made_at=row["made_at"],
        settled_at=row["settled_at"],
        settled_by=row["settled_by"],
        version=row["version"],
    )


def hours_view(stored: object, *, now: datetime) -> HoursView | None:
    """A channel's hours as they stand on its row, and whether it is open."""
    if not stored:
        return None
    hours = msgspec.convert(stored, type=Hours)
    open_now = calendars.is_open(hours, now)
    return HoursView(
        time_zone=hours.time_zone,
        week=tuple(
            DayView(day, tuple(PeriodView(each.opens, each.closes) for each in periods))
            for day, periods in zip(calendars.DAYS, hours.week, strict=True)
        ),
        holidays=tuple(HolidayView(each.day, each.name) for each in hours.holidays),
        notice=hours.notice,
        holiday_notice=hours.holiday_notice,
        open_now=open_now,
        next_opening=None if open_now else calendars.next_opening(hours, now),
    )
