"""A hub's questions and what it may be told: leases, long challenges, secrets; pure."""

from datetime import timedelta

import pytest

from services.engagement.families.websub import WISHED_SECONDS, answer_hub, ask_hub, let_go, read_granted
from services.engagement.protocol import RejectedError, Request, SignatureRefusedError
from tests.engagement.connectors.case_files import ScriptedNet

TOPIC = "https://blog.example/feed"
LONGEST = 1_000


def question(**arguments: str) -> Request:
    asked = {"mode": "subscribe", "topic": TOPIC, "challenge": "c-1", **arguments}
    return Request(method="GET", query={f"hub.{name}": [value] for name, value in asked.items()})


@pytest.mark.parametrize(("granted", "kept"), [("3600", 3_600), ("864001", WISHED_SECONDS), ("7776000", WISHED_SECONDS), ("1", 300)])
def test_a_lease_is_at_most_what_was_wished_for(granted: str, kept: int) -> None:
    answer = answer_hub(question(lease_seconds=granted), is_ours=lambda topic: topic == TOPIC)
    assert answer is not None
    assert answer.keep is not None
    assert getattr(read_granted(answer.keep.body), "lease", None) == timedelta(seconds=kept)


def test_a_lease_from_the_journal_is_at_most_what_was_wished_for() -> None:
    assert getattr(read_granted(b'{"websub":{"seconds":7776000}}'), "lease", None) == timedelta(seconds=WISHED_SECONDS)


def test_a_challenge_longer_than_any_hub_writes_is_refused() -> None:
    answer = answer_hub(question(challenge="c" * LONGEST), is_ours=lambda _: True)
    assert getattr(answer, "body", None) == b"c" * LONGEST
    with pytest.raises(SignatureRefusedError):
        answer_hub(question(challenge="c" * (LONGEST + 1)), is_ours=lambda _: True)
    assert let_go(question(mode="unsubscribe", challenge="c" * LONGEST)) is not None
    assert let_go(question(mode="unsubscribe", challenge="c" * (LONGEST + 1))) is None


@pytest.mark.parametrize(
    "hub",
    ["http://hub.example/", "HTTP://hub.example/", "ftp://hub.example/", "//hub.example/", "http://127.0.0.1.hub.example/", "http://[", ""],
)
async def test_a_secret_is_told_over_https_alone(hub: str) -> None:
    with pytest.raises(RejectedError):
        await ask_hub(hub, mode="subscribe", topic=TOPIC, callback="https://here.example/w/x", secret="a-secret", net=ScriptedNet())
