"""Mastodon beyond its cases: HTML becomes what a reader sees, and pushes open only with their secret."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.engagement.connectors.mastodon.pushes import new_secret, opened_push
from services.engagement.connectors.mastodon.streams import items_of
from services.engagement.connectors.mastodon.texts import plain_text
from services.engagement.protocol import NotJsonError, Request

VECTOR = Path(__file__).parents[4] / "shared" / "platforms" / "mastodon" / "vectors" / "webpush-aesgcm-mastodonpy.json"


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


@pytest.mark.parametrize(
    "body",
    ['"' + '\\"' * 300_000, "//" * 300_000, "/*" * 300_000, "{," + " " * 600_000, "," * 600_000, ". " * 300_000, '"\n' * 300_000],
    ids=["escaped quotes", "comments", "open comments", "blanks", "commas", "dots", "open strings"],
)
def test_a_long_text_that_is_no_json_is_refused_in_one_reading(body: str) -> None:
    with pytest.raises(NotJsonError):
        items_of(body.encode())


RFC_8291_SECRET = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94.BTBZMqHH6r4Tts7J_aSIgg"
RFC_8291_MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_is_opened() -> None:
    body = base64.urlsafe_b64decode(RFC_8291_MESSAGE)
    request = Request(headers={"content-encoding": ["aes128gcm"]}, body=body)
    assert opened_push(request, secrets=[new_secret(), RFC_8291_SECRET]) == b"When I grow up, I want to be a watermelon"
    assert opened_push(request, secrets=[new_secret(), "", "a.b", "\u00e9.\u00e9"]) is None
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        # The size of a record is not sealed; there is one record only.
        assert (opened_push(replace(request, body=changed), secrets=[RFC_8291_SECRET]) is None) == (place not in range(16, 20))


@pytest.mark.skipif(not VECTOR.exists(), reason="the recorded push is not beside this project")
def test_a_push_of_a_server_is_opened() -> None:
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    private, auth = int(vector["privkey_int"]).to_bytes(32), bytes.fromhex(vector["auth_hex"])
    secret = ".".join(base64.urlsafe_b64encode(each).decode() for each in (private, auth))
    headers = {"content-encoding": ["aesgcm"], "encryption": [vector["Encryption"]], "crypto-key": [vector["Crypto-Key"]]}
    said = json.loads(opened_push(Request(headers=headers, body=bytes.fromhex(vector["body_hex"])), secrets=[secret]) or b"{}")
    assert said["title"] == vector["expect_title"]
    assert "access_token" not in said
