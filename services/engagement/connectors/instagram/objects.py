"""Objects of Instagram's API as neutral events: what a poll, a back-fill or a person's file brings. Called by reading; pure.

What an object is, its fields tell: Instagram's API names no types.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.instagram.comments import comment_of, read_comment, read_mention
from services.engagement.connectors.instagram.objects_payloads import (
    Conversation,
    Discovered,
    Media,
    MediaData,
    Parties,
    StoredAttachment,
    StoredMessage,
)
from services.engagement.connectors.instagram.payloads import Comment, CommentMedia, Party
from services.engagement.connectors.instagram.people import (
    NOBODY,
    Setting,
    mentions_in,
    moment,
    our_venue,
    person,
    text_id,
    their_venue,
    us,
)
from services.engagement.protocol import MediaKind, Parsed, salvage

_ACCOUNT = re.compile(r"17841[0-9]{12}")
_MEDIA_KINDS = {"VIDEO": MediaKind.VIDEO, "REELS": MediaKind.VIDEO, "CAROUSEL_ALBUM": MediaKind.OTHER}

Fields = Mapping[str, object]


def read_object(told: Fields, *, setting: Setting) -> Parsed:
    """What one object means."""
    names = frozenset(told)
    for is_it, read in _READERS:
        if is_it(told, names):
            return read(told, setting)
    if any(_edges(told).values()):
        return _with_edges(told, setting)
    for needed, reason in _IGNORED:
        if needed & names:
            return Parsed(ignored=reason)
    if not names or names <= _BARE:
        return Parsed(ignored="an object without content")
    if "id" in names:
        return Parsed(ignored="an object that only says who or what it is")
    return Parsed(unknown=f"object with {', '.join(sorted(names))[:200]}")


def _edges(told: Fields) -> dict[str, list[Fields]]:
    """The lists that were asked for along with an object, by their names."""
    lists = {name: each.get("data") for name, each in told.items() if isinstance(each, Mapping)}
    return {name: [each for each in data if isinstance(each, Mapping)] for name, data in lists.items() if isinstance(data, list)}


def _with_edges(told: Fields, setting: Setting) -> Parsed:
    """An object that says nothing itself: what hangs under it. Comments stand under its id, answers under the comment that it is."""
    key, first = told.get("id"), Parsed(ignored="an object without content")
    if not setting.ours and _ACCOUNT.fullmatch(str(key)):
        setting = replace(setting, account=str(key))
    under: dict[str, dict[str, object]] = {"comments": {"media": {"id": key}}, "replies": {"parent_id": key}} if key else {}
    read = [
        _tagged(each, setting) if name == "tags" else read_object({**under.get(name, {}), **dict(each)}, setting=setting)
        for name, listed in _edges(told).items()
        for each in listed
    ]
    events = tuple(event for parsed in read for event in parsed.events)
    return Parsed(events=events) if events else next((parsed for parsed in read if parsed.ignored), first)


def _tagged(told: Fields, setting: Setting) -> Parsed:
    """A post of somebody else in which we are tagged."""
    media = salvage(told, into=Media)
    return Parsed(events=(_foreign_post(media, setting=setting),)) if text_id(media.id) else Parsed(ignored="a post without id")


def _comment(told: Fields, setting: Setting) -> Parsed:
    return read_comment(_json(told), setting=setting)


def _mention(told: Fields, setting: Setting) -> Parsed:
    return read_mention(_json(told), setting=setting)


def _asked_mention(told: Fields, setting: Setting) -> Parsed:
    """A mention that was asked for by its id: with its text and the @name of its writer."""
    comment, media = told.get("mentioned_comment"), told.get("mentioned_media")
    if isinstance(comment, Mapping):
        return read_mention(_json({**comment, "comment_id": comment.get("id")}), setting=setting)
    post = salvage(media, into=Media)
    if text_id(post.id):
        return Parsed(events=(_foreign_post(post, setting=setting),))
    return Parsed(ignored="a mention that is gone")


def _discovery(told: Fields, setting: Setting) -> Parsed:
    """Posts of another professional account, which the API shows to those who ask for it by its name."""
    other = salvage(told.get("business_discovery"), into=Discovered)
    posts = [salvage(each, into=Media) for each in (other.media.data if other.media else ())]
    events = [_others_post(media, of=other, setting=setting) for media in posts if text_id(media.id)]
    return Parsed(events=tuple(events)) if events else Parsed(ignored="an account, and nothing that it did")


def _others_post(media: Media, *, of: Discovered, setting: Setting) -> NeutralEvent:
    writer = person(Party(id=of.id, username=media.username or of.username, name=of.name), setting) or NOBODY
    venue = replace(their_venue(writer.external_id, url=next(iter(writer.links), None)), title=writer.handle)
    event = _post(media, setting=setting)
    return replace(event, kind=Kind.POST, author=writer, venue=venue, addressed=Addressed.OTHERS, root=event.id)


def _media(told: Fields, setting: Setting) -> Parsed:
    """A post of ours with the comments that came along; of somebody else, a mention: that is where the API shows others' posts."""
    media = salvage(told, into=Media)
    if not text_id(media.id):
        return Parsed(ignored="a post without id")
    if _is_foreign(media, setting=setting):
        return Parsed(events=(_foreign_post(media, setting=setting),))
    above = CommentMedia(id=media.id, media_product_type=media.media_product_type)
    comments = [_under(above, salvage(each, into=Comment)) for each in (media.comments.data if media.comments else ())]
    beneath = [event for comment in comments for event in _with_answers(comment, setting=setting)]
    return Parsed(events=(_own_post(media, setting=setting), *beneath))


def _under(media: CommentMedia, comment: Comment) -> Comment:
    """The comment, knowing under which post it stands."""
    comment.media = comment.media or media
    return comment


def _with_answers(comment: Comment, *, setting: Setting) -> Iterable[NeutralEvent]:
    if not text_id(comment.id):
        return
    yield comment_of(comment, setting=setting)
    for told in comment.replies.data if comment.replies else ():
        answer = salvage(told, into=Comment)
        if text_id(answer.id):
            yield comment_of(answer, setting=setting, above=comment)


def _own_post(media: Media, *, setting: Setting) -> NeutralEvent:
    key = text_id(media.id)
    handle = media.username or (media.owner.username if media.owner else None)
    known_as = (text_id(media.owner.id) if media.owner else "") or (f"@{handle.lower()}" if handle else "")
    author = us(setting, known_as=known_as, handle=handle)
    return replace(_post(media, setting=setting), kind=Kind.POST, author=author, direction=Direction.OUTBOUND, root=key)


def _foreign_post(media: Media, *, setting: Setting) -> NeutralEvent:
    key = text_id(media.id)
    writer = Party(id=media.owner.id if media.owner else None, username=media.username or (media.owner.username if media.owner else None))
    return replace(
        _post(media, setting=setting),
        author=person(writer, setting) or NOBODY,
        venue=their_venue(key, url=media.permalink),
        mentions=tuple(dict.fromkeys((us(setting), *mentions_in(media.caption, setting=setting)))),
        root=key,
        extra={"media_id": key},
    )


def _post(media: Media, *, setting: Setting) -> NeutralEvent:
    facts = {"url": media.permalink, "media_product_type": media.media_product_type}
    return NeutralEvent(
        id=text_id(media.id),
        occurred_at=moment(media.timestamp, otherwise=setting.at),
        kind=Kind.MENTION,
        author=NOBODY,
        venue=our_venue(setting),
        public=True,
        text=media.caption,
        attachments=_media_attachments(media),
        mentions=mentions_in(media.caption, setting=setting),
        source=setting.source,
        extra={name: value for name, value in facts.items() if value},
    )


def _is_foreign(media: Media, *, setting: Setting) -> bool:
    """Whether it is known to be somebody else's."""
    owner = text_id(media.owner.id) if media.owner else ""
    handle = (media.username or (media.owner.username if media.owner else None) or "").lower()
    if owner and setting.ours:
        return owner not in setting.ours
    return bool(handle and setting.handle) and handle != setting.handle


def _media_attachments(media: Media) -> tuple[Attachment, ...]:
    parts = media.children.data if media.children and media.children.data else [media]
    return tuple(
        Attachment(
            kind=_MEDIA_KINDS.get(part.media_type or "", MediaKind.IMAGE),
            url=part.media_url or part.thumbnail_url,
            reference=text_id(part.id),
        )
        for part in parts
        if part.media_url or part.thumbnail_url or part.media_type
    )


def _conversation(told: Fields, setting: Setting) -> Parsed:
    conversation = salvage(told, into=Conversation)
    setting = _knowing_us(setting, conversation.participants)
    messages = conversation.messages.data if conversation.messages else []
    events = [event for each in messages if isinstance(each, Mapping) for event in _stored(each, setting).events]
    return Parsed(events=tuple(events)) if events else Parsed(ignored="a conversation without messages")


def _knowing_us(setting: Setting, several: Parties | None, *more: Party | None) -> Setting:
    """Who of them we are, where nobody said: accounts have ids of their own kind, and people have scoped ones."""
    sides = [*(several.data if several else []), *more]
    ours = {text_id(each.id) for each in sides if each and _ACCOUNT.fullmatch(text_id(each.id))}
    return setting if setting.ours or len(ours) != 1 else replace(setting, account=ours.pop())


def _stored(told: Fields, setting: Setting) -> Parsed:
    """A message of a conversation; its id is the one that its notification had."""
    message = salvage(told, into=StoredMessage)
    mid = text_id(message.id)
    if not mid:
        return Parsed(ignored="a message without id")
    setting = _knowing_us(setting, message.to, message.from_)
    attachments = tuple(_stored_attachments(message))
    if not message.message and not attachments and message.from_ is None:
        return Parsed(ignored="a message without content")
    outbound, other = _sides(message, setting=setting)
    event = NeutralEvent(
        id=mid,
        occurred_at=moment(message.created_time, otherwise=setting.at),
        kind=Kind.DIRECT,
        author=us(setting) if outbound else other,
        venue=our_venue(setting),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        text=message.message or None,
        attachments=attachments,
        recipient=other if outbound and other is not NOBODY else None,
        echo_of=mid if outbound else None,
        source=setting.source,
    )
    return Parsed(events=(_about_story(event, message, outbound=outbound, setting=setting),))


def _sides(message: StoredMessage, *, setting: Setting) -> tuple[bool, Author]:
    """Whether we wrote it, and who stands on the other side."""
    writer = message.from_ or Party()
    handle = (writer.username or "").lower()
    outbound = text_id(writer.id) in setting.ours or (handle != "" and handle == setting.handle)
    if not outbound:
        return False, person(writer, setting) or NOBODY
    others = [party for party in (message.to.data if message.to else []) if text_id(party.id) not in setting.ours]
    return True, next((known for party in others if (known := person(party, setting))), NOBODY)


def _about_story(event: NeutralEvent, message: StoredMessage, *, outbound: bool, setting: Setting) -> NeutralEvent:
    if message.story is None:
        return event
    if message.story.mention:
        return replace(event, mentions=() if outbound else (us(setting),), extra={"story": "mention"})
    answered = text_id(message.story.reply_to.id) if message.story.reply_to else ""
    parent = Parent(external_id=answered, author=None if outbound else us(setting)) if answered else None
    return replace(event, in_reply_to=parent, extra={"story": "reply"})


def _stored_attachments(message: StoredMessage) -> Iterable[Attachment]:
    for each in message.attachments.data if message.attachments else []:
        yield _stored_attachment(each)
    for share in message.shares.data if message.shares else []:
        yield Attachment(kind=MediaKind.LINK, url=share.link, name=share.name, reference=text_id(share.id) or None)
    if message.sticker:
        yield Attachment(kind=MediaKind.STICKER, url=message.sticker)
    for story in (message.story.mention, message.story.reply_to) if message.story else ():
        if story:
            yield Attachment(kind=MediaKind.STORY, url=story.link or story.url, reference=text_id(story.id) or None)
    # Posts, reels and stories that were shared are shown in the notification only, never afterwards.
    shown = message.message or message.attachments or message.shares or message.sticker or message.story
    if message.from_ is not None and not shown:
        yield Attachment(kind=MediaKind.OTHER, name="unsupported")


def _stored_attachment(each: StoredAttachment) -> Attachment:
    if each.image_data:
        kind, data = MediaKind.IMAGE, each.image_data
    elif each.video_data:
        kind, data = MediaKind.VIDEO, each.video_data
    else:
        kind, data = (MediaKind.AUDIO if (each.mime_type or "").startswith("audio/") else MediaKind.FILE), MediaData(url=each.file_url)
    return Attachment(
        kind=kind,
        url=data.url or data.preview_url,
        reference=text_id(each.id) or None,
        content_type=each.mime_type,
        name=each.name,
        size_bytes=each.size,
    )


def _json(told: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(told)


_MEDIA_FIELDS = frozenset({"media_type", "media_url", "caption", "permalink", "shortcode", "media_product_type"})
_COMMENT_FIELDS = frozenset(
    {"timestamp", "from", "media", "media_id", "parent_id", "username", "like_count", "replies", "hidden", "user", "comment_id"}
)
_MESSAGE_FIELDS = frozenset({"to", "attachments", "shares", "story", "from", "created_time", "sticker", "is_unsupported"})
_ACCOUNT_FIELDS = frozenset(
    {
        "account_type",
        "biography",
        "follower_count",
        "followers_count",
        "follows_count",
        "ig_id",
        "is_business_follow_user",
        "is_user_follow_business",
        "is_verified_user",
        "media_count",
        "profile_pic",
        "profile_picture_url",
        "user_id",
        "website",
    }
)
_BARE = frozenset({"id", "paging", "name", "username", "cursors", "data", "object", "summary"})

_READERS: tuple[tuple[Callable[[Fields, frozenset[str]], bool], Callable[[Fields, Setting], Parsed]], ...] = (
    (lambda _, names: bool(names & {"mentioned_comment", "mentioned_media"}), _asked_mention),
    (lambda _, names: "business_discovery" in names, _discovery),
    (lambda _, names: "participants" in names or "messages" in names, _conversation),
    (lambda _, names: "text" in names and bool(names & _COMMENT_FIELDS), _comment),
    (lambda told, names: isinstance(told.get("message"), str) and bool(names & _MESSAGE_FIELDS), _stored),
    (lambda _, names: bool(names & _MEDIA_FIELDS), _media),
    (lambda _, names: "created_time" in names and bool(names & _MESSAGE_FIELDS - {"created_time"}), _stored),
    (
        lambda _, names: names <= {"media_id", "comment_id", "id", "from", "timestamp"} and bool(names & {"media_id", "comment_id"}),
        _mention,
    ),
    (lambda _, names: {"id", "from"} <= names and "media" in names, _comment),
    (lambda _, names: {"id", "text"} == names, _comment),
)

_IGNORED: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"error", "error_message", "error_type"}), "an error of the API, no event"),
    (frozenset({"period", "values", "total_value", "like_count", "comments_count"}), "figures, no event"),
    (_ACCOUNT_FIELDS, "an account, and nothing that it did"),
    (frozenset({"success", "recipient_id", "message_id"}), "the answer to a call of ours"),
    (frozenset({"access_token", "permissions", "subscribed_fields"}), "an answer about our own access"),
    (frozenset({"status_code", "quota_usage", "config"}), "the state of something that we publish"),
    (frozenset({"product_id", "catalog_id", "product_name", "retailer_id"}), "products, no event"),
    (frozenset({"hub.challenge", "hub.mode"}), "the challenge of a subscription, which the webhook answers"),
    (frozenset({"callback_url", "changed_aspect"}), "news of a subscription"),
    (frozenset({"updated_time"}), "a conversation without messages"),
    (frozenset({"timestamp"}), "an object without content"),
)
