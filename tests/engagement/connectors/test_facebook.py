"""Facebook where a case cannot say it: what is asked for is what was delivered; real payloads, where these lie next to the project."""

import contextlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.contracts.interaction import conversation_key
from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.protocol import ChannelFacts, Delivery, Parsed, RawItem, Request, Secrets, SendError, SignatureRefusedError
from tests.engagement.connectors.case_files import Case, cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "facebook"
AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
PAGE, INES = "104555000000001", {"id": "6200000000000001", "name": "Ines Ferrer"}
POST, COMMENT = f"{PAGE}_9100000000000010", "9100000000000010_9200000000000001"
WRITTEN = "2026-05-04T10:00:00+0000"


def split(body: Any) -> list[RawItem]:
    return connectors()["facebook"].split(Request(body=msgspec.json.encode(body)), secrets=Secrets(current="x"))


def parse(item: RawItem) -> Parsed:
    facts = ChannelFacts(platform="facebook", account=item.account or PAGE)
    return connectors()["facebook"].parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=AT))


def held(sort: str, thing: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "rapport_history": [{"sort": sort, "object": thing, **more}]}]}


def live(**entry: Any) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": 1777888801000, **entry}]}


def change(field: str, **value: Any) -> dict[str, Any]:
    return live(changes=[{"field": field, "value": {"verb": "add", "created_time": 1777888800, **value}}])


SAME = {
    "message": (
        live(
            messaging=[
                {
                    "sender": {"id": INES["id"]},
                    "recipient": {"id": PAGE},
                    "timestamp": 1777888800000,
                    "message": {"mid": "m_1", "text": "Hi"},
                }
            ]
        ),
        held("message", {"id": "m_1", "created_time": WRITTEN, "from": INES, "to": {"data": [{"id": PAGE}]}, "message": "Hi"}),
    ),
    "comment": (
        change("feed", item="comment", comment_id=COMMENT, post_id=POST, parent_id=POST, message="Green?", **{"from": INES}),
        held("comment", {"id": COMMENT, "created_time": WRITTEN, "from": INES, "message": "Green?"}, post=POST),
    ),
    "answer": (
        change("feed", item="comment", comment_id="9_3", post_id=POST, parent_id=COMMENT, message="Blue", **{"from": INES}),
        held("comment", {"id": "9_3", "created_time": WRITTEN, "from": INES, "message": "Blue", "parent": {"id": COMMENT}}, post=POST),
    ),
    "post": (
        change("feed", item="status", post_id=POST, message="Thanks", **{"from": INES}),
        held("post", {"id": POST, "created_time": WRITTEN, "from": INES, "message": "Thanks"}),
    ),
    "review": (
        change(
            "ratings",
            item="rating",
            open_graph_story_id=94,
            reviewer_id=INES["id"],
            reviewer_name=INES["name"],
            recommendation_type="POSITIVE",
            review_text="Lovely",
        ),
        held(
            "review",
            {
                "created_time": WRITTEN,
                "reviewer": INES,
                "recommendation_type": "positive",
                "review_text": "Lovely",
                "open_graph_story": {"id": "94"},
            },
        ),
    ),
}


@pytest.mark.parametrize(("delivered", "asked"), SAME.values(), ids=SAME)
def test_what_is_asked_for_is_what_was_delivered(delivered: dict[str, Any], asked: dict[str, Any]) -> None:
    (first,), (second,) = split(delivered), split(asked)
    assert (first.key, first.account) == (second.key, second.account)
    (one,), (other,) = parse(first).events, parse(second).events
    assert (one.id, one.kind, one.text, one.rating, one.occurred_at) == (other.id, other.kind, other.text, other.rating, other.occurred_at)
    assert conversation_key(one) == conversation_key(other)
    assert (one.author.scope, one.author.external_id) == (other.author.scope, other.author.external_id)


def test_a_comment_that_is_both_under_a_post_and_a_mention_is_one() -> None:
    facts = {"item": "comment", "comment_id": COMMENT, "post_id": POST, "message": "Lumen!", "from": INES}
    (comment,) = [event for item in split(change("feed", **facts)) for event in parse(item).events]
    (mention,) = [event for item in split(change("mention", **facts)) for event in parse(item).events]
    assert comment.id == mention.id


def test_items_keep_their_bytes() -> None:
    exact = b'{"sender": {"id": 620000000000000000001}, "recipient":{"id":1},"timestamp":1.5e12,"message":{"mid":"m","text":"\\u00e4"}}'
    body = b'{"object":"page","entry":[{"id":1,"time":2,"messaging":[' + exact + b"]}]}"
    (item,) = connectors()["facebook"].split(Request(body=body), secrets=Secrets(current="x"))
    assert exact in item.body


def test_ids_do_not_hang_on_when_an_entry_was_made() -> None:
    unliked = {"field": "feed", "value": {"item": "like", "verb": "remove", "post_id": POST, "sender_id": INES["id"]}}
    (first,), (later,) = (split({"entry": [{"id": PAGE, "time": time, "changes": [unliked]}]}) for time in (1, 2))
    assert first.key == later.key
    assert [event.id for event in parse(first).events] == [event.id for event in parse(later).events]


@pytest.mark.parametrize("deep", [200, 100_000])
def test_deep_nesting_is_no_trouble(deep: int) -> None:
    body = b'{"object":"page","entry":[{"id":"1","changes":[{"field":"feed","value":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}]}]}"
    facts = ChannelFacts(platform="facebook")
    parsed = connectors()["facebook"].parse(Delivery(channel=facts, key="k", body=body, received_at=AT))
    assert parsed.unknown or parsed.ignored


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
def test_real_payloads_are_understood() -> None:
    kinds: Counter[object] = Counter()
    for folder in ("samples", "api-responses"):
        for path in sorted((SHARED / folder).iterdir()):
            kinds.update(line["kind"] for line in parse_file("facebook", path=path, received_at=AT))
    assert kinds["unknown"] == 0
    understood = {"direct": 21, "comment": 9, "edit": 9, "click": 8, "reaction": 8, "receipt": 4, "post": 4, "unreaction": 3, "review": 1}
    assert {kind: kinds[kind] for kind in understood} == understood
    assert {kind: kinds[kind] for kind in ("follow", "deletion", "mention", "purchase")} == {
        "follow": 2,
        "deletion": 2,
        "mention": 2,
        "purchase": 1,
    }
    assert kinds["ignored"] == 17


@pytest.mark.skipif(not SHARED.is_dir(), reason="the specification is not here")
@pytest.mark.parametrize("case", [case for case in cases() if case.platform == "facebook" and case.sends], ids=lambda case: case.name)
async def test_replies_fit_what_others_know_of_the_send_api(case: Case) -> None:
    """A catalogue of others, so a pass proves little: what it requires is there, and what it lists has one of its values."""
    text = (SHARED / "spec" / "unofficial-facebook-messages-openapi.yml").read_text(encoding="utf-8")
    schema = yaml.safe_load(text)["components"]["schemas"]["SendMessageRequest"]
    net = case.net()
    with contextlib.suppress(SendError):
        await connectors()["facebook"].send(case.reply(), channel=case.channel(), net=net)
    messages = [request["json"] for request in net.requests if request["json"] and "/messages?" in request["url"]]
    for message in messages:
        assert set(schema["required"]) <= message.keys()
        assert message["messaging_type"] in schema["properties"]["messaging_type"]["enum"]
        attachment = schema["properties"]["message"]["properties"]["attachment"]["properties"]["type"]["enum"]
        assert message["message"].get("attachment", {"type": "image"})["type"] in attachment


@pytest.mark.skipif(not SHARED.is_dir(), reason="the vectors are not here")
def test_what_meta_signed_is_believed_and_sha1_alone_is_not() -> None:
    vectors = {path.stem: msgspec.json.decode(path.read_bytes()) for path in (SHARED / "vectors").iterdir()}
    real, old = vectors["meta-signed-delivery-sha256"], vectors["legacy-x-hub-signature-sha1"]
    body = real["raw_body"].encode()
    signed = {"x-hub-signature-256": [real["valid"]]}
    secrets = Secrets(current=real["app_secret"])
    connectors()["facebook"].verify(Request(headers=signed, body=body), secrets=secrets, now=AT)
    for headers, refused, secret in (
        (signed, body + b" ", real["app_secret"]),
        ({"x-hub-signature": [old["valid"]]}, old["raw_body"].encode(), old["app_secret"]),
    ):
        with pytest.raises(SignatureRefusedError):
            connectors()["facebook"].verify(Request(headers=headers, body=refused), secrets=Secrets(current=secret), now=AT)
