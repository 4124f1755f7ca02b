"""Replies on their way: posts under a key of their own, direct messages, and looking for both. Called by the connector.

A post is put under a key made of the reply's id, and only where nothing lies there: sent twice, it is there once.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors.bluesky.addresses import POST, Address, read_address, read_moment, record_key
from services.engagement.connectors.bluesky.answers import SWAPPED, Messages, Resolved, Stored, Uploaded, Written
from services.engagement.connectors.bluesky.calling import Caller
from services.engagement.connectors.bluesky.chat import message_key
from services.engagement.connectors.bluesky.composing import facets_of, handles_in, message_input, post_record
from services.engagement.connectors.bluesky.declaration import IMAGE_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, POST_LIMIT_BYTES
from services.engagement.connectors.bluesky.payloads import Convo, Message, Ref, ReplyRefs, View
from services.engagement.protocol import (
    AnswerTooLargeError,
    Found,
    InDoubtError,
    NotFoundError,
    NotSentError,
    OutboundReply,
    RejectedError,
    Sent,
    TextUnit,
    UnsendableError,
    preparing,
    text_length,
)

_MOST_RESOLVED = 5
_CLOCKS_DIFFER = timedelta(seconds=60)
_PAGE = 100
_FILE_NAME = re.compile(r"\S*\.[A-Za-z0-9]{2,5}")


class Conversation(msgspec.Struct):
    """chat.bsky.convo.getConvoForMembers's answer."""

    convo: Convo | None = None


class Posts(msgspec.Struct):
    """app.bsky.feed.getPosts's answer."""

    posts: list[View] = []


@dataclass(frozen=True, slots=True)
class _Thread:
    """What a post answers: both ends of the thread, with their versions."""

    root: Ref
    parent: Ref

    def written(self) -> dict[str, object]:
        """As a record holds it."""
        return {name: {"uri": ref.uri, "cid": ref.cid} for name, ref in (("root", self.root), ("parent", self.parent))}


def refuse_oversized(reply: OutboundReply) -> None:
    """Raise `UnsendableError` for what the declaration has no word for: bytes, and files in a direct message."""
    limit = MESSAGE_LIMIT_BYTES if reply.kind is Kind.DIRECT else POST_LIMIT_BYTES
    length = text_length(reply.text, unit=TextUnit.BYTES)
    if length > limit:
        raise UnsendableError(f"the text has {length} bytes, Bluesky takes {limit}")
    if reply.kind is Kind.DIRECT and reply.attachments:
        raise UnsendableError("a direct message on Bluesky takes no files: send a link")
    if reply.template:
        raise UnsendableError("Bluesky has no templates")


async def send_reply(reply: OutboundReply, *, caller: Caller) -> Sent:
    """A direct message or a post."""
    if reply.kind is Kind.DIRECT:
        return await _send_message(reply, caller=caller)
    return await _send_post(reply, caller=caller)


async def find_reply(reply: OutboundReply, *, caller: Caller) -> Found:
    """Whether a reply is there."""
    if reply.kind is Kind.DIRECT:
        return await _find_message(reply, caller=caller)
    place = await _place(reply, caller=caller)
    try:
        found = await caller.query("com.atproto.repo.getRecord", _named(place), into=Stored)
    except NotFoundError:
        return Found(there=False)
    return Found(there=True, external_id=place.uri) if found.value is not None or found.uri else Found(there=None)


async def view_of(uri: str, *, caller: Caller) -> View:
    """A post as the AppView shows it. Raises `NotFoundError` where it is gone or hidden from us."""
    found = await caller.query("app.bsky.feed.getPosts", {"uris": [uri]}, into=Posts)
    view = next((view for view in found.posts if view.uri and view.cid), None)
    if view is None:
        raise NotFoundError("the post is gone, or its author hides it from us")
    return view


async def _send_post(reply: OutboundReply, *, caller: Caller) -> Sent:
    with preparing():
        place = await _place(reply, caller=caller)
        thread = await _thread_of(reply, caller=caller)
        people = await _people_in(reply, caller=caller)
        images = [await _uploaded(attachment, caller=caller) for attachment in reply.attachments]
    facets = facets_of(reply.text, people=people)
    record = post_record(reply, facets=facets, answered=thread.written() if thread else None, images=images)
    # `swapRecord: null` says: only where there is no record yet.
    asked = {**_named(place), "swapRecord": None, "record": record}
    try:
        written = await caller.procedure("com.atproto.repo.putRecord", asked, into=Written)
    except RejectedError as error:
        if not error.reason.startswith(SWAPPED):
            raise
        # Nobody else makes this key: an earlier attempt arrived.
        return Sent(external_id=place.uri, echo_reference=place.uri)
    uri = written.uri or place.uri
    return Sent(external_id=uri, echo_reference=uri)


async def _place(reply: OutboundReply, *, caller: Caller) -> Address:
    return Address(repo=(await caller.session()).did, collection=POST, key=record_key(reply.id))


async def _thread_of(reply: OutboundReply, *, caller: Caller) -> _Thread | None:
    """What it answers; None for a post that begins a thread. Versions that the history does not have are asked for."""
    answering = reply.answering
    if answering is None:
        if reply.kind is Kind.POST:
            return None
        raise UnsendableError("a public reply answers a post")
    address = read_address(answering.external_id)
    if address is None or address.collection != POST:
        raise UnsendableError(f"{answering.external_id} names no post")
    cid, root_cid = answering.extra.get("cid"), answering.extra.get("root_cid")
    root = answering.root or answering.external_id
    if cid and (root_cid or root == answering.external_id):
        return _Thread(root=Ref(uri=root, cid=root_cid or cid), parent=Ref(uri=answering.external_id, cid=cid))
    view = await view_of(answering.external_id, caller=caller)
    parent = Ref(uri=view.uri, cid=view.cid)
    above = (view.said.reply or ReplyRefs()).root
    return _Thread(root=above if above and above.uri and above.cid else parent, parent=parent)


async def _people_in(reply: OutboundReply, *, caller: Caller) -> dict[str, str]:
    """The DIDs of the handles in the text: known ones at once, a few others by asking. One that nobody has stays plain text."""
    known = {author.handle.lower(): author.external_id for author in _beside(reply) if author.handle}
    asked = [handle.lower() for handle in handles_in(reply.text) if handle.lower() not in known][:_MOST_RESOLVED]
    found = {handle: await _resolved(handle, caller=caller) for handle in asked}
    return {**known, **{handle: did for handle, did in found.items() if did}}


def _beside(reply: OutboundReply) -> list[Author]:
    people = (reply.recipient, reply.answering.author if reply.answering else None)
    return [author for author in people if author and author.external_id.startswith("did:")]


async def _resolved(handle: str, *, caller: Caller) -> str | None:
    try:
        return (await caller.query("com.atproto.identity.resolveHandle", {"handle": handle}, into=Resolved)).did
    except RejectedError:
        return None


async def _uploaded(attachment: Attachment, *, caller: Caller) -> dict[str, object]:
    """A picture, handed in. Its name is what people hear who do not see it, unless it is only a file's."""
    content, type_ = await _content(attachment, caller=caller)
    if len(content) > IMAGE_LIMIT_BYTES:
        raise UnsendableError(f"the picture has {len(content)} bytes, at most {IMAGE_LIMIT_BYTES} can go")
    uploaded = await caller.upload(content, type_=type_, into=Uploaded)
    if not isinstance(uploaded.blob, dict):
        raise NotSentError("the server took no picture")
    name = attachment.name or ""
    return {"image": uploaded.blob, "alt": "" if _FILE_NAME.fullmatch(name) else name}


async def _content(attachment: Attachment, *, caller: Caller) -> tuple[bytes, str]:
    """The bytes of a picture: our copy, else what its address shows."""
    type_ = attachment.content_type or "image/jpeg"
    if attachment.media_id is not None and caller.channel.files is not None:
        return await caller.channel.files.read(attachment.media_id, max_bytes=IMAGE_LIMIT_BYTES), type_
    if not attachment.url:
        raise UnsendableError("a picture has no address")
    try:
        answer = await caller.net.request("GET", attachment.url, timeout_seconds=10.0, max_bytes=IMAGE_LIMIT_BYTES + 1)
    except AnswerTooLargeError as error:
        raise UnsendableError(f"the picture has more than {IMAGE_LIMIT_BYTES} bytes, and no more can go") from error
    except InDoubtError as error:
        raise NotSentError(f"the picture cannot be fetched: {error.reason}") from error
    if answer.status != 200:
        raise UnsendableError(f"the picture's address answered {answer.status}")
    told = answer.headers.get("content-type", "").partition(";")[0].strip()
    return answer.body, told if told.startswith("image/") else type_


async def _send_message(reply: OutboundReply, *, caller: Caller) -> Sent:
    with preparing():
        people = await _people_in(reply, caller=caller)
        convo = await _convo_of(reply, caller=caller)
    message = message_input(reply.text, facets=facets_of(reply.text, people=people))
    asked = {"convoId": convo, "message": message}
    written = await caller.procedure("chat.bsky.convo.sendMessage", asked, into=Message)
    key = message_key(convo, written.id) if written.id else None
    return Sent(external_id=key, echo_reference=key)


async def _convo_of(reply: OutboundReply, *, caller: Caller) -> str:
    """The conversation of the message that is answered, else the one with the person, which is made where there is none."""
    answering = reply.answering
    known = answering.extra.get("convo") or answering.thread if answering and answering.kind is Kind.DIRECT else None
    if known:
        return known
    person = reply.recipient or (answering.author if answering else None)
    if person is None or not person.external_id.startswith("did:"):
        raise UnsendableError("it is not known whom to write to")
    asked = {"members": [person.external_id]}
    convo = (await caller.query("chat.bsky.convo.getConvoForMembers", asked, into=Conversation)).convo
    if convo is None or not convo.id:
        raise NotSentError("the chat service named no conversation")
    return convo.id


async def _find_message(reply: OutboundReply, *, caller: Caller) -> Found:
    """By its text, among what we wrote since: the chat takes no reference of ours."""
    convo = await _convo_of(reply, caller=caller)
    asked: dict[str, str | int] = {"convoId": convo, "limit": _PAGE}
    page = await caller.query("chat.bsky.convo.getMessages", asked, into=Messages)
    us, since = (await caller.session()).did, reply.attempted_at - _CLOCKS_DIFFER
    times = [moment for message in page.messages if (moment := read_moment(message.sent_at))]
    for message in page.messages:
        sent_at = read_moment(message.sent_at)
        ours = message.sender is not None and message.sender.did == us
        if message.id and ours and message.text == reply.text and sent_at and sent_at >= since:
            return Found(there=True, external_id=message_key(convo, message.id))
    complete = len(page.messages) < _PAGE or (bool(times) and min(times) < since)
    return Found(there=False if complete else None)


def _named(place: Address) -> dict[str, str]:
    return {"repo": place.repo, "collection": place.collection, "rkey": place.key}
