"""What Facebook's deliveries do not say: words and writers on a wall, the text of a recommendation, and who a person in Messenger is.

Called by the connector. Vendor's pages: https://developers.facebook.com/docs/graph-api/reference/comment, .../reference/post,
.../page/ratings and https://developers.facebook.com/docs/messenger-platform/identity/user-profile.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from services.contracts.interaction import Author, NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.facebook.attachments import listed
from services.engagement.connectors.facebook.history import COMMENT_FIELDS, POST_FIELDS, REVIEW_FIELDS
from services.engagement.connectors.facebook.objects import COMMENT, POST, REVIEW, read_object
from services.engagement.connectors.facebook.people import Setting
from services.engagement.families import meta_profiles
from services.engagement.families.meta import Graph
from services.engagement.protocol import ChannelAccess, ChannelFacts, Completed, CredentialsExpiredError, Lack, RejectedError

_ON_WALLS = frozenset({Kind.COMMENT, Kind.POST, Kind.MENTION})
_PRIVATE = frozenset({Kind.DIRECT, Kind.CLICK, Kind.REACTION, Kind.FOLLOW})
_PROFILE_FIELDS = "name,first_name,last_name,profile_pic"
_SOMEONE = "unknown"
_LATEST_REVIEWS = "50"
_GONE = "Facebook shows it no more"
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def lacks(event: NeutralEvent) -> Lack | None:
    """Words or writer of what stands on a wall, the text of a recommendation, the name of whoever wrote in private."""
    if event.direction is Direction.OUTBOUND:
        return None
    untold = event.author.external_id == _SOMEONE or (event.text is None and not event.attachments)
    if event.kind in _ON_WALLS:
        return Lack.WORDS if untold and event.id.replace("_", "").isdigit() else None
    if event.kind is Kind.REVIEW:
        return Lack.WORDS if untold and event.public and event.id.isdigit() else None
    nameless = not event.public and event.author.name is None and event.author.external_id.isdigit()
    return Lack.NAME if event.kind in _PRIVATE and nameless else None


async def complete(events: Sequence[NeutralEvent], *, channel: ChannelAccess, graph: Graph) -> AsyncGenerator[Completed, None]:
    """Words before names: triage waits for them."""
    graph = meta_profiles.asking(graph)
    worded = [event for event in events if lacks(event) is Lack.WORDS]
    reviews = [event for event in worded if event.kind is Kind.REVIEW]
    posts = [event for event in worded if event not in reviews and event.root == event.id]
    comments = [event for event in worded if event not in reviews and event not in posts]
    for things, sort, fields in ((comments, COMMENT, COMMENT_FIELDS), (posts, POST, POST_FIELDS)):
        for each in await _on_walls(things, sort=sort, fields=fields, channel=channel, graph=graph):
            yield each
    for each in await _recommended(reviews, channel=channel, graph=graph):
        yield each
    nameless = [event for event in events if lacks(event) is Lack.NAME]
    async with aclosing(meta_profiles.named(graph, nameless, fields=_PROFILE_FIELDS)) as told:
        async for each in told:
            yield each


async def _on_walls(events: Sequence[NeutralEvent], *, sort: str, fields: str, channel: ChannelAccess, graph: Graph) -> Sequence[Completed]:
    """All of a sort in one call; where Meta refuses it for the sake of one of them, one by one."""
    if not events:
        return ()
    ids = ",".join(dict.fromkeys(event.id for event in events))
    try:
        found = await graph.call("GET", "", query={"ids": ids, "fields": fields})
    except CredentialsExpiredError:
        raise
    except RejectedError as error:
        if len(events) == 1:
            return (Completed(id=events[0].id, reason=error.reason),)
        return [told for event in events for told in await _on_walls([event], sort=sort, fields=fields, channel=channel, graph=graph)]
    return [_told(event, found.get(event.id), sort=sort, channel=channel) for event in events]


async def _recommended(events: Sequence[NeutralEvent], *, channel: ChannelAccess, graph: Graph) -> Sequence[Completed]:
    """Recommendations are found among the Page's latest: they have no address of their own."""
    if not events:
        return ()
    try:
        page = await graph.call("GET", f"{channel.account or 'me'}/ratings", query={"fields": REVIEW_FIELDS, "limit": _LATEST_REVIEWS})
    except CredentialsExpiredError:
        raise
    except RejectedError as error:
        return [Completed(id=event.id, reason=error.reason) for event in events]
    stories = {_story_of(each): each for each in listed(page)}
    return [_told(event, stories.get(event.id), sort=REVIEW, channel=channel) for event in events]


def _story_of(review: Mapping[str, object]) -> str:
    story = review.get("open_graph_story")
    return str(story.get("id") or "").rpartition("_")[2] if isinstance(story, Mapping) else ""


def _told(event: NeutralEvent, thing: object, *, sort: str, channel: ChannelAccess) -> Completed:
    if not isinstance(thing, dict):
        return Completed(id=event.id, reason=_GONE)
    facts = ChannelFacts(platform=channel.platform, account=channel.account, config=channel.config)
    setting = Setting(page=channel.account, channel=facts, entry_time=None, received_at=_NO_TIME, digest=event.id)
    told = _first(read_object(thing, sort=sort, post=event.root, setting=setting).events)
    if told is None:
        return Completed(id=event.id, reason=_GONE)
    address = thing.get("permalink_url")
    return Completed(id=event.id, event=_merged(event, told, address=address if isinstance(address, str) else None))


def _first(events: Iterable[NeutralEvent]) -> NeutralEvent | None:
    return next(iter(events), None)


def _merged(event: NeutralEvent, told: NeutralEvent, *, address: str | None) -> NeutralEvent:
    """What was told of it, at its place: where a conversation belongs is decided when it is recorded."""
    return replace(
        event,
        author=_author(event, told),
        text=event.text or told.text,
        rating=told.rating if event.rating is None else event.rating,
        attachments=event.attachments or told.attachments,
        mentions=event.mentions or told.mentions,
        venue=replace(event.venue, url=address or event.venue.url),
        extra={**told.extra, **event.extra},
    )


def _author(event: NeutralEvent, told: NeutralEvent) -> Author:
    """Whoever was nobody is somebody now, and who was an id has a name. That it were ourselves changes nothing that was recorded."""
    if event.author.external_id == _SOMEONE:
        return told.author if told.direction is Direction.INBOUND else event.author
    same = event.author.external_id == told.author.external_id
    return replace(event.author, name=event.author.name or told.author.name) if same else event.author
