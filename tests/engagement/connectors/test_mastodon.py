"""Mastodon beyond its cases: every recorded payload is understood, and HTML becomes text."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.engagement.admin_connectors import parse_file
from services.engagement.connectors.mastodon.texts import plain_text

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "mastodon"
AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded payloads are not beside this project")
@pytest.mark.parametrize(("folder", "events"), [("samples", 17), ("api-responses", 5), ("docs-elided", 2)])
def test_every_sample_is_understood(folder: str, events: int) -> None:
    outcomes = Counter[str]()
    for path in sorted((SHARED / folder).iterdir()):
        for line in parse_file("mastodon", path=path, received_at=AT):
            outcomes[str(line["kind"]) if line["kind"] in {"ignored", "unknown", "handshake"} else "event"] += 1
    assert outcomes["unknown"] == 0
    assert outcomes["event"] == events


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (None, None),
        ("", None),
        ("<p></p>", None),
        ("plain & simple", "plain & simple"),
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ('<p><span class="h-card"><a href="https://x.example/@ana" class="u-url mention">@<span>ana</span></a></span> hi</p>', "@ana hi"),
        ('<a href="https://www.shop.example/"><span class="invisible">https://www.</span>shop.example</a>', "https://www.shop.example/"),
        ('<a href="https://shop.example/long"><span>shop.example/lo\u2026</span></a>', "https://shop.example/long"),
        ('<a href="https://shop.example">our shop</a>', "our shop (https://shop.example)"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<script>bad()</script><p>good</p>", "good"),
        ("1 < 2 and <p>3 &gt; 2", "1 < 2 and\n\n3 > 2"),
        ("<p>" * 50_000, None),
        ("<" * 100_000, "<" * 100_000),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str | None, text: str | None) -> None:
    assert plain_text(html) == text
