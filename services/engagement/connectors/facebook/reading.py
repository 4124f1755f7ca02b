"""What a piece of a delivery means: the table of the fields that a Page can be subscribed to. Called by the connector; pure."""

from dataclasses import replace

from services.engagement.connectors.facebook.envelopes import Piece, Shape
from services.engagement.connectors.facebook.feed import read_change
from services.engagement.connectors.facebook.messaging import read_item
from services.engagement.connectors.facebook.objects import COMMENT, read_object, sort_of
from services.engagement.connectors.facebook.people import Setting, ident, owner_of
from services.engagement.protocol import Delivery, Parsed

READ = {"feed", "mention", "ratings", "group_feed"}
# Comments below a page of a website of ours, by Facebook's plugin: the value is the comment as the Graph API tells it.
_PLUGIN = {"plugin_comment", "plugin_comment_reply"}
IGNORED = {
    "conversations": "news of a conversation, whose messages come by themselves",
    "leadgen": "a lead form was filled in; its answers have to be asked for with the ads permission",
    "leadgen_fat": "a lead form was filled in; its answers have to be asked for with the ads permission",
    "live_videos": "a live video changed its state",
    "videos": "a video changed its state",
    "inbox_labels": "a label was put on a person, or taken away",
    "messaging_handovers": "the thread was handed to another app",
    "messaging_policy_enforcement": "Meta warns, blocks or unblocks the Page: see its Page Quality",
    "business_integrity": "Meta warns, blocks or unblocks the Page: see its Page Quality",
    "page_change_proposal": "Meta proposes a change of the Page",
    "page_upcoming_change": "Meta is going to change the Page",
    "user_action": "a product was looked at",
    "product_review": "a review of a product, which names nobody",
    "merchant_review": "a review of a shop, which names nobody",
    "registration": "somebody registered for news of a shop",
    "send_cart": "a cart in progress; what is bought arrives as payment",
    "publisher_subscriptions": "a subscription of a publisher changed",
    "share_preference": "how the Page may be shared changed",
    "members": "members of a workplace changed",
    "products": "what the Page offers changed",
    "calls": "a call; what is said in it does not come as text",
}
# The fields of a Page's own profile: news about ourselves.
_PROFILE = {
    *("about", "affiliation", "artists_we_like", "attire", "awards", "band_interests", "band_members", "best_page", "bio", "birthday"),
    *(
        "booking_agent",
        "built",
        "category",
        "checkins",
        "company_overview",
        "contact_address",
        "cover",
        "culinary_team",
        "current_location",
    ),
    *(
        "description",
        "directed_by",
        "display_subtext",
        "email",
        "emails",
        "fan_count",
        "features",
        "food_styles",
        "founded",
        "general_info",
    ),
    *(
        "general_manager",
        "genre",
        "global_brand_page_name",
        "has_added_app",
        "hometown",
        "hours",
        "impressum",
        "influences",
        "is_published",
    ),
    *("leadgen_tos_accepted", "link", "location", "members", "mission", "mpg", "name", "network", "page_about_story", "parking"),
    *("payment_options", "personal_info", "personal_interests", "pharma_safety_info", "phone", "picture", "plot_outline", "press_contact"),
    *("price_range", "produced_by", "public_transit", "record_label", "release_date", "restaurant_services", "restaurant_specialties"),
    *("schedule", "screenplay_by", "season", "spherical_photo", "starring", "studio", "supports_instant_articles", "username"),
    *("verification_status", "website", "were_here_count", "written_by", "feature_access_list", "invoice_access_invoice_change"),
    *("invoice_access_invoice_draft_change", "invoice_access_onboarding_status_active", "mcom_invoice_change", "local_delivery"),
    *("payment_request_update", "otp_verification", "in_thread_lead_form_submit", "story_share", "video_text_question_responses"),
}


def read_piece(piece: Piece, *, delivery: Delivery) -> Parsed:
    """What one piece means. What is about a Page that has no channel here is not this channel's."""
    ours = delivery.channel.account
    if piece.page.isdigit() and ours.isdigit() and piece.page != ours:
        return Parsed(ignored=f"about the Page {piece.page[:50]}, which is not this channel's {ours}")
    setting = Setting(
        page=piece.page or delivery.channel.account or _wall_of(piece),
        channel=delivery.channel,
        entry_time=piece.time,
        received_at=delivery.received_at,
        digest=piece.digest,
        standby=piece.shape is Shape.STANDBY,
    )
    if piece.shape in {Shape.ITEM, Shape.STANDBY}:
        # A bare item names its Page itself.
        return read_item(piece.content, setting=setting if piece.page else replace(setting, page=delivery.channel.account))
    if piece.shape is Shape.OBJECT:
        sort = (sort_of(piece.content, page=setting.page) if not piece.page else None) or piece.note
        return read_object(piece.content, sort=sort, post=piece.post, setting=setting)
    if piece.shape is Shape.CHANGE:
        return _change(piece, setting=setting)
    return Parsed(ignored=piece.note) if piece.shape is Shape.NOTHING else Parsed(unknown=piece.note)


def _wall_of(piece: Piece) -> str:
    """Which Page a change of a wall is about, where nobody says: the first half of its post's id."""
    told = piece.shape is Shape.CHANGE and piece.note == "feed"
    return owner_of(ident(piece.content.get("post_id"))) or "" if told else ""


def _change(piece: Piece, *, setting: Setting) -> Parsed:
    field = piece.note
    if field in READ and piece.content:
        return read_change(piece.content, field=field, setting=setting)
    if field in _PLUGIN and piece.content:
        return read_object(piece.content, sort=COMMENT, post=owner_of(ident(piece.content.get("id"))), setting=setting)
    if field in IGNORED:
        return Parsed(ignored=IGNORED[field])
    if field in _PROFILE:
        return Parsed(ignored=f"the Page's own {field} changed")
    if not piece.content and (field in READ or field.startswith(("messag", "standby", "response_feedback"))):
        return Parsed(ignored=f"a change of {field[:50]} without content")
    return Parsed(unknown=f"field {field[:50]}")


def together(read: list[Parsed]) -> Parsed:
    """Several pieces in one item: all their events, or what the first of the unread says."""
    events = tuple(event for each in read for event in each.events)
    if events:
        return Parsed(events=events)
    return next((each for each in read if each.unknown), read[0])
