"""Bluesky's parts that cases show badly: marks by bytes, record keys, sessions by a clock, waits, what is read again and again."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.interaction import Attachment, Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors.bluesky.addresses import record_key
from services.engagement.connectors.bluesky.composing import facets_of, handles_in
from services.engagement.connectors.bluesky.connector import BlueskyConnector
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    ChannelFacts,
    Delivery,
    NetAnswer,
    OutboundReply,
    RateLimitedError,
    Request,
    Secrets,
)
from tests.engagement.connectors.case_files import cases
from tests.engagement.connectors.scripted import ScriptedNet

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
US, INES = "did:plc:lumenhelpaaaaaaaaaaaaaaa", "did:plc:inesferrerbbbbbbbbbbbbbb"
POST = f"at://{INES}/app.bsky.feed.post/3lqines2222ab"
CHANNEL = ChannelAccess(platform="bluesky", config={"identifier": "lumen.example"}, credentials={"app_password": "p"})


class StandingClock:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        """Keep kit.clock.Clock."""
        return self.at


def answer(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> NetAnswer:
    return NetAnswer(status=status, headers=headers or {}, body=json.dumps(body).encode())


def session(number: int, *, ends_at: datetime) -> NetAnswer:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": int(ends_at.timestamp())}).encode()).decode().rstrip("=")
    return answer({"accessJwt": f"h{number}.{claims}.s", "refreshJwt": f"refresh-{number}", "did": US, "handle": "lumen.example"})


def reply(**parts: Any) -> OutboundReply:
    answering = Answered(external_id=POST, kind=Kind.COMMENT, occurred_at=AT, root=POST, extra={"cid": "bafyreilumen"})
    usual = {"id": "0197a000-0000-7000-8000-000000000001", "kind": Kind.COMMENT, "attempted_at": AT, "text": "Hi", "answering": answering}
    return OutboundReply(**{**usual, **parts})


WRITTEN = answer({"uri": "at://x/app.bsky.feed.post/y", "cid": "bafyreilumen"})


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("(see https://lumen.example/a_(b)).", ["https://lumen.example/a_(b)"]),
        ("„https://lumen.example/ö“ und 👩‍👩‍👧 https://lumen.example", ["https://lumen.example/ö“", "https://lumen.example"]),
        ("é @ines.ferrer.example, mail@ines.ferrer.example", ["@ines.ferrer.example"]),
        ("@INES.ferrer.example", ["@INES.ferrer.example"]),
        ("https://lumen.example/@ines.ferrer.example", ["https://lumen.example/@ines.ferrer.example"]),
        ("#café, #1 # #2026 a#b", ["#café"]),
        ("@nobody.example", []),
        ("", []),
    ],
)
def test_marks_are_cut_out_of_the_bytes_of_the_text(text: str, marked: list[str]) -> None:
    facets: list[Any] = list(facets_of(text, people={"ines.ferrer.example": INES}))
    encoded = text.encode()
    assert [encoded[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() for facet in facets] == marked


def test_handles_are_found_outside_of_links_and_mail_addresses() -> None:
    assert handles_in("@a.example @a.example https://x.example/@b.example c@d.example @localhost") == ["a.example"]


def test_key_of_a_reply_is_a_tid_of_its_own_time_and_always_the_same() -> None:
    keys = [record_key(f"0197a000-{number:04x}-7000-8000-00000000000{number % 10}") for number in range(500)]
    assert len(set(keys)) == 500
    assert keys == sorted(keys)
    for key in [*keys, record_key("r"), record_key("x" * 99)]:
        assert re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", key)
    assert record_key("r") == record_key("r") != record_key("s")


async def test_session_is_made_once_and_renewed_before_it_ends() -> None:
    clock = StandingClock()
    connector = BlueskyConnector(clock)
    net = ScriptedNet(
        answers=[session(1, ends_at=AT + timedelta(hours=2)), WRITTEN, WRITTEN, session(2, ends_at=AT + timedelta(hours=4)), WRITTEN],
        strict=True,
    )
    await connector.send(reply(), channel=CHANNEL, net=net)
    await connector.send(reply(), channel=CHANNEL, net=net)
    clock.at = AT + timedelta(hours=1, minutes=58)
    await connector.send(reply(), channel=CHANNEL, net=net)
    names = [request["url"].rpartition(".")[2] for request in net.requests]
    assert names == ["createSession", "putRecord", "putRecord", "refreshSession", "putRecord"]
    assert net.requests[3]["headers"]["authorization"] == "Bearer refresh-1"


async def test_password_that_was_changed_is_another_session() -> None:
    connector = BlueskyConnector(StandingClock())
    net = ScriptedNet(
        answers=[session(1, ends_at=AT + timedelta(hours=2)), WRITTEN, session(2, ends_at=AT + timedelta(hours=2)), WRITTEN], strict=True
    )
    await connector.send(reply(), channel=CHANNEL, net=net)
    other = ChannelAccess(platform="bluesky", config=CHANNEL.config, credentials={"app_password": "q"})
    await connector.send(reply(), channel=other, net=net)
    assert net.requests[2]["json"] == {"identifier": "lumen.example", "password": "q"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-reset": str(int(AT.timestamp()) + 90)}, 90.0),
        ({"ratelimit-reset": str(int(AT.timestamp()) - 90)}, 1.0),
        ({"ratelimit-reset": "99999999999"}, 86_400.0),
        ({"retry-after": "7"}, 7.0),
        ({"ratelimit-reset": "soon"}, 60.0),
    ],
)
async def test_wait_is_until_the_moment_that_the_server_names(headers: dict[str, str], seconds: float) -> None:
    limited = answer({"error": "RateLimitExceeded"}, status=429, headers=headers)
    net = ScriptedNet(answers=[session(1, ends_at=AT + timedelta(hours=2)), limited], strict=True)
    with pytest.raises(RateLimitedError) as refused:
        await BlueskyConnector(StandingClock()).send(reply(), channel=CHANNEL, net=net)
    assert refused.value.retry_after_seconds == seconds


async def test_like_is_a_record_about_this_version_of_the_post() -> None:
    view = {
        "uri": POST,
        "cid": "bafyreilumen",
        "author": {"did": INES, "handle": "ines.ferrer.example"},
        "record": {"text": "Hi"},
        "viewer": {},
    }
    net = ScriptedNet(answers=[session(1, ends_at=AT + timedelta(hours=2)), answer({"posts": [view]}), WRITTEN], strict=True)
    await BlueskyConnector(StandingClock()).like(POST, author=None, liked=True, channel=CHANNEL, net=net)
    assert net.requests[2]["json"] == {
        "repo": US,
        "collection": "app.bsky.feed.like",
        "record": {"$type": "app.bsky.feed.like", "subject": {"uri": POST, "cid": "bafyreilumen"}, "createdAt": "2026-05-04T10:00:05.000Z"},
    }


async def test_first_hidden_answer_makes_the_threadgate() -> None:
    ours = f"at://{US}/app.bsky.feed.post/3lqlumen2222a"
    ref = {"uri": ours, "cid": "bafyreilumen"}
    view = {"uri": POST, "cid": "bafyreilumen", "record": {"text": "Hi", "reply": {"root": ref, "parent": ref}}}
    absent = answer({"error": "RecordNotFound", "message": "Could not locate record"}, status=400)
    net = ScriptedNet(answers=[session(1, ends_at=AT + timedelta(hours=2)), answer({"posts": [view]}), absent, WRITTEN], strict=True)
    await BlueskyConnector(StandingClock()).hide(POST, hidden=True, channel=CHANNEL, net=net)
    gate = {"$type": "app.bsky.feed.threadgate", "post": ours, "createdAt": "2026-05-04T10:00:05.000Z", "hiddenReplies": [POST]}
    named = {"repo": US, "collection": "app.bsky.feed.threadgate", "rkey": "3lqlumen2222a"}
    assert net.requests[3]["json"] == {**named, "swapRecord": None, "record": gate}


async def test_picture_with_an_address_only_is_fetched_and_handed_in() -> None:
    picture = NetAnswer(status=200, headers={"content-type": "image/webp"}, body=b"RIFF")
    blob = {"$type": "blob", "ref": {"$link": "bafkreilumen"}, "mimeType": "image/webp", "size": 4}
    net = ScriptedNet(answers=[session(1, ends_at=AT + timedelta(hours=2)), picture, answer({"blob": blob}), WRITTEN], strict=True)
    pictured = reply(attachments=(Attachment(kind="image", url="https://lumen.example/a.webp"),))
    await BlueskyConnector(StandingClock()).send(pictured, channel=CHANNEL, net=net)
    assert net.requests[2]["headers"]["content-type"] == "image/webp"
    assert net.requests[3]["json"]["record"]["embed"]["images"] == [{"image": blob, "alt": ""}]


def test_one_post_has_one_key_and_one_id_however_it_is_told() -> None:
    connector, told = BlueskyConnector(), []
    for name in ("text_reply", "stream_reply"):
        (case,) = (case for case in cases() if case.title == f"bluesky/{name}")
        (item,) = connector.split(case.request(), secrets=Secrets(current=""))
        (event,) = connector.parse(case.delivery(item)).events
        told.append((item.key, event.id, event.kind, event.root, event.thread, event.addressed, event.venue.external_id))
    assert told[0] == told[1]


def test_numbers_of_any_size_and_pages_within_pages_are_kept_as_they_came() -> None:
    body = (
        b'{"success":true,"headers":{},"data":{"posts":[{"uri":"%s","likeCount":123456789012345678901234567890,"record":{"text":"Hi"}}]}}'
    )
    (item,) = BlueskyConnector().split(Request(body=body % POST.encode()), secrets=Secrets(current=""))
    assert item.key == POST
    delivery = Delivery(channel=ChannelFacts(platform="bluesky"), key=item.key, body=item.body, received_at=AT)
    (event,) = BlueskyConnector().parse(delivery).events
    assert (event.text, event.author) == ("Hi", Author(network="bluesky", external_id=INES, links=(f"https://bsky.app/profile/{INES}",)))


@pytest.mark.parametrize("depth", [100, 900, 5_000])
def test_what_is_nested_deeply_is_read_or_refused_but_never_raises(depth: int) -> None:
    opened, closed = '{"a":' * depth, "}" * depth
    body = f'{{"author":{{"did":"{INES}"}},"record":{{"text":"Hi","embed":{opened}1{closed}}}}}'.encode()
    delivery = Delivery(channel=ChannelFacts(platform="bluesky"), key="k", body=body, received_at=AT)
    parsed = BlueskyConnector().parse(delivery)
    assert parsed.unknown == "not JSON" or [event.text for event in parsed.events] == ["Hi"]


def test_stream_that_was_written_down_is_events_one_a_line() -> None:
    lines = [
        json.dumps(
            {"did": INES, "kind": "commit", "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": key, "rev": "r"}}
        )
        for key in "ab"
    ]
    for body in ("\n".join(lines), "\r\n".join([*lines, ""])):
        items = BlueskyConnector().split(Request(body=body.encode()), secrets=Secrets(current=""))
        assert [item.key.rpartition("/")[2] for item in items] == ["a:delete:r", "b:delete:r"]
    (item,) = BlueskyConnector().split(Request(body=json.dumps(lines[0]).encode()), secrets=Secrets(current=""))
    assert item.key.endswith("a:delete:r")


def test_lists_within_a_list_are_entries_of_one() -> None:
    posts = [[{"uri": f"{POST}{number}", "record": {"text": "Hi"}}] for number in range(3)]
    items = BlueskyConnector().split(Request(body=json.dumps(posts).encode()), secrets=Secrets(current=""))
    assert [item.key for item in items] == [f"{POST}{number}" for number in range(3)]


async def test_nothing_is_lost_where_a_later_source_is_asked_too_often() -> None:
    page = {
        "notifications": [{"uri": POST, "cid": "c", "reason": "mention", "record": {"text": "Hi"}, "indexedAt": "2026-05-04T09:59:31.000Z"}]
    }
    limited = answer({"error": "RateLimitExceeded"}, status=429, headers={"retry-after": "30"})
    told = '{"notifications":"2026-05-04T09:00:00.000Z","posts":"","log":"2222222lqaaaa"}'
    log = {
        "rev": "2222222lqaaab",
        "convoId": "c",
        "message": {"id": "m", "text": "Hi", "sender": {"did": INES}, "sentAt": "2026-05-04T09:59:31Z"},
    }
    said = answer({"logs": [log], "cursor": "2222222lqaaab"})
    convo, end = answer({"convo": {"id": "c", "members": []}}), answer({"logs": [], "cursor": "2222222lqaaab"})
    asked = [session(1, ends_at=AT + timedelta(hours=2)), answer(page), said, limited, answer(page), said, convo, end]
    stream = BlueskyConnector(StandingClock()).listen(channel=CHANNEL, cursor=told, net=ScriptedNet(answers=asked, strict=True))
    heard = [await anext(stream) for _ in range(3)]
    assert [[item.key for item in each.items] for each in heard] == [[POST], [], ["message:c/m"]]
    assert heard[1].rest_seconds == 30.0
    assert '"log":"2222222lqaaaa"' in str(heard[0].cursor)
    assert '"log":"2222222lqaaab"' in str(heard[2].cursor)
