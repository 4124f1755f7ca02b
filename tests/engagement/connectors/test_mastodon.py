"""Mastodon beyond its cases: HTML becomes what a reader sees."""

import pytest

from services.engagement.connectors.mastodon.texts import plain_text


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
