"""Ratings as they are shown. Called by the edges."""

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, MemberId, RatingId, ReplyId
from services.contracts.views.ratings import AverageView, RatingView
from services.contracts.vocabulary import Discipline


def rating_view(row: asyncpg.Record) -> RatingView:
    """One row that was answered."""
    return RatingView(
        id=RatingId(row["id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        channel_id=ChannelId(row["channel_id"]),
        reply_id=ReplyId(row["reply_id"]),
        member_id=MemberId(row["member_id"]),
        discipline=None if row["discipline"] is None else Discipline(row["discipline"]),
        stars=row["stars"],
        comment=row["comment"],
        rated_at=row["rated_at"],
        review_asked_at=row["review_asked_at"],
    )


def average_view(row: asyncpg.Record) -> AverageView:
    """One group."""
    return AverageView(key=row["key"], count=row["count"], average=round(row["average"], 2), low=row["low"])
