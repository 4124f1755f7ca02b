"""What Instagram's deliveries do not say: the words and the writer of a mention, and who a person is whose id alone is told.

Called by the connector. Vendor's pages: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/mentioned_comment,
.../ig-user/mentioned_media, .../ig-user/tags and .../instagram-api-with-instagram-login/messaging-api/user-profile.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.instagram.graph import account_of, by_facebook, graph
from services.engagement.connectors.instagram.objects import read_object
from services.engagement.connectors.instagram.people import NOBODY, Setting
from services.engagement.families import meta_profiles
from services.engagement.families.meta import Graph
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    Completed,
    CredentialsExpiredError,
    Lack,
    Net,
    NotFoundError,
    RejectedError,
)

_PRIVATE = frozenset({Kind.DIRECT, Kind.CLICK, Kind.REACTION})
_PROFILE_FIELDS = "name,username,profile_pic,follower_count"
_COMMENT_FIELDS = "id,text,timestamp,username,from,media{id,permalink}"
_MENTIONED_COMMENT_FIELDS = "id,text,timestamp,username,media{id,permalink}"
_MEDIA_FIELDS = "id,caption,media_type,media_url,permalink,timestamp,username"
_TAG_PAGES = 3
_GONE = "Instagram shows it no more"


def lacks(event: NeutralEvent) -> Lack | None:
    """A mention lacks all but its ids, a comment sometimes its writer, a message the name of whoever wrote it."""
    if event.direction is Direction.OUTBOUND:
        return None
    author = event.author
    if event.kind in {Kind.MENTION, Kind.COMMENT}:
        untold = author == NOBODY or (event.text is None and not event.attachments)
        return Lack.WORDS if untold and event.id.isdigit() else None
    nameless = author.handle is None and author.name is None and author.external_id.isdigit()
    return Lack.NAME if event.kind in _PRIVATE and nameless else None


async def complete(events: Sequence[NeutralEvent], *, channel: ChannelAccess, net: Net) -> AsyncGenerator[Completed, None]:
    """Words before names: triage waits for them."""
    asking = meta_profiles.asking(graph(channel, net=net))
    for event in events:
        if lacks(event) is Lack.WORDS:
            yield await _worded(event, asking=asking, channel=channel)
    nameless = [event for event in events if lacks(event) is Lack.NAME]
    async with aclosing(meta_profiles.named(asking, nameless, fields=_PROFILE_FIELDS)) as told:
        async for each in told:
            yield each


async def _worded(event: NeutralEvent, *, asking: Graph, channel: ChannelAccess) -> Completed:
    try:
        told = await _ask(event, asking=asking, channel=channel)
    except CredentialsExpiredError:
        raise
    except RejectedError as error:
        return Completed(id=event.id, reason=error.reason)
    return Completed(id=event.id, event=_merged(event, told)) if told is not None else Completed(id=event.id, reason=_GONE)


async def _ask(event: NeutralEvent, *, asking: Graph, channel: ChannelAccess) -> NeutralEvent | None:
    """The event as the API's object of it says; None where there is none."""
    if event.kind is Kind.COMMENT:
        return _read(await asking.call("GET", event.id, query={"fields": _COMMENT_FIELDS}), event=event, channel=channel)
    comment = event.extra.get("comment_id", "")
    fields = (
        f"mentioned_comment.comment_id({comment}){{{_MENTIONED_COMMENT_FIELDS}}}"
        if comment
        else f"mentioned_media.media_id({event.id}){{{_MEDIA_FIELDS}}}"
    )
    try:
        said = await asking.call("GET", account_of(channel), query={"fields": fields})
    except NotFoundError:
        raise
    except RejectedError:
        # Instagram's own login promises only the list of posts in which we are tagged.
        if comment or by_facebook(channel.config):
            raise
        said = await _tagged(event.id, asking=asking, channel=channel)
    return _read(said, event=event, channel=channel)


async def _tagged(media: str, *, asking: Graph, channel: ChannelAccess) -> dict[str, object]:
    async for page in asking.pages(f"{account_of(channel)}/tags", query={"fields": _MEDIA_FIELDS, "limit": "50"}, most=_TAG_PAGES):
        data = page.get("data")
        for each in data if isinstance(data, list) else ():
            if isinstance(each, Mapping) and str(each.get("id")) == media:
                return {"mentioned_media": dict(each)}
    return {}


def _read(said: Mapping[str, object], *, event: NeutralEvent, channel: ChannelAccess) -> NeutralEvent | None:
    facts = ChannelFacts(platform=channel.platform, account=channel.account, config=channel.config)
    setting = Setting(channel=facts, account=channel.account, at=event.occurred_at, digest=event.id, source=event.source)
    events = read_object(said, setting=setting).events
    return next((each for each in events if each.id == event.id), None)


def _merged(event: NeutralEvent, told: NeutralEvent) -> NeutralEvent:
    """What was told of it, at its place: where a conversation belongs is decided when it is recorded."""
    return replace(
        event,
        author=event.author if told.author == NOBODY else told.author,
        text=event.text or told.text,
        attachments=event.attachments or told.attachments,
        mentions=tuple(dict.fromkeys((*event.mentions, *told.mentions))),
        venue=replace(event.venue, url=event.venue.url or told.venue.url),
        extra={**told.extra, **event.extra},
    )
