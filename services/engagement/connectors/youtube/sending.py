"""What goes to the Data API: replies, comments and changes of them. Called by the connector.

Vendor's pages: https://developers.google.com/youtube/v3/docs/comments/insert, /update, /delete, /setModerationStatus,
https://developers.google.com/youtube/v3/docs/commentThreads/insert.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.contracts.vocabulary import Kind
from services.engagement.connectors.youtube.payloads import Comment, Resource, Thread
from services.engagement.connectors.youtube.people import channel_id_in, top_of
from services.engagement.connectors.youtube.texts import text_of
from services.engagement.families.google import Api, Meaning, api_for
from services.engagement.protocol import (
    Account,
    ChannelAccess,
    CredentialsExpiredError,
    Found,
    InDoubtError,
    Net,
    NotFoundError,
    OutboundReply,
    Sent,
    UnsendableError,
    read_time,
    salvage,
)
from services.kit.clock import SystemClock

API = "https://www.googleapis.com/youtube/v3/"
MEANINGS: Mapping[str, Meaning] = {
    "commentNotFound": Meaning.GONE,
    "commentThreadNotFound": Meaning.GONE,
    "parentCommentNotFound": Meaning.GONE,
    "parentIdMissing": Meaning.REJECTED,
    "videoNotFound": Meaning.GONE,
    "channelNotFound": Meaning.GONE,
    "commentsDisabled": Meaning.REJECTED,
    "processingFailure": Meaning.REJECTED,
    # The sample of a missing permission wears this name; it is not a server in trouble.
    "SERVICE_UNAVAILABLE": Meaning.REJECTED,
}
_SEEN_AFTER = timedelta(minutes=10)
_CLOCKS_DIFFER = timedelta(minutes=2)
_MOST_PAGES = 5


def youtube(channel: ChannelAccess, *, net: Net) -> Api:
    """The Data API with the channel's token."""
    return api_for(channel, net=net, meanings=MEANINGS)


async def post_comment(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """A reply in a thread, or a first comment under a video. Both ids are the comment's own."""
    resource, snippet = insertion_of(reply)
    api = youtube(channel, net=net)
    said = await api.call("POST", f"{API}{resource}", query={"part": "snippet"}, json={"snippet": snippet})
    number = said.get("id")
    if not isinstance(number, str) or not number:
        raise InDoubtError("YouTube took the comment and told no id")
    return Sent(external_id=number, echo_reference=number)


def insertion_of(reply: OutboundReply) -> tuple[str, dict[str, object]]:
    """The list it goes into, and its snippet. Replies hang on a thread's first comment, whichever of its comments they answer."""
    answering = reply.answering
    if answering is not None and answering.extra.get("live_chat"):
        raise UnsendableError("a live chat cannot be answered from here")
    if answering is not None and answering.kind is Kind.COMMENT:
        return "comments", {"parentId": top_of(answering.thread or answering.external_id), "textOriginal": reply.text}
    video = (answering.root or answering.external_id) if answering else None
    if not video:
        raise UnsendableError("a comment answers a comment or a video")
    return "commentThreads", {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": reply.text}}}


async def find_comment(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
    """Our comment with this text among the newest there. Its absence counts once ten minutes have passed: YouTube shows comments late."""
    api = youtube(channel, net=net)
    resource, snippet = insertion_of(reply)
    where = {"parentId": str(snippet["parentId"])} if resource == "comments" else {"videoId": str(snippet["videoId"]), "order": "time"}
    query = {"part": "snippet", "maxResults": "100", **where}
    for _ in range(_MOST_PAGES):
        page = await api.call("GET", f"{API}{resource}", query=query)
        items = page.get("items")
        for raw in items if isinstance(items, list) else []:
            comment = _comment_in(raw)
            if _is_it(comment, reply=reply, account=channel.account):
                return Found(there=True, external_id=comment.id)
        token = page.get("nextPageToken")
        if not isinstance(token, str) or not token:
            # YouTube's clock runs as the machine's does, whatever time a test or a sandbox plays.
            return Found(there=False if SystemClock().now() - reply.attempted_at > _SEEN_AFTER else None)
        query = {**query, "pageToken": token}
    return Found(there=None)


async def change_comment(external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
    """Replace the text of a comment of ours."""
    api = youtube(channel, net=net)
    await api.call("PUT", f"{API}comments", query={"part": "snippet"}, json={"id": external_id, "snippet": {"textOriginal": text}})


async def delete_comment(external_id: str, *, channel: ChannelAccess, net: Net) -> None:
    """Delete a comment of ours; one that is gone already is deleted."""
    api = youtube(channel, net=net)
    try:
        await api.call("DELETE", f"{API}comments", query={"id": external_id})
    except NotFoundError:
        return


async def hide_comment(external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
    """Hold a comment for review, so that nobody else sees it, or publish it. Rejecting it could not be taken back."""
    api = youtube(channel, net=net)
    status = "heldForReview" if hidden else "published"
    await api.call("POST", f"{API}comments/setModerationStatus", query={"id": external_id, "moderationStatus": status})


async def our_channel(channel: ChannelAccess, *, net: Net) -> Account:
    """The channel behind the token."""
    return (await channels_of(youtube(channel, net=net)))[0]


async def channels_of(api: Api) -> list[Account]:
    """The channel that was signed in with; Google lets people choose one. Raises `CredentialsExpiredError` where there is none."""
    said = await api.call("GET", f"{API}channels", query={"part": "snippet", "mine": "true"})
    items = said.get("items")
    found = [salvage(each, into=Resource) for each in items] if isinstance(items, list) else []
    handles = [_handle(each) for each in items] if isinstance(items, list) else []
    accounts = [
        Account(
            account=each.id, name=(each.snippet.title if each.snippet else None) or each.id, config={"handle": handle} if handle else {}
        )
        for each, handle in zip(found, handles, strict=True)
        if isinstance(each.id, str) and each.id
    ]
    if not accounts:
        raise CredentialsExpiredError("this Google account has no YouTube channel: sign in with the one that has")
    return accounts


def _comment_in(raw: object) -> Comment:
    thread = salvage(raw, into=Thread)
    top = thread.snippet.top_level_comment
    return Comment(id=top.id or thread.id, snippet=top.snippet) if top else salvage(raw, into=Comment)


def _is_it(comment: Comment, *, reply: OutboundReply, account: str) -> bool:
    snippet = comment.snippet
    ours = bool(comment.id) and channel_id_in(snippet.author_channel_id) == account != ""
    since = reply.attempted_at - _CLOCKS_DIFFER
    said = (text_of(snippet.text_original, shown=snippet.text_display) or "").strip()
    return ours and said == reply.text.strip() and read_time(snippet.published_at, otherwise=since) >= since


def _handle(raw: object) -> str:
    snippet = raw.get("snippet") if isinstance(raw, dict) else None
    told = snippet.get("customUrl") if isinstance(snippet, dict) else None
    return told.lstrip("@") if isinstance(told, str) else ""
