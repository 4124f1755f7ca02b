"""What goes to the Cloud API: bodies of messages, files, reactions, and what its error codes mean. Called by the connector.

Vendor's pages: .../whatsapp/messages/send-messages, .../support/error-codes. Its only I/O is the injected network.
"""

import contextlib

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors.whatsapp.contents import contents_of
from services.engagement.connectors.whatsapp.declaration import AFTERWARDS, PART, REFERENCE
from services.engagement.connectors.whatsapp.people import is_number
from services.engagement.families.meta import Graph, Meaning, Meanings, graph_for
from services.engagement.protocol import (
    ChannelAccess,
    InDoubtError,
    Net,
    NotSentError,
    OutboundReply,
    RejectedError,
    SendError,
    Sent,
    UnsendableError,
    form_of,
    preparing,
)

UPLOAD_LIMIT_BYTES = 100_000_000
LIKE = "👍"
# What is not here and not in the family's table is sorted by the status: the rest of 131xxx and 132xxx are refusals.
MEANINGS: Meanings = {
    (0, None): Meaning.EXPIRED,
    (3, None): Meaning.EXPIRED,
    (10, None): Meaning.EXPIRED,
    (33, None): Meaning.EXPIRED,
    **dict.fromkeys([(code, None) for code in range(200, 300)], Meaning.EXPIRED),
    # Elsewhere at Meta this one passes by itself; here the account is restricted.
    (368, None): Meaning.EXPIRED,
    (130429, None): Meaning.LIMITED,
    (131000, None): Meaning.DOUBT,
    (131005, None): Meaning.EXPIRED,
    (131016, None): Meaning.DOUBT,
    (131026, None): Meaning.GONE,
    (131031, None): Meaning.EXPIRED,
    (131045, None): Meaning.EXPIRED,
    (131047, None): Meaning.WINDOW,
    (131048, None): Meaning.LIMITED,
    (131056, None): Meaning.LIMITED,
    (131057, None): Meaning.AGAIN,
    (131064, None): Meaning.LIMITED,
    (132001, None): Meaning.REJECTED,
    (132069, None): Meaning.LIMITED,
    (133004, None): Meaning.AGAIN,
    (133010, None): Meaning.EXPIRED,
}


def graph_of(channel: ChannelAccess, *, net: Net) -> Graph:
    """The Graph API with WhatsApp's codes. Raises `CredentialsExpiredError` where there is no token."""
    return graph_for(channel, net=net, meanings=MEANINGS, allowed=AFTERWARDS)


async def post_message(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """Hand a reply over; files of ours are brought to WhatsApp before, and doubt about that is none about the message.

    Several attachments are as many messages. Only the last carries the reference by which a doubt is settled: then all are there.
    """
    graph, number, place = graph_of(channel, net=net), number_of(channel), _place(reply)
    # What becomes no message is refused before any file is brought anywhere.
    contents_of(reply, files=[{} for _ in reply.attachments])
    with preparing():
        files = [await _uploaded(each, graph=graph, channel=channel) for each in reply.attachments]
        if channel.config.get("mark_read") == "true":
            await _mark_read(reply, graph=graph, number=number)
    contents = contents_of(reply, files=files)
    sent = None
    for position, content in enumerate(contents):
        above = _answering(reply) if position == 0 else {}
        reference = REFERENCE if content is contents[-1] else PART
        body = {**place, **above, **content, "biz_opaque_callback_data": reference + reply.id}
        try:
            sent = await _post(body, graph=graph, number=number)
        except NotSentError as error:
            if position == 0:
                raise
            # Sent again as it is, the first ones would be there twice.
            raise InDoubtError(f"{position} of {len(contents)} messages went, then: {error.reason}") from error
    return Sent(external_id=sent, echo_reference=sent)


async def _post(body: dict[str, object], *, graph: Graph, number: str) -> str:
    """One message; the id that it was given."""
    answer = await graph.call("POST", f"{number}/messages", json=body)
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    sent = first.get("id") if isinstance(first, dict) else None
    if not isinstance(sent, str) or not sent:
        raise InDoubtError("the API took the message and named no id")
    return sent


async def _mark_read(reply: OutboundReply, *, graph: Graph, number: str) -> None:
    """Show the person that we have read what is answered, and are writing. Whatever becomes of that, the answer goes."""
    read = _answering(reply).get("context")
    if read is None:
        return
    body = {"messaging_product": "whatsapp", "status": "read", **read, "typing_indicator": {"type": "text"}}
    with contextlib.suppress(SendError):
        await graph.call("POST", f"{number}/messages", json=body)


async def post_reaction(external_id: str, *, author: Author | None, emoji: str, channel: ChannelAccess, net: Net) -> None:
    """React to a person's message; no emoji takes it back."""
    if author is None:
        raise UnsendableError("it is not known whose message it is")
    body = {**_to(author.external_id), "type": "reaction", "reaction": {"message_id": external_id, "emoji": emoji}}
    await graph_of(channel, net=net).call("POST", f"{number_of(channel)}/messages", json=body)


def number_of(channel: ChannelAccess) -> str:
    """The id of our number, which is part of every address. Raises `RejectedError` where the channel has none."""
    number = channel.account or channel.config.get("account", "")
    if not number:
        raise RejectedError("the channel does not say which number is ours: set `account` to its phone number id")
    return number


def _place(reply: OutboundReply) -> dict[str, object]:
    """Whom it is for: the group that the answered message came from, else the person."""
    if reply.kind is not Kind.DIRECT:
        raise UnsendableError(f"WhatsApp takes no {reply.kind.value} from us")
    group = reply.answering.thread if reply.answering and reply.answering.kind is Kind.DIRECT else None
    if group:
        return {"messaging_product": "whatsapp", "recipient_type": "group", "to": group}
    who = reply.recipient or (reply.answering.author if reply.answering else None)
    if who is None:
        raise UnsendableError("it is not known whom to write to")
    return _to(who.external_id)


def _to(person: str) -> dict[str, object]:
    """A number goes into `to`; whoever keeps theirs from us has a user id, which goes into `recipient`."""
    name = "to" if is_number(person) else "recipient"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", name: person}


def _answering(reply: OutboundReply) -> dict[str, dict[str, str]]:
    """The message above which ours is shown; a reaction or a notice cannot be quoted."""
    answered = reply.answering
    if answered is None or answered.kind is not Kind.DIRECT or reply.template or answered.external_id.startswith("unnamed:"):
        return {}
    return {"context": {"message_id": answered.external_id}}


async def _uploaded(attachment: Attachment, *, graph: Graph, channel: ChannelAccess) -> dict[str, object]:
    """How a message names its file: by WhatsApp's id, that of an upload made now, or by an address that WhatsApp fetches."""
    if attachment.reference:
        return {"id": attachment.reference}
    if attachment.media_id is None or channel.files is None:
        return {"link": attachment.url}
    content = await channel.files.read(attachment.media_id, max_bytes=UPLOAD_LIMIT_BYTES)
    parameters = {"messaging_product": "whatsapp", "type": attachment.content_type or "application/octet-stream"}
    body, kind = form_of(parameters, field="file", attachment=attachment, content=content)
    try:
        answer = await graph.call("POST", f"{number_of(channel)}/media", data=body, content_type=kind)
    except InDoubtError as error:
        raise NotSentError(f"the file could not be brought to WhatsApp: {error.reason}") from error
    if not isinstance(answer.get("id"), str):
        raise NotSentError("the file could not be brought to WhatsApp: it named no id")
    return {"id": answer["id"]}
