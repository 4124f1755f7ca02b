"""Meta's challenge, signatures, Graph calls and errors; pure."""

import contextlib
import hashlib
import hmac
import json
from typing import Any

import pytest

from services.engagement.connectors import find_connector
from services.engagement.families.meta import Graph, Meaning, answer_challenge, check_signature, graph_for, wait_of
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    NetAnswer,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    Request,
    Secrets,
    SendError,
    SignatureRefusedError,
    Subscribes,
    WindowClosedError,
)
from tests.engagement.connectors.case_files import ScriptedNet

SECRETS = Secrets(current="new-secret", previous="old-secret", config={"verify_token": "open-sesame"})


def challenge(**arguments: str) -> Request:
    return Request(method="GET", query={f"hub.{name}": [value] for name, value in arguments.items()})


def signed(body: bytes, *, secret: str, header: str = "x-hub-signature-256", digest: Any = hashlib.sha256) -> Request:
    made = hmac.new(secret.encode(), body, digest).hexdigest()
    return Request(headers={header: [f"{digest().name}={made}"]}, body=body)


def test_a_challenge_with_the_right_token_comes_back() -> None:
    answer = answer_challenge(challenge(mode="subscribe", verify_token="open-sesame", challenge="1158201444"), secrets=SECRETS)
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"1158201444")
    recorded = Request(method="GET", url="https://here.example/w/x?hub_mode=subscribe&hub_verify_token=open-sesame&hub_challenge=7")
    assert getattr(answer_challenge(recorded, secrets=SECRETS), "body", None) == b"7"


def test_a_challenge_longer_than_any_of_metas_is_refused() -> None:
    given = {"mode": "subscribe", "verify_token": "open-sesame"}
    assert answer_challenge(challenge(**given, challenge="c" * 1_000), secrets=SECRETS) is not None
    with pytest.raises(SignatureRefusedError) as refused:
        answer_challenge(challenge(**given, challenge="c" * 1_001), secrets=SECRETS)
    assert refused.value.status == 403


def test_a_delivery_is_no_challenge() -> None:
    assert answer_challenge(Request(body=b"{}"), secrets=SECRETS) is None


@pytest.mark.parametrize(
    ("arguments", "config"),
    [
        ({"mode": "subscribe", "verify_token": "wrong", "challenge": "1"}, {"verify_token": "open-sesame"}),
        ({"mode": "subscribe", "verify_token": "ünders", "challenge": "1"}, {"verify_token": "open-sesame"}),
        ({"mode": "subscribe", "verify_token": "", "challenge": "1"}, {"verify_token": ""}),
        ({"mode": "subscribe", "challenge": "1"}, {}),
        ({"mode": "subscribe", "verify_token": "open-sesame"}, {"verify_token": "open-sesame"}),
        ({"mode": "unsubscribe", "verify_token": "open-sesame", "challenge": "1"}, {"verify_token": "open-sesame"}),
        ({}, {"verify_token": "open-sesame"}),
    ],
)
def test_any_other_challenge_is_refused(arguments: dict[str, str], config: dict[str, str]) -> None:
    with pytest.raises(SignatureRefusedError) as refused:
        answer_challenge(challenge(**arguments), secrets=Secrets(current="s", config=config))
    assert refused.value.status == 403


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
def test_the_raw_body_is_proven_by_the_current_and_the_previous_secret(secret: str) -> None:
    check_signature(signed(rb'{"text": "\u00e4 <3"}', secret=secret), secrets=SECRETS)


def test_other_signatures_are_refused() -> None:
    body = b'{"object": "page"}'
    good = signed(body, secret="new-secret")
    wrong = [
        Request(body=body),
        signed(body, secret="other"),
        Request(headers=good.headers, body=body + b" "),
        Request(headers={"x-hub-signature-256": ["sha256="]}, body=body),
        Request(headers={"x-hub-signature-256": ["sha256=é"]}, body=body),
        signed(body, secret="new-secret", header="x-hub-signature", digest=hashlib.sha1),
        signed(body, secret=""),
    ]
    for request in wrong:
        with pytest.raises(SignatureRefusedError):
            check_signature(request, secrets=SECRETS)
    with pytest.raises(SignatureRefusedError):
        check_signature(signed(body, secret=""), secrets=Secrets(current=""))


async def test_a_call_carries_token_and_proof() -> None:
    net = ScriptedNet(answers=[NetAnswer(status=200, headers={}, body=b'{"id": "7"}')])
    channel = ChannelAccess(platform="x", credentials={"token": "tok"}, signing_secret="shh")
    assert await graph_for(channel, net=net).call("POST", "7/comments", json={"message": "hi"}) == {"id": "7"}
    proof = hmac.new(b"shh", b"tok", hashlib.sha256).hexdigest()
    (request,) = net.requests
    assert request["url"] == f"https://graph.facebook.com/v23.0/7/comments?appsecret_proof={proof}"
    assert request["headers"] == {"authorization": "Bearer tok"}
    assert request["json"] == {"message": "hi"}


async def test_nobody_else_is_shown_what_an_app_secret_makes_of_a_token() -> None:
    net = ScriptedNet(answers=[NetAnswer(status=200, headers={}, body=b"{}")])
    elsewhere = {"api_base": "https://elsewhere.example/"}
    channel = ChannelAccess(platform="x", credentials={"token": '{"object":"page"}'}, config=elsewhere, signing_secret="shh")
    await graph_for(channel, net=net).call("GET", "me")
    assert [request["url"] for request in net.requests] == ["https://elsewhere.example/v23.0/me"]


def test_a_channel_without_token_needs_attention() -> None:
    with pytest.raises(CredentialsExpiredError):
        graph_for(ChannelAccess(platform="x"), net=ScriptedNet())


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"code": 190, "error_subcode": 463, "message": "Session has expired"}, CredentialsExpiredError),
        (401, {"message": "no"}, CredentialsExpiredError),
        (400, {"code": 10, "error_subcode": 2018278}, WindowClosedError),
        (403, {"code": 10, "message": "no permission"}, RejectedError),
        (400, {"code": "4"}, RateLimitedError),
        (400, {"code": 80006}, RateLimitedError),
        (429, {}, RateLimitedError),
        (400, {"code": 100, "error_subcode": 33}, NotFoundError),
        (400, {"code": 100, "message": "Invalid parameter"}, RejectedError),
        (404, {}, NotFoundError),
        (400, {"code": 551}, NotFoundError),
        (500, {"code": 1200}, NotSentError),
        (400, {"code": 99999, "is_transient": True}, NotSentError),
        (500, {"code": 2, "is_transient": True}, InDoubtError),
        (400, {"code": 1, "error_subcode": 1357046}, InDoubtError),
        (503, {}, InDoubtError),
        (400, {"code": 777}, WindowClosedError),
    ],
)
def test_errors_are_sorted(status: int, error: dict[str, Any], expected: type[SendError]) -> None:
    graph = Graph(net=ScriptedNet(), meanings={(777, None): Meaning.WINDOW}, allowed=("a template",), token="t")
    answer = NetAnswer(status=status, headers={}, body=json.dumps({"error": error}).encode())
    with pytest.raises(SendError) as raised:
        graph.read(answer, repeatable=False)
    assert type(raised.value) is expected
    assert raised.value.reason
    if isinstance(raised.value, WindowClosedError):
        assert raised.value.allowed == ("a template",)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff"])
def test_what_is_no_answer_is_in_doubt_for_writes_only(body: bytes) -> None:
    graph = Graph(net=ScriptedNet(), token="t")
    with pytest.raises(InDoubtError):
        graph.read(NetAnswer(status=200, headers={}, body=body), repeatable=False)
    with pytest.raises(NotSentError):
        graph.read(NetAnswer(status=502, headers={}, body=body), repeatable=True)


def test_a_bare_true_is_an_answer() -> None:
    assert Graph(net=ScriptedNet(), token="t").read(NetAnswer(status=200, headers={}, body=b"true"), repeatable=False) == {}


def test_the_wait_is_read_where_it_is_told() -> None:
    usage = {"1": [{"type": "pages", "estimated_time_to_regain_access": 3}, {"estimated_time_to_regain_access": 19}], "2": "odd"}
    assert wait_of({"retry-after": "14"}) == 14.0
    assert wait_of({"x-business-use-case-usage": json.dumps(usage)}) == 19 * 60.0
    assert wait_of({"x-business-use-case-usage": '{"1": [{"estimated_time_to_regain_access": 0}]}'}) == 60.0
    assert wait_of({"x-business-use-case-usage": "{"}) == 60.0
    assert wait_of({}) == 60.0


async def test_pages_follow_next_without_the_token_in_it() -> None:
    net = PagedNet(
        pages=[
            {"data": [1], "paging": {"next": "https://graph.facebook.com/v20.0/7/feed?access_token=t&appsecret_proof=p&after=A&limit=2"}},
            {"data": [2], "paging": {"cursors": {"after": "B"}}},
        ]
    )
    graph = Graph(net=net, token="t")
    assert [page["data"] async for page in graph.pages("7/feed", query={"limit": "2"})] == [[1], [2]]
    assert [request["url"] for request in net.requests] == [
        "https://graph.facebook.com/v23.0/7/feed?limit=2",
        "https://graph.facebook.com/v23.0/7/feed?after=A&limit=2",
    ]


class PagedNet(ScriptedNet):
    """Answers with one page after another."""

    def __init__(self, *, pages: list[dict[str, Any]]) -> None:
        super().__init__()
        self.pages = pages

    async def request(self, method: str, url: str, **more: Any) -> NetAnswer:
        """Keep protocol.Net."""
        await super().request(method, url, **more)
        return NetAnswer(status=200, headers={}, body=json.dumps(self.pages[len(self.requests) - 1]).encode())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            {"message": "(#131047) Re-engagement message", "error_data": {"details": "More than a day has passed."}},
            "(#131047) Re-engagement message: More than a day has passed.",
        ),
        ({"message": "Same", "error_data": {"details": "Same"}}, "Same"),
        ({"message": "Invalid", "error_data": "text", "error_user_msg": "Please try another."}, "Please try another."),
        ({"code": 100}, "Meta answered 400"),
    ],
)
def test_a_reason_is_in_words_for_people_or_has_its_details(error: dict[str, Any], reason: str) -> None:
    with pytest.raises(SendError) as raised:
        Graph(net=ScriptedNet(), token="t").read(
            NetAnswer(status=400, headers={}, body=json.dumps({"error": error}).encode()), repeatable=False
        )
    assert raised.value.reason == reason


@pytest.mark.parametrize("platform", ["facebook", "instagram", "whatsapp"])
async def test_no_address_that_a_channel_sets_is_shown_the_apps_secret(platform: str) -> None:
    connector = find_connector(platform)
    assert isinstance(connector, Subscribes)
    net = ScriptedNet(answers=[NetAnswer(status=200, headers={}, body=b'{"success": true}') for _ in range(3)])
    channel = ChannelAccess(
        platform=platform,
        account="42",
        config={"api_base": "https://elsewhere.example", "app_id": "7", "login": "facebook", "page_id": "9", "waba_id": "8"},
        credentials={"token": "t", "verify_token": "word", "signing_secret": "SHARED"},
        signing_secret="SHARED",
        app={"client_id": "7", "client_secret": "SHARED"},
    )
    with contextlib.suppress(SendError):
        await connector.subscribe(channel=channel, webhook_url="https://here.example/w", secret="SHARED", net=net)
    for request in net.requests:
        assert "elsewhere.example" not in str(request["url"]) or "SHARED" not in str(request), request
