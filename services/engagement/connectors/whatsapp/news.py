"""What else WhatsApp tells: of groups, of people's preferences and ids, of the account. Called by parsing; pure.

Vendor's pages: .../whatsapp/webhooks/reference/user_preferences, .../groups/webhooks, .../business-scoped-user-ids.
"""

from collections.abc import Iterator

from services.contracts.interaction import Author, NeutralEvent
from services.contracts.vocabulary import Kind
from services.engagement.connectors.whatsapp.deliveries import Plain
from services.engagement.connectors.whatsapp.messages import Setting
from services.engagement.connectors.whatsapp.payloads import PlatformError, read
from services.engagement.connectors.whatsapp.people import NETWORK, contacts_of, person, phones_of, venue_of
from services.engagement.connectors.whatsapp.reports import Action, GroupNews, IdChange, Participant, Preference
from services.engagement.protocol import Parsed

_AUTOMATIC = "notice of the platform"

IGNORED_FIELDS = {
    "account_alerts": "a limit, the profile or the badge of the account changed",
    "account_review_update": "the account was reviewed",
    "account_settings_update": "a setting of a number changed",
    "account_update": "the account changed",
    "automatic_events": "a purchase or lead that Meta guessed",
    "business_capability_update": "what the account may do changed",
    "business_status_update": "the business changed",
    "business_username_update": "our username changed",
    "calls": "a call: calls are not taken here",
    "campaign_status_update": "a campaign changed",
    "flows": "a form of ours changed",
    "group_lifecycle_update": "a group was made or removed",
    "group_participants_update": "a group changed, and nobody is named",
    "group_settings_update": "a group's settings changed",
    "group_status_update": "a group was suspended or released",
    "history": "a part of the past without messages",
    "message_echoes": "an echo without a message",
    "message_template_components_update": "the words of a template changed",
    "message_template_quality_update": "the quality of a template changed",
    "message_template_status_update": "a template was approved, refused or paused",
    "messaging_handovers": "a chat was handed to another app",
    "partner_solutions": "a solution with a partner changed",
    "payment_configuration_update": "how we take payments changed",
    "phone_number_name_update": "the name that our number shows was reviewed",
    "phone_number_quality_update": "the quality or limit of our number changed",
    "phone_number_settings_update": "a setting of a number changed",
    "security": "a security setting of a number changed",
    "smb_app_state_sync": "the address book of the WhatsApp Business app",
    "smb_message_echoes": "an echo without a message",
    "standby": "a chat that another app answers",
    "template_category_update": "the category of a template changed",
    "template_correct_category_detection": "Meta would put a template into another category",
    "tracking_events": "clicks that were counted",
    "user_actions": "clicks that were counted",
    "user_id_update": "an id changed, and nobody is named",
    "user_preferences": "a preference changed, and nobody is named",
}
# What says of which template or number it is, and what became of it; in this order.
_TELLING = (
    "message_template_name",
    "message_template_language",
    "display_phone_number",
    "event",
    "previous_quality_score",
    "new_quality_score",
    "previous_category",
    "new_category",
    "current_limit",
    "decision",
    "reason",
)
# Fields that are younger than this list, by what they begin with.
_ABOUT_US = ("account_", "business_", "message_template_", "partner_", "payment_", "phone_number_", "template_", "marketing_messages_")


def reason_of(topic: str, *, value: Plain | None = None) -> str | None:
    """Why a change of this field carries no event; None for one that is not known. `value` may name what happened."""
    known = IGNORED_FIELDS.get(topic) or ("something about our own account" if topic.startswith(_ABOUT_US) else None)
    if known is None:
        return None
    told = [str(each)[:60] for name in _TELLING if isinstance(each := (value or {}).get(name), str | int) and each]
    return f"{topic}: {known} ({', '.join(told)})" if told else f"{topic}: {known}"


def read_group(setting: Setting) -> Parsed:
    """Who joined and who left; everything else about groups names nobody."""
    news = read(setting.unit.item, into=GroupNews)
    if news.errors and not news.added_participants and not news.removed_participants:
        return Parsed(ignored=f"a group: {news.errors[0].words()}"[:200])
    events = (
        *_members(news.added_participants, kind=Kind.FOLLOW, news=news, setting=setting),
        *_members(news.removed_participants, kind=Kind.UNFOLLOW, news=news, setting=setting),
    )
    return Parsed(events=events) if events else Parsed(ignored=f"news of a group: {news.type or 'of no kind'}"[:200])


def read_preference(setting: Setting) -> Parsed:
    """Somebody does not want to hear from us for a purpose any more, or again. Meta itself refuses what was not wanted."""
    told = read(setting.unit.item, into=Preference)
    who = person(setting.unit, phone=told.wa_id, user_id=told.user_id)
    if who is None:
        return Parsed(ignored="the preference of nobody")
    at = setting.time(told.timestamp)
    facts = {"preference": told.category, "wanted": told.value}
    event = NeutralEvent(
        id=f"preference:{who.external_id}:{told.category}:{told.value}:{told.timestamp}",
        occurred_at=at,
        kind=Kind.NOTE,
        author=who,
        venue=venue_of(setting.unit, channel=setting.channel),
        text=told.detail or f"{told.category}: {told.value}",
        automatic=_AUTOMATIC,
        extra={name: value for name, value in facts.items() if value},
    )
    return Parsed(events=(event,))


def read_id_change(setting: Setting) -> Parsed:
    """Somebody's id for this business became another: the author as they were, with the number that holds them together."""
    told = read(setting.unit.item, into=IdChange)
    who = person(setting.unit, phone=told.wa_id, user_id=told.user_id.previous)
    if who is None:
        return Parsed(ignored="a new id of nobody")
    event = NeutralEvent(
        id=f"id:{who.external_id}:{told.user_id.current}:{told.timestamp}",
        occurred_at=setting.time(told.timestamp),
        kind=Kind.NOTE,
        author=who,
        venue=venue_of(setting.unit, channel=setting.channel),
        text=told.detail,
        automatic=_AUTOMATIC,
        extra={"moved_to": told.user_id.current} if told.user_id.current else {},
    )
    return Parsed(events=(event,))


def read_action(setting: Setting) -> Parsed:
    """A link of ours was opened; mostly WhatsApp does not say by whom."""
    told = read(setting.unit.item, into=Action)
    who = person(setting.unit, phone=None, user_id=None) if contacts_of(setting.unit.around) else None
    if who is None:
        return Parsed(ignored="a click on a link of ours, by nobody who is named")
    click = told.marketing_messages_link_click_data
    event = NeutralEvent(
        id=f"click:{click.click_id or f'{who.external_id}:{told.timestamp}'}",
        occurred_at=setting.time(told.timestamp),
        kind=Kind.CLICK,
        author=who,
        venue=venue_of(setting.unit, channel=setting.channel),
        text=click.click_component,
    )
    return Parsed(events=(event,))


def read_errors(told: object) -> Parsed:
    """Errors of the account, of no message."""
    errors = [read(each, into=PlatformError) for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return Parsed(ignored=f"errors: {'; '.join(error.words() for error in errors) or 'of no kind'}"[:300])


def _members(participants: list[Participant], *, kind: Kind, news: GroupNews, setting: Setting) -> Iterator[NeutralEvent]:
    for each in participants:
        number = each.wa_id or each.input
        known = number or each.user_id
        if not known:
            continue
        at = setting.time(news.timestamp)
        author = Author(network=NETWORK, external_id=known, handle=(each.username or "").lstrip("@") or None, phones=phones_of(number))
        yield NeutralEvent(
            id=f"{news.group_id}:{kind.value}:{known}:{news.timestamp}",
            occurred_at=at,
            kind=kind,
            author=author,
            venue=venue_of(setting.unit, channel=setting.channel, group=news.group_id),
        )
