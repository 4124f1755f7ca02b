"""Takes what a person says behind a signed link: once, changeable for a day. Runs in the caller's transaction.

Called by the door. A low rating opens the conversation for its owner again and lets the owner know; a good one asks for a review.
"""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.events import RatingGiven
from services.contracts.ids import ChannelId, ConversationId, MemberId, ProfileId, ReplyId, WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Discipline, NotificationKind
from services.engagement.conversations.changing import Wish, change_conversations, resolve
from services.engagement.conversations.colleagues import first_at_work
from services.engagement.notifications.telling import Matter, tell
from services.engagement.satisfaction.errors import LinkExpiredError, RatedAlreadyError, RatingNotFoundError
from services.engagement.satisfaction.reviews import Review, ask_for_review
from services.engagement.statements import notifications as notification_statements
from services.engagement.statements import satisfaction as statements
from services.kit import outbox
from services.kit.db import Connection

CHANGEABLE_FOR = timedelta(days=1)
LOW = 2


async def open_rating(connection: Connection, workspace: WorkspaceId, rating: UUID, *, now: datetime) -> asyncpg.Record:
    """A question that may be answered now, locked. Raises RatingNotFoundError, LinkExpiredError, RatedAlreadyError."""
    row = await statements.locked_rating(connection, workspace, rating)
    if row is None:
        raise RatingNotFoundError
    if row["rated_at"] is not None and row["rated_at"] + CHANGEABLE_FOR <= now:
        raise RatedAlreadyError
    if row["rated_at"] is None and row["expires_at"] <= now:
        raise LinkExpiredError
    return row


async def rate(
    connection: Connection, workspace: WorkspaceId, rating: UUID, *, stars: int, comment: str | None, now: datetime
) -> Review | None:
    """Keep what a person said, 1 to 5 stars; without a comment the earlier one stands. Raises as open_rating.

    Gives where they are asked for a review, if they are.
    """
    row = await open_rating(connection, workspace, rating, now=now)
    rated_at = row["rated_at"] or now
    words = row["comment"] if comment is None else comment
    await statements.rate(connection, workspace, rating, stars=stars, comment=words, rated_at=rated_at)
    given = RatingGiven(
        conversation_id=ConversationId(row["conversation_id"]),
        channel_id=ChannelId(row["channel_id"]),
        profile_id=ProfileId(row["profile_id"]),
        reply_id=ReplyId(row["reply_id"]),
        member_id=MemberId(row["member_id"]),
        discipline=None if row["discipline"] is None else Discipline(row["discipline"]),
        stars=stars,
        changed=row["rated_at"] is not None,
        at=now,
    )
    await outbox.append(connection, workspace, [given], now=now)
    was_low = row["stars"] is not None and row["stars"] <= LOW
    if stars <= LOW and not was_low:
        await _bring_back(connection, workspace, row, stars=stars, now=now)
    return await ask_for_review(connection, workspace, rating, stars=stars, now=now)


async def _bring_back(connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, *, stars: int, now: datetime) -> None:
    """Open the thread for its owner, or for whoever gave the answer, who is told; for nobody where neither works here any more."""
    conversation = await resolve(connection, workspace, ConversationId(row["conversation_id"]))
    (thread,) = await notification_statements.owners_of(connection, workspace, [conversation])
    owner = await first_at_work(connection, workspace, [MemberId(each) for each in (thread["owner_id"], row["member_id"]) if each])
    wish = Wish(status=ConversationStatus.OPEN, sets_owner=True, owner=owner)
    await change_conversations(connection, workspace, [conversation], wish, version=None, member=None, now=now)
    matter = Matter(
        kind=NotificationKind.LOW_RATING,
        id=conversation,
        conversation=conversation,
        channel=row["channel_id"],
        reason=f"{stars} of 5",
        to=frozenset() if owner is None else frozenset({owner}),
        discipline=None if row["discipline"] is None else Discipline(row["discipline"]),
    )
    await tell(connection, workspace, [matter], now=now)
