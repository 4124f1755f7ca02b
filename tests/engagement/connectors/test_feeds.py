"""Feeds beyond the cases: every journal item says what the whole feed said, whatever breaks, and nothing that is hostile gets far."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.vocabulary import Kind
from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.connectors.feeds.choosing import is_wanted
from services.engagement.connectors.feeds.documents import read_document
from services.engagement.connectors.feeds.entries import Entry, NotAFeedError
from services.engagement.connectors.feeds.markup import read_markup
from services.engagement.connectors.feeds.times import read_date
from services.engagement.connectors.feeds.tree import DEEPEST
from services.engagement.connectors.feeds.words import words_of_html, words_of_title
from services.engagement.protocol import ChannelFacts, Delivery, MalformedDeliveryError, Parsed, Request, Secrets
from tests.engagement.connectors.case_files import cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "youtube" / "samples"
AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
WHOLE = {case.name: body for case in cases() if case.platform == "feeds" and case.receives and (body := case.request().body)}
FUZZ = settings(max_examples=60, deadline=None)


def parse(body: bytes, *, key: str = "k", config: dict[str, str] | None = None) -> Parsed:
    channel = ChannelFacts(platform="feeds", config=config or {})
    return connectors()["feeds"].parse(Delivery(channel=channel, key=key, body=body, received_at=AT))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_each_journal_item_says_what_the_whole_feed_says(name: str) -> None:
    request = Request(body=WHOLE[name])
    items = connectors()["feeds"].split(request, secrets=Secrets(current=""))
    alone = [event for item in items for event in parse(item.body, key=item.key).events]
    assert sorted(alone, key=lambda event: event.id) == sorted(parse(WHOLE[name]).events, key=lambda event: event.id)


@FUZZ
@given(data=st.data())
def test_feeds_with_a_piece_cut_out_or_put_in_never_raise(data: st.DataObject) -> None:
    body = WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))]
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    pieces = (
        b"",
        b"<",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"&#0;",
        b"&#xD800;",
        b"</item>",
        b"<item>",
        b'"',
        b"\x00",
        b"\xff",
        b"<!DOCTYPE a [",
    )
    put = data.draw(st.sampled_from(pieces))
    broken = body[:first] + put + body[last if data.draw(st.booleans()) else first :]
    try:
        items = connectors()["feeds"].split(Request(body=broken), secrets=Secrets(current=""))
    except MalformedDeliveryError:
        return
    for item in items:
        assert 0 < len(item.key) <= 300
        parsed = parse(item.body, key=item.key)
        assert [parsed.events != (), parsed.ignored is not None, parsed.unknown is not None].count(True) == 1
        for event in parsed.events:
            assert "\x00" not in (event.text or "")
            assert event.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item><title>" + b"<a>" * 5_000 + b"x",
        b"<rss>" + b"<channel>" * 5_000,
        b'<rss a="' + b"<a " * 20_000,
        b"<rss>" + b"<!--" * 20_000,
        b"<rss><item><description>" + b"&lt;!--" * 20_000,
        b"<rss><item><description>" + b"&lt;a " * 20_000,
        b"<rss>" + b"&" * 50_000,
        b"<!DOCTYPE " + b"[" * 50_000,
    ],
    ids=["deep tags", "deep channels", "no end of a tag", "comments", "comments in html", "tags in html", "ampersands", "document type"],
)
def test_hostile_markup_is_read_or_refused(body: bytes) -> None:
    parsed = parse(body)
    assert parsed.events or parsed.ignored or parsed.unknown


def test_a_megabyte_of_sections_without_an_end_is_read() -> None:
    root = read_markup("<rss><channel><title>Lamps &nbsp; &</title></channel></rss><" + "<![CDATA[" * 120_000)
    assert root is not None
    assert root.name == "rss"


def test_what_stands_in_sections_is_not_mended() -> None:
    root = read_markup("<title>a &nbsp; <![CDATA[b &nbsp; ]]>c &eacute;<![CDATA[d &]]></title>")
    assert root is not None
    assert "".join(map(str, root.children)) == "a \xa0 b &nbsp; c \xe9d &"


def test_a_push_too_large_to_be_read_at_the_door_is_refused_and_a_file_is_not() -> None:
    body = b"<rss><channel><item><guid>1</guid><title>Lamps</title></item></channel></rss>" + b" " * 262_144
    pushed = Request(headers={"x-hub-signature": ["sha256=0"]}, body=body)
    with pytest.raises(MalformedDeliveryError):
        connectors()["feeds"].split(pushed, secrets=Secrets(current=""))
    assert len(connectors()["feeds"].split(Request(body=body), secrets=Secrets(current=""))) == 1


def test_depth_is_cut_and_the_words_stay() -> None:
    deep = "<b>" * (2 * DEEPEST) + "word" + "</b>" * (2 * DEEPEST)
    (event,) = parse(f"<rss><channel><item><guid>1</guid><description>{deep}</description></item></channel></rss>".encode()).events
    assert event.text == "word"


def test_more_elements_than_a_feed_has_are_refused() -> None:
    with pytest.raises(NotAFeedError, match="more elements"):
        read_document(b"<rss>" + b"<a/>" * 200_001)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 04 May 2026 09:30:00 +0200", datetime(2026, 5, 4, 7, 30, tzinfo=UTC)),
        ("Mon, 4 May 2026 09:30 EDT", datetime(2026, 5, 4, 13, 30, tzinfo=UTC)),
        ("Montag, 04 May 2026 09:30:00 GMT", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("04 May 26 09:30:00 Z", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04T09:30:00.123-05:00", datetime(2026, 5, 4, 14, 30, tzinfo=UTC)),
        ("2026-05-04 09:30:00", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04T09:30Z", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("20260504T093000Z", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05", datetime(2026, 5, 1, tzinfo=UTC)),
        ("5/4/2026 9:30:00 PM", datetime(2026, 5, 4, 21, 30, tzinfo=UTC)),
        ("Mon, 04 May 2026 23:59:60 GMT", datetime(2026, 5, 4, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("2026-13-45", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_are_read_as_people_write_them(text: str | None, expected: datetime | None) -> None:
    assert read_date(text) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("one\n two", "one\ntwo"),
        ("<p>one\n two</p>", "one two"),
        ("<style>p{}</style>x<script>y</script>", "x"),
        ("a <3 b", "a <3 b"),
        ("<!-- no --><b>yes</b>", "yes"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
    ],
)
def test_html_becomes_the_words_that_a_reader_sees(html: str, expected: str) -> None:
    assert words_of_html(html) == expected


def test_a_title_keeps_what_is_no_tag_of_titles() -> None:
    assert words_of_title("How to use <script> &amp; <b>why</b>") == "How to use <script> & why"


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({}, True),
        ({"words": "lumen"}, True),
        ({"words": "lume"}, False),
        ({"words": "the   lumen kettle, other"}, True),
        ({"words": "pans"}, False),
        ({"words": "kessel", "without": "sale"}, False),
        ({"words": "lumen", "without": "kettle"}, False),
        ({"without": "sale"}, True),
        ({"words": "\u8336"}, True),
    ],
)
def test_words_are_looked_for_whole_and_in_any_case(config: dict[str, str], wanted: bool) -> None:
    entry = Entry(id="1", title="The Lumen\nKettle", text="\u559d\u8336\u5427", categories=("Home",))
    assert is_wanted(entry, config=config) is wanted


def test_the_channel_says_what_entries_are() -> None:
    body = WHOLE["text_rss_of_a_blog"]
    assert [parse(body, config={"entries": wish}).events[0].kind for wish in ("posts", "comments", "mentions", "anything")] == [
        Kind.POST,
        Kind.COMMENT,
        Kind.MENTION,
        Kind.POST,
    ]


def test_posts_of_our_own_blog_are_what_we_said() -> None:
    (event,) = parse(WHOLE["text_rss_of_a_blog"], config={"control": "ours"}).events
    assert (event.direction.value, event.venue.control.value, event.venue.media.value) == ("outbound", "ours", "owned")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
def test_a_notification_of_youtube_is_a_feed() -> None:
    (line,) = parse_file("feeds", path=SHARED / "youtube-push-atom-official.xml", received_at=AT)
    assert (line["kind"], line["id"], line["text"]) == ("post", "yt:video:VIDEO_ID", "Video title")
