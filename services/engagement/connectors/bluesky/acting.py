"""What we do to posts and messages: like, delete, hide under a post of ours. Called by the connector."""

from services.engagement.connectors.bluesky.addresses import LIKE, POST, THREADGATE, Address, read_address, written
from services.engagement.connectors.bluesky.answers import SWAPPED, Stored, Written
from services.engagement.connectors.bluesky.calling import Caller
from services.engagement.connectors.bluesky.payloads import Message
from services.engagement.connectors.bluesky.sending import view_of
from services.engagement.protocol import NotFoundError, NotSentError, RejectedError, UnsendableError

_HEART = "❤️"
_MOST_HIDDEN = 300


async def like(external_id: str, *, liked: bool, caller: Caller) -> None:
    """Like a post or give a message a heart, or take it back."""
    address = read_address(external_id)
    if address is None:
        await _react(external_id, liked=liked, caller=caller)
        return
    view = await view_of(external_id, caller=caller)
    given = read_address(view.viewer.like if view.viewer else None)
    if liked and not given:
        record = {"$type": LIKE, "subject": {"uri": view.uri, "cid": view.cid}, "createdAt": written(caller.clock.now())}
        asked = {"repo": (await caller.session()).did, "collection": LIKE, "record": record}
        await caller.procedure("com.atproto.repo.createRecord", asked, into=Written)
    if not liked and given:
        await _remove(given, caller=caller)


async def delete(external_id: str, *, caller: Caller) -> None:
    """Delete a post of ours. A direct message can only be hidden from ourselves, which helps nobody."""
    address = read_address(external_id)
    if address is None:
        raise RejectedError("Bluesky deletes a direct message for its sender only: the other one would still read it")
    if address.repo != (await caller.session()).did:
        raise RejectedError("the post is not ours: it can be hidden where it answers us")
    await _remove(address, caller=caller)


async def hide(external_id: str, *, hidden: bool, caller: Caller) -> None:
    """Hide an answer under a post of ours, or show it again: by the threadgate of the thread's first post."""
    root = await _our_root(external_id, caller=caller)
    gate = Address(repo=root.repo, collection=THREADGATE, key=root.key)
    named = {"repo": gate.repo, "collection": gate.collection, "rkey": gate.key}
    try:
        stored = await caller.query("com.atproto.repo.getRecord", named, into=Stored)
    except NotFoundError:
        stored = Stored()
    record = dict(stored.value) if isinstance(stored.value, dict) else {}
    listed = record.get("hiddenReplies")
    before = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if (external_id in before) is hidden:
        return
    after = [*before, external_id] if hidden else [each for each in before if each != external_id]
    if len(after) > _MOST_HIDDEN:
        raise RejectedError(f"under one post at most {_MOST_HIDDEN} answers can be hidden")
    record = {"$type": THREADGATE, "post": root.uri, "createdAt": written(caller.clock.now()), **record, "hiddenReplies": after}
    try:
        await caller.procedure("com.atproto.repo.putRecord", {**named, "swapRecord": stored.cid, "record": record}, into=Written)
    except RejectedError as error:
        if error.reason.startswith(SWAPPED):
            raise NotSentError("somebody changed the same thread meanwhile") from error
        raise


async def _our_root(external_id: str, *, caller: Caller) -> Address:
    """The first post of the thread, if it is ours."""
    address = read_address(external_id)
    if address is None or address.collection != POST:
        raise UnsendableError(f"{external_id} names no post")
    reply = (await view_of(external_id, caller=caller)).said.reply
    root = read_address(reply.root.uri if reply and reply.root else None)
    if root is None or root.repo != (await caller.session()).did:
        raise RejectedError("only answers under a post of ours can be hidden")
    return root


async def _react(external_id: str, *, liked: bool, caller: Caller) -> None:
    convo, separator, message = external_id.rpartition("/")
    if not separator or not convo or not message:
        raise UnsendableError(f"{external_id} names no post and no message")
    name = "chat.bsky.convo.addReaction" if liked else "chat.bsky.convo.removeReaction"
    await caller.procedure(name, {"convoId": convo, "messageId": message, "value": _HEART}, into=Message)


async def _remove(place: Address, *, caller: Caller) -> None:
    """The answer is the same whether it was there."""
    asked = {"repo": place.repo, "collection": place.collection, "rkey": place.key}
    await caller.procedure("com.atproto.repo.deleteRecord", asked, into=Written)
