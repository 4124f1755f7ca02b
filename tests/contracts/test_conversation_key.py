"""Which events form one conversation: the table of architecture.md, section 3b, as cases."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.interaction import Author, NeutralEvent, Parent, Venue, conversation_key
from services.contracts.vocabulary import Direction, Kind

ANN = Author(network="net", external_id="ann")
BEN = Author(network="net", external_id="ben")
US = Author(network="net", external_id="us")
PAGE = Venue(network="net", external_id="post-1")
FORUM = Venue(network="forum", external_id="lamps", scope="de")


def event(kind: Kind, **parts: Any) -> NeutralEvent:
    given: dict[str, Any] = {"id": "e1", "author": ANN, "venue": PAGE, **parts}
    return NeutralEvent(kind=kind, occurred_at=datetime(2026, 1, 1, tzinfo=UTC), **given)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (event(Kind.DIRECT), ("direct", "net::ann")),
        (event(Kind.DIRECT, thread="chat-9"), ("direct", "chat-9")),
        (
            event(Kind.DIRECT, thread="root@mail.example", ancestors=("m2@mail.example", "root@mail.example")),
            ("direct", "root@mail.example"),
        ),
        (event(Kind.DIRECT, thread="ann@mail.example/order 8812/682", thread_before="x"), ("direct", "ann@mail.example/order 8812/682")),
        (event(Kind.DIRECT, direction=Direction.OUTBOUND, author=US, recipient=ANN), ("direct", "net::ann")),
        (event(Kind.DIRECT, author=Author(network="net", scope="app", external_id="ann")), ("direct", "net:app:ann")),
        (event(Kind.NOTE, thread="chat-9"), ("direct", "chat-9")),
        (event(Kind.NOTE), ("direct", "net::ann")),
        (event(Kind.COMMENT), ("comment", "", "post-1", "e1")),
        (event(Kind.COMMENT, thread="top"), ("comment", "", "post-1", "top")),
        (event(Kind.COMMENT, in_reply_to=Parent(external_id="c0")), ("comment", "", "post-1", "c0")),
        (event(Kind.COMMENT, root="post-7", thread="top"), ("comment", "", "post-7", "top")),
        (event(Kind.MENTION, venue=FORUM), ("mention", "de", "lamps", "e1")),
        (event(Kind.MENTION, venue=FORUM, root="first"), ("mention", "de", "lamps", "first")),
        (event(Kind.POST, venue=FORUM, thread="t"), ("mention", "de", "lamps", "t")),
        (event(Kind.REVIEW), ("review", "post-1", "e1")),
        (event(Kind.REVIEW, id="answer", root="e1"), ("review", "post-1", "e1")),
        (event(Kind.REACTION), ("direct", "net::ann")),
        (event(Kind.FOLLOW), ("direct", "net::ann")),
        (event(Kind.PURCHASE), ("direct", "net::ann")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_key_of(given: NeutralEvent, key: tuple[str, ...]) -> None:
    assert conversation_key(given) == key


def test_two_persons_under_one_comment_share_the_conversation() -> None:
    top = event(Kind.COMMENT, id="c0")
    below = event(Kind.COMMENT, id="c1", author=BEN, in_reply_to=Parent(external_id="c0", author=ANN))
    assert conversation_key(top) == conversation_key(below)


def test_two_persons_in_private_do_not() -> None:
    assert conversation_key(event(Kind.DIRECT)) != conversation_key(event(Kind.DIRECT, author=BEN))
