"""What YouTube's hub could push, and worse: feeds of any sort never raise. Whom replies speak to, and resources without their kind."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors import connectors
from services.engagement.families.websub import proven
from services.engagement.protocol import ChannelFacts, Delivery, MalformedDeliveryError, Parsed, Request, Secrets, SignatureRefusedError
from tests.engagement.connectors.test_properties import FUZZ, assert_sound

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
US, INES = "UCLumen0000000000000001", "UCInes00000000000000002"
FEED = (
    b'<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">'
    b"<entry><id>yt:video:v1</id><yt:videoId>v1</yt:videoId><yt:channelId>UCLumen0000000000000001</yt:channelId><title>Lamps</title>"
    b"<author><name>Lumen</name><uri>https://www.youtube.com/channel/UCLumen0000000000000001</uri></author>"
    b"<published>2026-05-04T09:55:00+00:00</published><updated>2026-05-04T09:59:00+00:00</updated>"
    b"<media:group><media:title>Lamps</media:title><media:description>All of them</media:description></media:group></entry></feed>"
)
HOSTILE = {
    "nested": b"<feed>" + b"<a>" * 100_000,
    "nested and closed": b"<feed><entry>" + b"<a>" * 90_000 + b"</a>" * 90_000 + b"</entry></feed>",
    "laughs": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed><entry><id>&b;</id></entry></feed>',
    "outside entity": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><feed/>',
    "odd encoding": b'<?xml version="1.0" encoding="utf-19"?><feed/>',
    "another encoding": '<?xml version="1.0" encoding="utf-16"?><feed/>'.encode("utf-16"),
    "no namespace": b"<feed><entry><videoId>v1</videoId></entry></feed>",
    "empty entry": b"<feed><entry/></feed>",
    "many entries": b"<feed>" + b"<entry><id>yt:video:v</id></entry>" * 2_000 + b"</feed>",
    "too long": b"<feed>" + b" " * 1_000_001 + b"</feed>",
    "long id": b"<feed><entry><id>yt:video:" + b"v" * 10_000 + b"</id></entry></feed>",
    "comments": b"<feed><!-- <entry/> --><?pi?><entry><id><!-- x -->yt:video:v1</id></entry></feed>",
    "html": b"<html><body>503</body></html>",
    "only an angle": b"<",
}


def parse(body: bytes, *, account: str = US, **config: str) -> Parsed:
    facts = ChannelFacts(platform="youtube", account=account, config=config)
    return connectors()["youtube"].parse(Delivery(channel=facts, key="k", body=body, received_at=AT))


def only(resource: Any, *, account: str = US, **config: str) -> NeutralEvent:
    (event,) = parse(json.dumps(resource).encode(), account=account, **config).events
    return event


def comment(text: str, *, by: str = INES, name: str = "@ines", **snippet: Any) -> dict[str, Any]:
    told = {"authorChannelId": {"value": by}, "authorDisplayName": name, "textOriginal": text, "publishedAt": "2026-05-04T10:00:00Z"}
    return {"kind": "youtube#comment", "id": "T.r", "snippet": {**told, "parentId": "T", **snippet}}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_feeds_are_refused_or_kept_but_never_raise(name: str) -> None:
    assert_sound(parse(HOSTILE[name]))
    try:
        items = connectors()["youtube"].split(Request(body=HOSTILE[name]), secrets=Secrets(current="x"))
    except MalformedDeliveryError:
        return
    assert all(0 < len(item.key) <= 300 for item in items)
    for item in items[:3]:
        assert_sound(parse(item.body))


@FUZZ
@given(data=st.data())
def test_feeds_with_pieces_replaced_never_raise(data: st.DataObject) -> None:
    raw = bytearray(FEED)
    for _ in range(data.draw(st.integers(1, 5))):
        begin = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), begin + data.draw(st.integers(0, 30)))
        raw[begin:end] = data.draw(st.binary(max_size=20) | st.sampled_from([b"<entry>", b"</entry>", b"<id>", b"&#0;", b"&#xD800;"]))
    assert_sound(parse(bytes(raw)))


def test_an_entry_reads_the_same_apart_from_its_feed() -> None:
    (item,) = connectors()["youtube"].split(Request(body=FEED), secrets=Secrets(current="x"))
    assert parse(item.body).events == parse(FEED).events
    assert (item.key, parse(FEED).events[0].text) == ("video:v1:2026-05-04T09:59:00+00:00", "Lamps\n\nAll of them")


def test_where_our_channel_is_not_known_the_feed_is_ours_and_so_is_who_owns_the_video() -> None:
    (event,) = parse(FEED, account="").events
    assert event.direction is Direction.OUTBOUND
    (event,) = parse(FEED, account="UCOther").events
    assert (event.direction, event.addressed) == (Direction.INBOUND, Addressed.ABOUT_US)
    assert only(comment("Thanks!", by=US, channelId=US), account="").direction is Direction.OUTBOUND


@pytest.mark.parametrize(
    ("text", "addressed", "named"),
    [
        ("thanks", Addressed.US, []),
        ("@LumenLamps, which one?", Addressed.US, [US]),
        ("@boris which one?", Addressed.OTHERS, ["@boris"]),
        ("@boris and @lumenlamps: which one?", Addressed.US, ["@boris", US]),
        ("write to ines@lumen.example or see x.example/@bo", Addressed.US, []),
        ("@ab @a.b-c_d. @@x", Addressed.OTHERS, ["@a.b-c_d"]),
    ],
)
def test_handles_say_whom_a_reply_speaks_to(text: str, addressed: Addressed, named: list[str]) -> None:
    event = only(comment(text), handle="lumenlamps")
    assert (event.addressed, [each.external_id for each in event.mentions]) == (addressed, named)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ({"topLevelComment": {"id": "T", "snippet": {"textDisplay": "Hi"}}}, Kind.COMMENT),
        ({"comments": [{"id": "T.r", "snippet": {"textDisplay": "Hi"}}]}, Kind.COMMENT),
        ({"id": "T", "snippet": {"textDisplay": "Hi", "authorChannelId": INES, "likeCount": "3", "videoId": None}}, Kind.COMMENT),
        (json.dumps({"id": "T", "snippet": {"textDisplay": "Hi"}}), Kind.COMMENT),
        ([{"id": "T", "snippet": {"textDisplay": "Hi"}}], Kind.COMMENT),
        ({"items": [{"id": "T", "snippet": {"topLevelComment": {"snippet": {"textDisplay": "Hi"}}}}]}, Kind.COMMENT),
        ({"id": {"kind": "youtube#video", "videoId": "v"}, "snippet": {"title": "Lamps", "channelId": INES}}, Kind.POST),
        ({"id": "v", "snippet": {"title": "Lamps", "channelId": US, "liveBroadcastContent": "none"}}, Kind.POST),
        ({"id": "m", "snippet": {"liveChatId": "c", "displayMessage": "Hi"}, "authorDetails": {"channelId": INES}}, Kind.COMMENT),
        ({"snippet": {"supporterDetails": {"channelId": INES}, "createdAt": "2026-05-04T09:00:00Z", "amountMicros": "1"}}, Kind.PURCHASE),
        ({"subscriberSnippet": {"channelId": INES}, "snippet": {"resourceId": {"channelId": US}}}, Kind.FOLLOW),
    ],
)
def test_resources_without_their_kind_are_told_by_their_shape(resource: Any, kind: Kind) -> None:
    assert only(resource).kind is kind


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind":"youtube#commentThreadListResponse","items":[]}',
        b'{"kind":"youtube#captionListResponse","items":[{"kind":"youtube#caption","id":"c"}]}',
        b'{"error":"invalid_grant","error_description":"x"}',
        b'{"access_token":"x","expires_in":1}',
        b'{"title":"t","thumbnails":{}}',
        b"hub.mode=subscribe&hub.challenge=1",
        b'{"hub.mode":"subscribe","hub.topic":"x"}',
        b'{"kind":"youtube#comment","id":"T"}',
        b"[]",
    ],
)
def test_what_says_nothing_of_people_is_ignored(body: bytes) -> None:
    parsed = parse(body)
    assert parsed.ignored
    assert "access" not in parsed.ignored


def test_a_channel_without_an_account_subscribed_to_nothing() -> None:
    asked = {
        "hub.mode": ["subscribe"],
        "hub.challenge": ["1"],
        "hub.topic": [f"https://www.youtube.com/xml/feeds/videos.xml?channel_id={US}"],
    }
    address = proven("https://rapport.example/webhooks/t", topic=asked["hub.topic"][0], secret="s")
    asked["topic"] = [address.partition("?topic=")[2]]
    request = Request(method="GET", query=asked)
    youtube = connectors()["youtube"]
    assert youtube.handshake(request, secrets=Secrets(current="s", config={"account": US}), now=AT) is not None
    for topic in (asked["hub.topic"], ["https://www.youtube.com/"], []):
        with pytest.raises(SignatureRefusedError):
            youtube.handshake(Request(method="GET", query={**asked, "hub.topic": topic}), secrets=Secrets(current="s"), now=AT)


def test_one_revision_has_one_key_and_one_id_however_its_time_is_written() -> None:
    found = set()
    for at in ("2026-05-04T10:07:00Z", "2026-05-04T10:07:00.000Z", "2026-05-04T12:07:00+02:00"):
        body = json.dumps(comment("Hi", updatedAt=at)).encode()
        (item,) = connectors()["youtube"].split(Request(body=body), secrets=Secrets(current="x"))
        found.add((item.key, *(event.id for event in parse(item.body).events)))
    assert found == {("T.r:2026-05-04T10:07:00Z", "T.r", "T.r:edit:2026-05-04T10:07:00Z")}
