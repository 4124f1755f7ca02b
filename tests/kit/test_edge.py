"""What surrounds every request: its id, its log line when it fails, its place in the figures; and the health routes."""

import asyncio
import re

import structlog
from structlog.testing import capture_logs

from services.kit.hosting import ASGIApp, Receive, Scope, Send
from services.kit.http import BareRequest, Routes
from services.kit.telemetry import Metrics, bind, merge_bound, unbind
from tests.kit.asgi import ask
from tests.kit.sample import SECRET_TEXT, Issuer, sample_api, sample_routes


async def test_an_unforeseen_exception_is_one_log_line_without_its_text_and_one_problem_with_its_id() -> None:
    alone, behind_routes = sample_api(Issuer()), sample_routes(Issuer(), metrics=Metrics("sample"))
    cases: list[tuple[ASGIApp, str]] = [(alone, "/broken"), (behind_routes, "/internal/broken"), (behind_routes, "/broken")]
    for app, path in cases:
        with capture_logs(processors=[merge_bound]) as lines:
            told = await ask(app, "GET", path, headers=[(b"x-request-id", b"trial-1")])

        assert told.status == 500
        assert told.problem["code"] == "internal_error"
        assert told.problem["request_id"] == "trial-1"
        assert [line["event"] for line in lines] == ["request_failed"]
        assert lines[0]["request_id"] == "trial-1"
        assert lines[0]["route"] == path
        assert lines[0]["error_type"] == "RuntimeError"
        assert SECRET_TEXT not in str(lines) + told.body.decode()


async def test_unavailable_is_logged_once_and_told_to_try_again() -> None:
    apps: list[ASGIApp] = [sample_api(Issuer()), sample_routes(Issuer(), metrics=Metrics("sample"))]
    for app in apps:
        with capture_logs() as lines:
            told = await ask(app, "GET", "/down")

        assert told.problem["status"] == 503
        assert told.header(b"retry-after") == b"1"
        assert [line["event"] for line in lines] == ["request_refused"]


async def test_refusals_of_the_caller_are_not_logged() -> None:
    with capture_logs() as lines:
        told = await ask(sample_api(Issuer()), "POST", "/conflict")

    assert told.problem["newest"] == 4
    assert lines == []


async def test_a_response_that_broke_midway_is_not_answered_twice() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(SECRET_TEXT)

    told = await ask(Routes({}, otherwise=app), "GET", "/half")

    assert told.status == 200
    assert told.body == b""


async def test_request_ids_are_kept_when_fit_and_made_otherwise() -> None:
    api = sample_api(Issuer())

    kept = await ask(api, "GET", "/notes", headers=[(b"x-request-id", b"abc-123_4.5")])
    made = await ask(api, "GET", "/notes", headers=[(b"x-request-id", b"a\nb" * 50)])

    assert kept.header(b"x-request-id") == b"abc-123_4.5"
    assert re.fullmatch(rb"[0-9a-f]{16}", made.header(b"x-request-id") or b"")


async def test_one_requests_log_context_does_not_reach_the_next() -> None:
    outer = bind(service="outer")

    await ask(sample_routes(Issuer(), metrics=Metrics("inner")), "GET", "/notes")
    with capture_logs(processors=[merge_bound]) as lines:
        structlog.get_logger().info("afterwards")

    assert {name: lines[0].get(name) for name in ("service", "request_id")} == {"service": "outer", "request_id": None}
    unbind(outer)


async def test_figures_are_by_route_template_and_status_class() -> None:
    metrics = Metrics("sample")
    routes = sample_routes(Issuer(), metrics=metrics)

    for note in ("1" * 32, "2" * 32):
        await ask(routes, "GET", f"/notes/{note}")
    await ask(routes, "GET", "/notes/nope")
    await ask(routes, "GET", "/secret-path-of-a-scanner")
    await ask(routes, "SCAN", "/other")
    await ask(routes, "POST", "/webhooks/channel-token-1", chunks=[b"x"])

    text = metrics.render().decode()
    count = "rapport_http_request_seconds_count"
    assert f'{count}{{method="GET",route="/notes/{{note_id}}",status="2xx"}} 2.0' in text
    assert f'{count}{{method="GET",route="/notes/{{note_id}}",status="4xx"}} 1.0' in text
    assert f'{count}{{method="GET",route="unmatched",status="4xx"}} 1.0' in text
    assert f'{count}{{method="OTHER",route="unmatched",status="4xx"}} 1.0' in text
    assert f'{count}{{method="POST",route="/webhooks/*",status="2xx"}} 1.0' in text
    assert not re.search("scanner|channel-token|1111|2222", text)


async def test_services_of_one_process_count_apart() -> None:
    one, other = Metrics("one"), Metrics("other")
    one.counter("replies_sent", "Replies.").inc()
    other.counter("replies_sent", "Replies.").inc(5)

    assert b"rapport_replies_sent_total 1.0" in one.render()
    assert b"rapport_replies_sent_total 5.0" in other.render()


async def test_ready_when_every_check_passes() -> None:
    told = await ask(sample_routes(Issuer(), metrics=Metrics("sample"), checks={"database": passing, "bus": passing}), "GET", "/readyz")

    assert (told.status, told.body) == (200, b'{"status":"ready","checks":{"database":"ok","bus":"ok"}}')


async def test_not_ready_says_which_check_failed_while_healthz_stays_well() -> None:
    routes = sample_routes(Issuer(), metrics=Metrics("sample"), checks={"database": failing, "bus": passing, "slow": never_ending})

    told = await ask(routes, "GET", "/readyz")

    assert told.status == 503
    assert told.body == b'{"status":"not ready","checks":{"database":"failed","bus":"ok","slow":"failed"}}'
    assert (await ask(routes, "GET", "/healthz")).status == 200


async def test_metrics_are_served_as_text() -> None:
    told = await ask(sample_routes(Issuer(), metrics=Metrics("sample")), "GET", "/metrics")

    assert told.status == 200
    assert (told.header(b"content-type") or b"").startswith(b"text/plain")
    assert b"process_resident_memory_bytes" in told.body


async def test_bare_paths_know_their_methods() -> None:
    async def endpoint(_: BareRequest) -> bytes:
        return b"{}"

    routes = Routes({("POST", "/a"): endpoint}, prefixes={("PUT", "/b/"): endpoint})

    assert (await ask(routes, "GET", "/a")).header(b"allow") == b"POST"
    assert (await ask(routes, "GET", "/b/x")).header(b"allow") == b"PUT"
    assert (await ask(routes, "GET", "/c")).problem["status"] == 404


async def passing() -> None:
    """A check that has nothing to complain about."""


async def failing() -> None:
    raise OSError(SECRET_TEXT)


async def never_ending() -> None:
    await asyncio.Event().wait()


def test_the_time_to_answer_is_a_histogram_whose_buckets_hold_the_smaller_ones() -> None:
    metrics = Metrics("sample")
    for seconds in (0.001, 0.004, 99.0):
        metrics.observe_request(route="/v1/things", method="BREW", status=204, seconds=seconds)
    text = metrics.render().decode()
    labels = 'method="OTHER",route="/v1/things",status="2xx"'
    for bound, count in (("0.001", 1), ("0.0025", 1), ("0.005", 2), ("10.0", 2), ("+Inf", 3)):
        assert f'rapport_http_request_seconds_bucket{{le="{bound}",{labels}}} {count}.0' in text
    assert f"rapport_http_request_seconds_count{{{labels}}} 3.0" in text
    assert f"rapport_http_request_seconds_sum{{{labels}}} 99.005" in text


def test_a_tally_is_told_as_any_counter() -> None:
    metrics = Metrics("kit")
    tally = metrics.tally("things", "Things by kind", labels=("kind", "outcome"))
    for kind, outcome in (("a", "kept"), ("b", "lost"), ("a", "kept")):
        tally.count(kind, outcome)
    told = metrics.render().decode()
    assert "# TYPE rapport_things_total counter\n" in told
    assert 'rapport_things_total{kind="a",outcome="kept"} 2.0\n' in told
    assert 'rapport_things_total{kind="b",outcome="lost"} 1.0\n' in told
