"""Jetstream beside polling: our own posts and watched ones at once, and what people take back; without it, polling as before."""

import json
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.bluesky.connector import BlueskyConnector
from services.engagement.protocol import ChannelAccess, ChannelFacts, Delivery, Heard, NetAnswer, Parsed
from tests.engagement.connectors.scripted import ScriptedNet
from tests.engagement.connectors.test_bluesky import StandingClock, session

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
US = json.loads(session(1, ends_at=datetime(2027, 1, 1, tzinfo=UTC)).body)["did"]
INES, NOTED = "did:plc:inesinesinesinesinesines", "did:plc:notednotednotednotednote"
CURSOR = '{"notifications":"2026-05-04T09:00:00.000Z","posts":"2026-05-04T09:00:00.000Z","log":"2222222lqaaaa","stream":1777888000000000}'
CONFIG = {"identifier": "lumen.example", "jetstream": "wss://jetstream.example", "watch": "noted.example, nobody.example"}
CHANNEL = ChannelAccess(platform="bluesky", config=CONFIG, credentials={"app_password": "abcd-efgh-ijkl-mnop"})


def uri(did: str, key: str, *, collection: str = "app.bsky.feed.post") -> str:
    return f"at://{did}/{collection}/{key}"


def told(said: object) -> NetAnswer:
    return NetAnswer(status=200, headers={}, body=json.dumps(said).encode())


def mention(key: str, **more: Any) -> dict[str, Any]:
    author = {"did": INES, "handle": "ines.example", "displayName": "Ines"}
    record = {"$type": "app.bsky.feed.post", "text": "Hi @lumen.example", "createdAt": "2026-05-04T09:59:00.000Z"}
    said = {"uri": uri(INES, key), "cid": "c", "author": author, "reason": "mention", "record": record}
    return {**said, "indexedAt": "2026-05-04T09:59:01.000Z", **more}


def like(key: str) -> dict[str, Any]:
    place = uri(INES, key, collection="app.bsky.feed.like")
    record = {"$type": "app.bsky.feed.like", "subject": {"uri": uri(US, "p"), "cid": "c"}, "createdAt": "2026-05-04T09:59:00.000Z"}
    return mention(key, uri=place, reason="like", reasonSubject=uri(US, "p"), record=record)


def event(did: str, key: str, *, operation: str = "create", collection: str = "app.bsky.feed.post", at: int = 1) -> str:
    record = {"$type": collection, "text": "words", "createdAt": "2026-05-04T10:00:00.000Z"}
    commit = {"rev": f"rev{key}{operation}", "operation": operation, "collection": collection, "rkey": key}
    whole = {**commit, "record": record, "cid": "c"} if operation != "delete" else commit
    return json.dumps({"did": did, "time_us": 1777888800000000 + at, "kind": "commit", "commit": whole})


@dataclass
class Server(ScriptedNet):
    """The account's server: what it lists."""

    notifications: list[dict[str, Any]] = field(default_factory=list)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
        """Keep protocol.Net."""
        await super().request(method, url, **parts)
        name, query = urlsplit(url).path.rpartition("/")[2], parse_qs(urlsplit(url).query)
        if name == "com.atproto.server.createSession":
            return session(1, ends_at=AT + timedelta(hours=2))
        if name == "com.atproto.identity.resolveHandle":
            found = query["handle"] == ["noted.example"]
            return told({"did": NOTED}) if found else NetAnswer(status=400, headers={}, body=b'{"error":"InvalidRequest"}')
        if name == "app.bsky.feed.getPosts":
            return told({"posts": [self.posts[each] for each in query["uris"] if each in self.posts]})
        pages: dict[str, object] = {
            "app.bsky.notification.listNotifications": {"notifications": self.notifications},
            "com.atproto.repo.listRecords": {"records": []},
            "chat.bsky.convo.getLog": {"logs": [], "cursor": "2222222lqaaaa"},
        }
        return told(pages[name])


async def heard_of(server: Server, *, pages: int, channel: ChannelAccess = CHANNEL) -> list[Heard]:
    """So many pages of what is heard."""
    heard: list[Heard] = []
    async with aclosing(BlueskyConnector(StandingClock()).listen(channel=channel, cursor=CURSOR, net=server)) as stream:  # type: ignore[type-var] # a generator
        async for each in stream:
            heard.append(each)
            if len(heard) == pages:
                break
    return heard


def keys(heard: list[Heard]) -> list[list[str]]:
    return [[item.key for item in each.items] for each in heard]


def parsed(heard: Heard) -> list[Parsed]:
    facts = ChannelFacts(platform="bluesky", account=US)
    return [BlueskyConnector().parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=AT)) for item in heard.items]


async def test_what_a_person_takes_back_is_heard() -> None:
    server = Server(
        notifications=[mention("m1"), like("l1")],
        sockets=[
            [
                event(INES, "l1", operation="delete", collection="app.bsky.feed.like"),
                event(INES, "m1", operation="delete"),
                event(INES, "other", operation="delete"),
                event(INES, "new"),
                None,
            ]
        ],
    )
    polled, live = await heard_of(server, pages=2)
    assert len(polled.items) == 2
    assert keys([live]) == [
        [f"{uri(INES, 'l1', collection='app.bsky.feed.like')}:delete:revl1delete", f"{uri(INES, 'm1')}:delete:revm1delete"]
    ]
    kinds = [each.kind for every in parsed(live) for each in every.events]
    assert kinds == [Kind.UNREACTION, Kind.DELETION]
    assert json.loads(str(live.cursor))["stream"] == 1777888800000001
    assert server.opened[0]["url"] == "wss://jetstream.example/subscribe?requireHello=true&cursor=1777887995000000"
    wanted = json.loads(server.told[0])
    assert (wanted["type"], wanted["payload"]["wantedDids"]) == ("options_update", [US, NOTED, INES])


async def test_our_own_posts_are_heard_at_once_as_polling_names_them() -> None:
    server = Server(sockets=[[event(US, "p1"), event(US, "p2", collection="app.bsky.feed.like"), "no JSON", None]])
    (live,) = await heard_of(server, pages=1)
    assert keys([live]) == [[uri(US, "p1")]]
    ((only,),) = [each.events for each in parsed(live)]
    assert (only.id, only.direction) == (uri(US, "p1"), Direction.OUTBOUND)


async def test_posts_of_watched_accounts_come_with_their_authors() -> None:
    author = {"did": NOTED, "handle": "noted.example", "displayName": "Noted"}
    record = {"$type": "app.bsky.feed.post", "text": "News", "createdAt": "2026-05-04T10:00:00.000Z"}
    view = {"uri": uri(NOTED, "n1"), "cid": "c", "author": author, "record": record, "indexedAt": "2026-05-04T10:00:01.000Z"}
    server = Server(posts={uri(NOTED, "n1"): view}, sockets=[[event(NOTED, "n1"), event(NOTED, "n2"), None]])
    (live,) = await heard_of(server, pages=1)
    assert keys([live]) == [[uri(NOTED, "n1"), uri(NOTED, "n2")]]
    events = [each for every in parsed(live) for each in every.events]
    assert [(each.kind, each.author.handle if each.author else None) for each in events] == [
        (Kind.POST, "noted.example"),
        (Kind.POST, None),
    ]


async def test_a_stream_that_breaks_is_opened_again_and_polling_goes_on() -> None:
    server = Server(notifications=[mention("m1")], sockets=[[event(US, "p1")], [event(US, "p1"), event(US, "p2"), None]])
    heard = await heard_of(server, pages=4)
    assert keys(heard) == [[uri(INES, "m1")], [uri(US, "p1")], [], [uri(US, "p2")]]
    assert heard[2].rest_seconds == pytest.approx(20.0, abs=15.0)
    assert server.opened[1]["url"].endswith("cursor=1777888795000001")


async def test_without_a_stream_it_rests_between_polls() -> None:
    heard = await heard_of(Server(), pages=3)
    assert [each.rest_seconds for each in heard] == [pytest.approx(20.0, abs=15.0)] * 3
    none = ChannelAccess(platform="bluesky", config={"identifier": "lumen.example"}, credentials=CHANNEL.credentials)
    server = Server()
    assert [each.rest_seconds for each in await heard_of(server, pages=2, channel=none)] == [20.0, 20.0]
    assert server.opened == []
