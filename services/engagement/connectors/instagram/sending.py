"""Replies on their way to Instagram: messages, private replies, comments, answers to mentions. Called by the connector.

Vendor's pages: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api,
.../instagram-platform/private-replies and .../instagram-graph-api/reference/ig-user/mentions.
"""

import re

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors.instagram.declaration import DECLARATION, FREE_WINDOW, HUMAN_AGENT, HUMAN_WINDOW
from services.engagement.connectors.instagram.graph import account_of, comment_id, graph, sender_of
from services.engagement.connectors.instagram.people import NOBODY
from services.engagement.families.meta_choices import with_choices
from services.engagement.protocol import ChannelAccess, MediaKind, Net, OutboundReply, Sent, UnsendableError, WindowClosedError

HASHTAGS_IN_A_COMMENT = 4
ADDRESSES_IN_A_COMMENT = 1
_HASHTAG = re.compile(r"(?<!\w)#\w+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_TYPES = {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio", MediaKind.VOICE: "audio", MediaKind.FILE: "file"}
_HEART = {"attachment": {"type": "like_heart"}}


async def post_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """One reply. Raises `UnsendableError` where it is not known what it answers, and the tree of `SendError`."""
    if reply.kind is Kind.DIRECT:
        return await _message(reply, channel=channel, net=net)
    refuse_uncommentable(reply)
    if reply.kind is Kind.MENTION:
        return await _mention(reply, channel=channel, net=net)
    if reply.answering is None:
        raise UnsendableError("a public reply answers a comment")
    path = f"{comment_id(reply.answering.external_id)}/replies"
    return _sent(await graph(channel, net=net).call("POST", path, data={"message": reply.text}), name="id")


async def react(mid: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:
    """A heart under a message, or none."""
    if mid.isdigit():
        raise UnsendableError("Instagram lets programs like messages, not comments")
    if author is None or author.external_id == NOBODY.external_id:
        raise UnsendableError("it is not known whose message it is")
    payload = {"message_id": mid, **({"reaction": "love"} if liked else {})}
    said = {"recipient": {"id": author.external_id}, "sender_action": "react" if liked else "unreact", "payload": payload}
    await graph(channel, net=net).call("POST", f"{sender_of(channel)}/messages", json=said)


def refuse_uncommentable(reply: OutboundReply) -> None:
    """Raise `UnsendableError` for what Instagram takes in no comment."""
    if reply.attachments:
        raise UnsendableError("a comment on Instagram takes no attachment")
    if len(_HASHTAG.findall(reply.text)) > HASHTAGS_IN_A_COMMENT:
        raise UnsendableError(f"a comment on Instagram takes at most {HASHTAGS_IN_A_COMMENT} hashtags")
    if len(_ADDRESS.findall(reply.text)) > ADDRESSES_IN_A_COMMENT:
        raise UnsendableError("a comment on Instagram takes at most one address")
    if reply.text.isupper() and len(reply.text.strip()) > 1:
        raise UnsendableError("Instagram takes no comment in capital letters only")


async def _message(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    said: dict[str, object] = {"recipient": _recipient(reply), "message": _content(reply)}
    said |= {"messaging_type": "MESSAGE_TAG", "tag": HUMAN_AGENT} if _is_tagged(reply, channel) else {"messaging_type": "RESPONSE"}
    return _sent(await graph(channel, net=net).call("POST", f"{sender_of(channel)}/messages", json=said), name="message_id")


def _is_tagged(reply: OutboundReply, channel: ChannelAccess) -> bool:
    """After a day it is a person who answers, where the channel says that its app may do so; also where the member asks for it."""
    answered = reply.answering
    late = answered is not None and answered.kind is Kind.DIRECT and reply.attempted_at - answered.occurred_at > FREE_WINDOW
    asked = reply.template is not None and reply.template.name.upper() == HUMAN_AGENT
    return asked or (late and channel.config.get("human_agent") == "true")


def _recipient(reply: OutboundReply) -> dict[str, str]:
    """The person; where a comment is answered in private, the comment."""
    answered = reply.answering
    if answered is not None and answered.kind is Kind.COMMENT:
        if reply.attempted_at - answered.occurred_at > HUMAN_WINDOW:
            raise WindowClosedError("a comment can be answered in private for 7 days", allowed=("an answer to the comment",))
        return {"comment_id": comment_id(answered.external_id)}
    person = reply.recipient or (answered.author if answered else None)
    if person is None or person.external_id == NOBODY.external_id or person.external_id.startswith("@"):
        raise UnsendableError("it is not known whom to write to: Instagram did not tell the person's id")
    return {"id": person.external_id}


def _content(reply: OutboundReply) -> dict[str, object]:
    if reply.choices:
        return with_choices(reply, declaration=DECLARATION)
    if not reply.attachments:
        return {"text": reply.text}
    if len(reply.attachments) > 1:
        return {"attachments": [_attached(each) for each in reply.attachments]}
    attachment = reply.attachments[0]
    if attachment.kind == MediaKind.STICKER:
        return _sticker(attachment)
    return {"attachment": _attached(attachment)}


def _attached(attachment: Attachment) -> dict[str, object]:
    if not attachment.url:
        raise UnsendableError("Instagram fetches attachments from an address, and this one has none")
    return {"type": _TYPES[MediaKind(attachment.kind)], "payload": {"url": attachment.url}}


def _sticker(attachment: Attachment) -> dict[str, object]:
    if "like_heart" not in {attachment.reference, attachment.name}:
        raise UnsendableError("the only sticker that Instagram takes is like_heart")
    return dict(_HEART)


async def _mention(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """A comment under the comment, or the post, that names us."""
    answered = reply.answering
    media = answered.extra.get("media_id") or answered.root if answered else None
    if answered is None or not media:
        raise UnsendableError("the answer to a mention needs the post that it stands in")
    commented = answered.extra.get("comment_id") or (answered.external_id if answered.external_id != media else "")
    said = {"media_id": comment_id(media), "message": reply.text, **({"comment_id": comment_id(commented)} if commented else {})}
    return _sent(await graph(channel, net=net).call("POST", f"{account_of(channel)}/mentions", data=said), name="id")


def _sent(answer: dict[str, object], *, name: str) -> Sent:
    """The id is the one that the message or comment has as an event."""
    told = answer.get(name) or answer.get("id")
    external_id = str(told) if isinstance(told, str | int) and not isinstance(told, bool) and told else None
    return Sent(external_id=external_id, echo_reference=external_id)
