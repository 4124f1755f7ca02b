"""What engagement answers to the gateway about writing: drafts, canned replies, promises, hours. Plain data, as contracts.views."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ChannelId, ConversationId, InteractionId, MemberId
from services.contracts.vocabulary import Discipline


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What a member has begun to write in a conversation. `version` guards it against the member's other screens."""

    conversation_id: ConversationId
    member_id: MemberId
    text: str
    in_reply_to: InteractionId | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRuleView:
    """Which public replies of a channel wait for another member: all, or those about matters of these disciplines."""

    channel_id: ChannelId
    all: bool
    disciplines: tuple[Discipline, ...]
