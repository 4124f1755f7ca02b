"""Whether a reply in doubt arrived: the latest messages of its conversation, or comments under what it answered. Called by the connector.

Its only I/O is the injected network. Vendor's pages: as history.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.contracts.vocabulary import Kind
from services.engagement.connectors.facebook.attachments import listed
from services.engagement.connectors.facebook.history import Things, is_over
from services.engagement.connectors.facebook.people import moment_of
from services.engagement.families.meta import Graph
from services.engagement.protocol import ChannelAccess, Found, OutboundReply

_CLOCKS_DIFFER = timedelta(minutes=2)
_LATEST = 50


async def look_up(reply: OutboundReply, *, channel: ChannelAccess, graph: Graph) -> Found:
    """Whether something of ours with this text was said there since. What has no text cannot be told from others."""
    answered = reply.answering
    if not reply.text.strip():
        return Found(there=None)
    if reply.kind is Kind.DIRECT:
        person = reply.recipient or (answered.author if answered else None)
        if person is None or (answered is not None and answered.kind is not Kind.DIRECT):
            return Found(there=None)
        said, complete = await _latest_messages(person.external_id, reply=reply, page=channel.account or "me", graph=graph)
    elif answered is not None:
        above = answered.thread if answered.kind is Kind.COMMENT and answered.thread else answered.external_id
        said, complete = await _latest_comments(above, reply=reply, graph=graph)
    else:
        return Found(there=None)
    same = [each for each in said if _is_reply(each, reply=reply, page=channel.account)]
    if same:
        return Found(there=True, external_id=str(same[0].get("id")))
    return Found(there=False if complete else None)


async def _latest_messages(person: str, *, reply: OutboundReply, page: str, graph: Graph) -> tuple[Things, bool]:
    fields = f"messages.limit({_LATEST}){{id,message,created_time,from}}"
    answer = await graph.call("GET", f"{page}/conversations", query={"platform": "messenger", "user_id": person, "fields": fields})
    said = [message for conversation in listed(answer) for message in listed(conversation.get("messages"))]
    return said, _reaches_back(said, reply=reply)


async def _latest_comments(above: str, *, reply: OutboundReply, graph: Graph) -> tuple[Things, bool]:
    wanted = {"order": "reverse_chronological", "filter": "stream", "limit": str(_LATEST), "fields": "id,message,created_time,from"}
    said = listed(await graph.call("GET", f"{above}/comments", query=wanted))
    return said, _reaches_back(said, reply=reply)


def _reaches_back(said: Things, *, reply: OutboundReply) -> bool:
    """Whether the list goes back to before the attempt, so that what is not in it is not there."""
    return len(said) < _LATEST or is_over(said, "created_time", since=reply.attempted_at - _CLOCKS_DIFFER)


def _is_reply(said: Mapping[str, object], *, reply: OutboundReply, page: str) -> bool:
    at, author = moment_of(said.get("created_time")), said.get("from")
    ours = not page or (isinstance(author, dict) and str(author.get("id")) == page)
    return ours and at is not None and at >= reply.attempted_at - _CLOCKS_DIFFER and str(said.get("message")).strip() == reply.text.strip()
