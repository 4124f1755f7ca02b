"""What engagement answers about ratings. Plain data; encoded as JSON with these names."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, ConversationId, MemberId, RatingId, ReplyId
from services.contracts.vocabulary import Discipline


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingView:
    """What a person said of an answer: 1 to 5 stars, and words if they gave any; and when they were asked for a review, if they were."""

    id: RatingId
    conversation_id: ConversationId
    channel_id: ChannelId
    reply_id: ReplyId
    member_id: MemberId
    discipline: Discipline | None
    stars: int
    comment: str
    rated_at: datetime
    review_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageView:
    """The ratings of a member, a discipline or a channel (`key`) in a time; `low` counts those of one and two stars."""

    key: str
    count: int
    average: float
    low: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionView:
    """Whether a channel asks people how satisfied they are, and how many minutes after an answer.

    `review_url` is where those who were are asked to write a review, with the words `review_text` (empty: the product's own).
    """

    asks: bool = False
    delay_minutes: int = 60
    review_url: str | None = None
    review_text: str = ""
