"""The slice of the JSON that is no message: statuses, groups, preferences, ids. Every field may be missing or odd.

Vendor's pages: .../whatsapp/webhooks/reference/messages/status, user_preferences, .../groups/webhooks, .../business-scoped-user-ids.
"""

import msgspec
from msgspec import field

from services.engagement.connectors.whatsapp.payloads import PlatformError


class Origin(msgspec.Struct):
    """Who began a conversation, in the older way of charging."""

    type: str | None = None


class Charged(msgspec.Struct):
    """The conversation that a message was charged to."""

    id: str | None = None
    origin: Origin = field(default_factory=Origin)


class Pricing(msgspec.Struct):
    """Whether and how a message was charged."""

    billable: bool | None = None
    pricing_model: str | None = None
    category: str | None = None
    type: str | None = None


class Amount(msgspec.Struct):
    """An amount in units of 1/offset."""

    value: float | None = None
    offset: float | None = None


class Payment(msgspec.Struct):
    """A payment that a person made in the chat."""

    reference_id: str | None = None
    amount: Amount = field(default_factory=Amount)
    currency: str | None = None


class Status(msgspec.Struct):
    """News of something that we sent: a message, and with `type` also a payment or a call."""

    id: str | None = None
    status: str | None = None
    type: str | None = None
    timestamp: object = None
    recipient_id: str | None = None
    recipient_type: str | None = None
    recipient_user_id: str | None = None
    recipient_participant_id: str | None = None
    recipient_participant_user_id: str | None = None
    group_id: str | None = None
    biz_opaque_callback_data: str | None = None
    conversation: Charged = field(default_factory=Charged)
    pricing: Pricing = field(default_factory=Pricing)
    payment: Payment | None = None
    errors: list[PlatformError] = []


class Participant(msgspec.Struct):
    """Who joined or left a group."""

    wa_id: str | None = None
    user_id: str | None = None
    input: str | None = None
    username: str | None = None


class GroupNews(msgspec.Struct):
    """What happened to a group."""

    type: str | None = None
    group_id: str | None = None
    timestamp: object = None
    added_participants: list[Participant] = []
    removed_participants: list[Participant] = []
    errors: list[PlatformError] = []


class Preference(msgspec.Struct):
    """Whether a person wants to hear from us for a purpose."""

    wa_id: str | None = None
    user_id: str | None = None
    category: str | None = None
    value: str | None = None
    detail: str | None = None
    timestamp: object = None


class Renaming(msgspec.Struct):
    """An id and the one before it."""

    previous: str | None = None
    current: str | None = None


class IdChange(msgspec.Struct):
    """A person's id for this business became another."""

    wa_id: str | None = None
    detail: str | None = None
    user_id: Renaming = field(default_factory=Renaming)
    timestamp: object = None


class Click(msgspec.Struct):
    """A link of ours that somebody opened."""

    click_id: str | None = None
    click_component: str | None = None


class Action(msgspec.Struct):
    """What somebody did with a message of ours."""

    action_type: str | None = None
    timestamp: object = None
    marketing_messages_link_click_data: Click = field(default_factory=Click)
