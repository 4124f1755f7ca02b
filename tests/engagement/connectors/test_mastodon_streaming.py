"""Mastodon's stream beside its polling: nothing twice, nothing missed in between, and polling alone where no stream opens."""

import json
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.connectors.mastodon.polling import Poller, read_place
from services.engagement.connectors.mastodon.streaming import streaming_address
from services.engagement.protocol import ChannelAccess, ChannelFacts, Delivery, Heard, NetAnswer, NotSentError
from tests.engagement.connectors.scripted import ScriptedNet

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
CHANNEL = ChannelAccess(
    platform="mastodon",
    account="110001",
    config={"instance": "https://social.lumen.example"},
    credentials={"access_token": "lumen-test-token-not-real"},
)
CURSOR = '{"notification":"9019","status":"300104"}'
INES = {"id": "220501", "username": "ines", "acct": "ines@mast.example", "url": "https://mast.example/@ines"}
LUMEN = {"id": "110001", "username": "lumen", "acct": "lumen", "url": "https://social.lumen.example/@lumen"}


def status(key: str, *, by: dict[str, Any] = INES, **more: Any) -> dict[str, Any]:
    told = {"id": key, "created_at": "2026-05-04T10:00:00.000Z", "visibility": "public", "content": f"<p>words {key}</p>", "account": by}
    return {**told, "mentions": [], **more}


def mention(number: int, *, post: str, **more: Any) -> dict[str, Any]:
    naming = status(post, mentions=[LUMEN], **more)
    return {"id": str(number), "type": "mention", "created_at": "2026-05-04T10:00:01.000Z", "account": INES, "status": naming}


def streamed(event: str, payload: object) -> str:
    said = payload if isinstance(payload, str) else json.dumps(payload)
    return json.dumps({"stream": ["user"], "event": event, "payload": said})


@dataclass
class Server(ScriptedNet):
    """The server of an account: what it lists, after the given ids, and whether it streams."""

    notifications: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    instance: dict[str, Any] = field(default_factory=lambda: {"configuration": {"urls": {"streaming": "wss://streaming.lumen.example"}}})

    async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
        """Keep protocol.Net."""
        await super().request(method, url, **parts)
        place, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        after = int(query.get("min_id", ["0"])[0])
        if place.endswith("/context"):
            return told({"ancestors": [], "descendants": []})
        if place == "/api/v2/instance":
            return told(self.instance)
        if place == "/api/v1/statuses":
            return told([each["status"] for each in self.notifications if each["status"]["id"] in query["id[]"]])
        listed = {"/api/v1/notifications": self.notifications, "/api/v1/accounts/110001/statuses": self.posts}.get(place)
        if listed is None:
            return NetAnswer(status=404, headers={}, body=b'{"error":"Record not found"}')
        return told([each for each in reversed(listed) if int(each["id"]) > after])


def told(said: object) -> NetAnswer:
    return NetAnswer(status=200, headers={}, body=json.dumps(said).encode())


async def heard_of(server: Server, *, pages: int, cursor: str = CURSOR) -> list[Heard]:
    """So many pages of what is heard."""
    heard: list[Heard] = []
    async with aclosing(connectors()["mastodon"].listen(channel=CHANNEL, cursor=cursor, net=server)) as stream:  # type: ignore[attr-defined, type-var] # it listens, by a generator
        async for each in stream:
            heard.append(each)
            if len(heard) == pages:
                return heard
    return heard


def keys(heard: list[Heard]) -> list[list[str]]:
    return [[item.key for item in each.items] for each in heard]


async def test_what_comes_by_the_stream_is_heard_at_once_and_once() -> None:
    server = Server(
        notifications=[mention(9020, post="310021")],
        sockets=[[streamed("notification", mention(9021, post="310022")), streamed("notification", mention(9020, post="310021")), None]],
    )
    first, gap, live = await heard_of(server, pages=3)
    assert keys([first, gap, live]) == [["notification:9020"], [], ["notification:9021"]]
    assert (first.rest_seconds, gap.rest_seconds, live.rest_seconds, live.cursor) == (0, 0, 0, None)
    assert server.opened == [
        {
            "url": "wss://streaming.lumen.example/api/v1/streaming?stream=user",
            "headers": {"authorization": "Bearer lumen-test-token-not-real"},
            "subprotocol": "lumen-test-token-not-real",
        }
    ]


async def test_what_came_while_the_stream_was_opened_is_asked_for_after_it_stands() -> None:
    late = Server(sockets=[[]])
    stream = connectors()["mastodon"].listen(channel=CHANNEL, cursor=CURSOR, net=late)  # type: ignore[attr-defined] # it listens
    assert keys([await anext(stream)]) == [[]]
    late.notifications.append(mention(9020, post="310021"))
    gap = await anext(stream)
    await stream.aclose()
    place = read_place(gap.cursor)
    assert place is not None
    assert (keys([gap]), len(late.opened), place.notification) == ([["notification:9020"]], 1, "9020")


async def test_a_poll_beside_the_stream_moves_the_place_and_repeats_nothing() -> None:
    both = mention(9020, post="310021")
    server = Server(sockets=[[streamed("notification", both), None]])
    stream = connectors()["mastodon"].listen(channel=CHANNEL, cursor=CURSOR, net=server)  # type: ignore[attr-defined] # it listens
    before = [await anext(stream), await anext(stream), await anext(stream)]
    server.notifications.append(both)
    after = await anext(stream)
    await stream.aclose()
    assert keys([*before, after]) == [[], [], ["notification:9020"], []]
    place = read_place(after.cursor)
    assert place is not None
    assert (place.notification, place.watched) == ("9020", {"310021": ""})


async def test_a_stream_that_breaks_is_opened_again_after_a_poll() -> None:
    one, two = mention(9020, post="310021"), mention(9021, post="310022")
    server = Server(sockets=[[streamed("notification", one)], [streamed("notification", two), None]])
    heard = await heard_of(server, pages=6)
    assert keys(heard) == [[], [], ["notification:9020"], [], [], ["notification:9021"]]
    assert [each.rest_seconds for each in heard] == [0, 0, 0, 15, 0, 0]
    assert len(server.opened) == 2


async def test_of_the_home_timeline_only_what_is_ours_is_kept() -> None:
    ours, theirs = status("300105", by=LUMEN), status("310030")
    server = Server(
        notifications=[mention(9020, post="310021")],
        sockets=[
            [
                streamed("update", theirs),
                streamed("update", ours),
                streamed("update", status("300106", by=LUMEN, reblog=theirs)),
                streamed("status.update", status("310030", edited_at="2026-05-04T10:05:00.000Z")),
                streamed("status.update", status("310021", edited_at="2026-05-04T10:06:00.000Z")),
                streamed("status.update", status("310031", mentions=[LUMEN], edited_at="2026-05-04T10:07:00.000Z")),
                streamed("delete", "310030"),
                streamed("delete", "310021"),
                streamed("filters_changed", ""),
                json.dumps({"stream": ["user"], "event": "announcement.delete", "payload": "8"}),
                "no JSON",
                json.dumps({"stream": ["user"], "event": "comet", "payload": "{}"}),
                None,
            ]
        ],
    )
    *_, live = await heard_of(server, pages=3)
    assert [item.key for item in live.items][:4] == [
        "status:300105",
        "status:310021:2026-05-04T10:06:00.000Z",
        "status:310031:2026-05-04T10:07:00.000Z",
        "delete:310021",
    ]
    parsed = [
        connectors()["mastodon"].parse(
            Delivery(channel=ChannelFacts(platform="mastodon", account="110001"), key=item.key, body=item.body, received_at=AT)
        )
        for item in live.items
    ]
    kinds = [event.kind for each in parsed for event in each.events]
    assert kinds == [Kind.POST, Kind.EDIT, Kind.EDIT, Kind.DELETION]
    assert parsed[-1].unknown == "an event of the stream that is not known: comet"


async def test_notifications_that_were_let_through_are_asked_for_at_once() -> None:
    server = Server(sockets=[[streamed("notifications_merged", "1"), streamed("filters_changed", "")]])
    stream = connectors()["mastodon"].listen(channel=CHANNEL, cursor=CURSOR, net=server)  # type: ignore[attr-defined] # it listens
    heard = [await anext(stream), await anext(stream)]
    server.notifications.append(mention(9020, post="310021"))
    heard.append(await anext(stream))
    await stream.aclose()
    assert keys(heard) == [[], [], ["notification:9020"]]


@pytest.mark.parametrize(
    "instance",
    [
        {},
        {"configuration": {"urls": {"streaming": "ws://streaming.lumen.example"}}},
        {"urls": {"streaming_api": "ftp://x.example"}},
        {"configuration": {"urls": {"streaming": "wss://streaming.lumen.example"}}},
    ],
    ids=["names none", "in the clear", "no stream", "does not open"],
)
async def test_without_a_stream_it_is_polled_every_fifteen_seconds(instance: dict[str, Any]) -> None:
    server = Server(instance=instance)
    heard = await heard_of(server, pages=4)
    assert [each.rest_seconds for each in heard] == [0, 15, 15, 15]
    asked = sum("/instance" in each["url"] for each in server.requests)
    assert 1 <= asked <= 6


@pytest.mark.parametrize(
    ("instance", "address"),
    [
        ({"configuration": {"urls": {"streaming": "wss://s.example"}}}, "wss://s.example/api/v1/streaming"),
        ({"configuration": {"urls": {"streaming": "wss://s.example/api/v1/streaming"}}}, "wss://s.example/api/v1/streaming"),
        ({"urls": {"streaming_api": "https://s.example:4000/"}}, "wss://s.example:4000/api/v1/streaming"),
    ],
)
async def test_servers_name_the_place_in_several_ways(instance: dict[str, Any], address: str) -> None:
    assert await streaming_address(CHANNEL, net=Server(instance=instance)) == address


async def test_a_token_that_is_no_word_goes_in_one_header_only() -> None:
    channel = ChannelAccess(platform="mastodon", account="110001", config=CHANNEL.config, credentials={"access_token": "a token"})
    server = Server(sockets=[[]])
    stream = connectors()["mastodon"].listen(channel=channel, cursor=CURSOR, net=server)  # type: ignore[attr-defined] # it listens
    for _ in range(2):
        await anext(stream)
    await stream.aclose()
    assert server.opened[0]["subprotocol"] is None


async def test_a_refusal_within_the_stream_is_no_event() -> None:
    server = Server(sockets=[[json.dumps({"error": "Access token does not have the required scopes", "status": 401})]])
    heard = await heard_of(server, pages=3)
    assert ([each.rest_seconds for each in heard], keys(heard)) == ([0, 0, 15], [[], [], []])


async def test_what_a_poller_gave_it_does_not_give_again() -> None:
    place = read_place(CURSOR)
    assert place is not None
    poller = Poller("110001", CHANNEL, Server(notifications=[mention(9020, post="310021")]), place)
    first = [each async for each in poller.news(every_seconds=15, then_rest=True)]
    poller.place.notification = "9019"
    again = [each async for each in poller.news(every_seconds=15, then_rest=True)]
    assert (keys(first), keys(again), again[0].cursor is not None) == ([["notification:9020"]], [[]], True)


async def test_a_server_that_is_away_ends_the_listening() -> None:
    class Away(Server):
        """Answers nothing."""

        async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
            """Keep protocol.Net."""
            raise NotSentError(f"{method} {url} {sorted(parts)}")

    with pytest.raises(NotSentError):
        await heard_of(Away(), pages=1)
