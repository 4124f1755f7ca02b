"""What a message says and carries: text, attachments, where its writer came from. Called by messages; pure."""

from collections.abc import Iterable

from services.contracts.interaction import Attachment
from services.engagement.connectors.instagram.payloads import Element, Message, MessageAttachment, Referral
from services.engagement.connectors.instagram.people import text_id
from services.engagement.protocol import MediaKind

HEART = "like_heart"
STORY_MENTION = "story_mention"
_KINDS = {
    "image": MediaKind.IMAGE,
    "animated_media": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "ig_reel": MediaKind.VIDEO,
    "reel": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "voice": MediaKind.VOICE,
    "file": MediaKind.FILE,
    "share": MediaKind.LINK,
    "ig_post": MediaKind.LINK,
    "post": MediaKind.LINK,
    "fallback": MediaKind.LINK,
    "location": MediaKind.LOCATION,
    "sticker": MediaKind.STICKER,
    "avatar_sticker": MediaKind.STICKER,
    HEART: MediaKind.STICKER,
    "story": MediaKind.STORY,
    "ig_story": MediaKind.STORY,
    STORY_MENTION: MediaKind.STORY,
}


def text_of(message: Message) -> str | None:
    """The words of a message: its own, those of its cards, or the heart that stands for them."""
    if message.text:
        return message.text
    cards = [line for attachment in message.attachments for line in _words(attachment)]
    if cards:
        return "\n".join(cards)
    return "❤️" if any(attachment.type == HEART for attachment in message.attachments) else None


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """All media in their order, then the story that is answered; what Instagram shows to no program is one of kind `other`."""
    # A shared post comes twice for some time: by its old type and by its new one.
    found = list({(each.kind, each.url or place): each for place, each in enumerate(map(_attachment, message.attachments))}.values())
    if message.sticker_id is not None and not found:
        found.append(Attachment(kind=MediaKind.STICKER, reference=text_id(message.sticker_id)))
    if not found and not message.text:
        found.append(Attachment(kind=MediaKind.OTHER, name="unsupported"))
    story = message.reply_to.story if message.reply_to else None
    if story:
        found.append(Attachment(kind=MediaKind.STORY, url=story.url or story.link, reference=text_id(story.id) or None))
    return tuple(found)


def mentions_us_in_a_story(message: Message) -> bool:
    """Whether the message says that its writer named us in a story."""
    return any(attachment.type == STORY_MENTION for attachment in message.attachments)


def referral_facts(referral: Referral | None) -> dict[str, str]:
    """Facts of a referral that have no column."""
    if referral is None:
        return {}
    facts = {
        "referral_source": referral.source,
        "referral_type": referral.type,
        "ad_title": referral.ads_context_data.ad_title if referral.ads_context_data else None,
        "product_id": text_id(referral.product.id) if referral.product else None,
    }
    return {name: value for name, value in facts.items() if value}


def _attachment(attachment: MessageAttachment) -> Attachment:
    payload = attachment.held
    kind = _KINDS.get((attachment.type or "").lower(), MediaKind.OTHER)
    if payload.sticker_id is not None:
        kind = MediaKind.STICKER
    point = payload.coordinates
    known = point and point.lat is not None and point.long is not None
    place = f"geo:{point.lat},{point.long}" if known and point else None
    name = attachment.type if kind in {MediaKind.OTHER, MediaKind.STICKER} else None
    ids = (payload.reel_video_id, payload.ig_post_media_id, payload.story_media_id, payload.sticker_id)
    reference = next((text_id(each) for each in ids if each), None)
    return Attachment(
        kind=kind,
        url=place or payload.url or payload.story_media_url or attachment.url,
        reference=reference,
        name=payload.title or attachment.title or name,
    )


def _words(attachment: MessageAttachment) -> Iterable[str]:
    """What a template says."""
    payload = attachment.held
    if attachment.type not in {"template", "fallback"}:
        return ()
    cards: list[Element] = [*payload.elements]
    for cards_of in (payload.generic, payload.product):
        cards += cards_of.elements if cards_of else []
    lines = [payload.text, *(part for card in cards for part in (card.title, card.subtitle))]
    return [line for line in lines if line]
