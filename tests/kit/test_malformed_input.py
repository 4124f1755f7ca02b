"""Whatever is sent to an API made by the kit: a 4xx problem, never a 5xx, and never a byte read past the cap."""

import json
import tracemalloc
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.errors import BadRequestError, MalformedError
from services.kit.hosting import ASGIApp
from services.kit.http import BareBody, decode, parse_json
from services.kit.telemetry import Metrics
from tests.kit.asgi import Told, ask
from tests.kit.sample import Issuer, bearer, sample_api, sample_routes

MIB = 1 << 20
JSON = (b"content-type", b"application/json")
SOUND = b'{"text":"x"}'

NOT_SOUND = {
    "not JSON": b"hello",
    "empty object cut off": b"{",
    "nested arrays": b"[" * 100_000 + b"]" * 100_000,
    "nested arrays without end": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "one level too deep": b"[" * 65 + b"]" * 65,
    "UTF-16 with mark": '{"text":"x"}'.encode("utf-16"),
    "UTF-16 without mark": '{"text":"x"}'.encode("utf-16-le"),
    "UTF-32": '{"text":"x"}'.encode("utf-32"),
    "UTF-8 with mark": b"\xef\xbb\xbf" + SOUND,
    "Latin-1": '{"text":"é"}'.encode("latin-1"),
    "surrogates in UTF-8": b'{"text":"\xed\xa0\x80"}',
    "overlong UTF-8": b'{"text":"\xc0\x80"}',
    "NUL escape": b'{"text":"a\\u0000b"}',
    "NUL escape after a backslash": b'{"text":"\\\\\\u0000"}',
    "NUL in a name": b'{"te\\u0000xt":"x"}',
    "raw NUL": b'{"text":"a\x00b"}',
    "lone high surrogate": b'{"text":"\\ud800"}',
    "lone low surrogate": b'{"text":"\\udc00"}',
    "reversed surrogates": b'{"text":"\\udc00\\ud800"}',
    "1e400": b'{"text":"x","weight":1e400}',
    "-1e400": b'{"text":"x","weight":-1e400}',
    "100,000 digits": b'{"text":"x","stars":' + b"9" * 100_000 + b"}",
    "-100,000 digits": b'{"text":"x","stars":-' + b"9" * 100_000 + b"}",
    "2^63": b'{"text":"x","stars":9223372036854775808}',
    "-2^63 - 1": b'{"text":"x","stars":-9223372036854775809}',
    "2^64": b'{"text":"x","stars":18446744073709551616}',
    "NaN": b'{"text":"x","weight":NaN}',
    "Infinity": b'{"text":"x","weight":Infinity}',
    "duplicate names": b'{"text":"x","text":"y"}',
    "duplicate names by escape": b'{"text":"x","te\\u0078t":"y"}',
    "duplicate names inside": b'{"text":"x","labels":[{"a":1,"a":2}]}',
    "two documents": SOUND + SOUND,
    "single quotes": b"{'text':'x'}",
    "trailing comma": b'{"text":"x",}',
    "comment": b'{"text":"x"} // why',
    "a million values": b"[" + b"0," * 500_000 + b"0]",
    "100,000 names": b"{" + b",".join(b'"%d":0' % each for each in range(100_000)) + b"}",
    "leading zeros": b'{"text":"x","stars":01}',
}
NOT_AS_DESCRIBED = {
    "unknown field": b'{"text":"x","admin":true}',
    "missing field": b'{"stars":1}',
    "null field": b'{"text":null}',
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "number for text": b'{"text":1}',
    "false for a number": b'{"text":"x","weight":false}',
    "text for a number": b'{"text":"x","stars":"1"}',
    "out of range": b'{"text":"x","stars":6}',
    "fraction": b'{"text":"x","stars":1.5}',
    "too long": b'{"text":"' + b"x" * 1001 + b'"}',
    "thousands of unknown fields": b'{"text":"x",' + b",".join(b'"%d":0' % each for each in range(9_000)) + b"}",
    "thousands of wrong values": b'{"text":"x","labels":[' + b",".join([b"0"] * 9_000) + b"]}",
}


@pytest.fixture(scope="module")
def api() -> ASGIApp:
    return sample_api(Issuer())


@pytest.mark.parametrize("body", NOT_SOUND.values(), ids=NOT_SOUND.keys())
async def test_unsound_json_is_a_bad_request(api: ASGIApp, body: bytes) -> None:
    told = await ask(api, "POST", "/notes", chunks=[body])

    assert told.status == 400
    assert told.problem["code"] == "bad_request"


@pytest.mark.parametrize("body", NOT_AS_DESCRIBED.values(), ids=NOT_AS_DESCRIBED.keys())
async def test_sound_json_of_another_shape_is_malformed(api: ASGIApp, body: bytes) -> None:
    told = await ask(api, "POST", "/notes", chunks=[body])

    assert told.status == 422
    assert told.problem["code"] == "malformed"
    assert len(told.body) < 10_000


@pytest.mark.parametrize("body", (NOT_SOUND | NOT_AS_DESCRIBED).values(), ids=(NOT_SOUND | NOT_AS_DESCRIBED).keys())
async def test_bare_routes_refuse_the_same(body: bytes) -> None:
    issuer = Issuer()
    routes = sample_routes(issuer, metrics=Metrics("sample"))

    told = await ask(routes, "POST", "/internal/by-ids", chunks=[body], headers=[JSON, bearer(issuer.token())])

    assert told.status in {400, 422}
    assert told.problem


async def test_an_absent_body_is_malformed(api: ASGIApp) -> None:
    assert (await ask(api, "POST", "/notes")).problem["status"] == 422


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        b"",
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data; boundary=x",
        b"application/json; charset=utf-16",
        b"application/json; charset=iso-8859-1",
        b"application/jsonp",
        b"text/json+json",
        b"\xff\xfe",
        b";;;",
    ],
)
async def test_another_content_type_is_refused(api: ASGIApp, content_type: bytes | None) -> None:
    headers = [] if content_type is None else [(b"content-type", content_type)]

    assert (await ask(api, "POST", "/notes", chunks=[SOUND], headers=headers)).problem["status"] == 415


async def test_compressed_bodies_are_refused(api: ASGIApp) -> None:
    headers = [JSON, (b"content-encoding", b"gzip")]

    assert (await ask(api, "POST", "/notes", chunks=[b"\x1f\x8b"], headers=headers)).problem["status"] == 415


@pytest.mark.parametrize("content_type", [b"application/json; charset=UTF-8", b"application/merge-patch+json"])
async def test_json_by_other_names_is_taken(api: ASGIApp, content_type: bytes) -> None:
    told = await ask(api, "POST", "/notes", chunks=[SOUND], headers=[(b"content-type", content_type)])

    assert told.status == 201


@pytest.mark.parametrize(
    "text", ["a\\\\u0000", "\\\\\\\\u0000", "\\ud83d\\ude00", "12345678901234567890", "[[[[", ":::", "1e400", '\\"', "é"]
)
async def test_sound_text_that_looks_dangerous_is_taken(api: ASGIApp, text: str) -> None:
    body = f'{{"text":"{text}","labels":["{text}"]}}'.encode()

    told = await ask(api, "POST", "/notes", chunks=[body])

    assert told.status == 201
    assert orjson.loads(told.body)["text"] == json.loads(body)["text"]


async def test_an_announced_body_beyond_the_cap_is_refused_without_reading(api: ASGIApp) -> None:
    headers = [JSON, (b"content-length", b"52428800")]

    told = await ask(api, "POST", "/notes", chunks=[b"x" * MIB] * 50, headers=headers)

    assert told.problem["status"] == 413
    assert told.reads == 0
    assert told.header(b"connection") == b"close"


async def test_50_mb_without_length_are_cut_off_at_the_cap(api: ASGIApp) -> None:
    chunk = b"x" * 65_536
    tracemalloc.start()

    told = await ask(api, "POST", "/notes", chunks=[chunk] * 800)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told.problem["status"] == 413
    assert told.reads == MIB // len(chunk) + 1
    assert peak < 4 * MIB


@pytest.mark.parametrize("length", [b"abc", b"-1", b"1e3", b"9" * 10_000, b"\xff", b""])
async def test_a_content_length_that_is_no_number_is_refused(api: ASGIApp, length: bytes) -> None:
    told = await ask(api, "POST", "/notes", chunks=[SOUND], headers=[JSON, (b"content-length", length)])

    assert told.problem["status"] in {400, 413}


async def test_a_body_that_never_ends_is_timed_out() -> None:
    told = await ask(sample_api(Issuer(), timeout_seconds=0.05), "POST", "/notes", chunks=[b"{"], stall=True)

    assert told.problem["status"] == 408
    assert told.header(b"connection") == b"close"


async def test_a_client_that_leaves_is_not_answered(api: ASGIApp) -> None:
    assert (await ask(api, "POST", "/notes", chunks=[b"{"], leave=True)).status == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/nowhere", 404),
        ("GET", "/notes/", 404),
        ("DELETE", "/notes", 405),
        ("PROPFIND", "/notes", 405),
        ("TRACE", "/notes", 405),
        ("GET", "/notes/not-a-uuid", 422),
        ("GET", "/notes/00000000-0000-0000-0000-00000000000g", 422),
        ("GET", "/notes/" + "a" * 5000, 414),
        ("GET", "/notes/../../etc/passwd", 404),
    ],
)
async def test_another_path_or_method_is_refused(api: ASGIApp, method: str, path: str, status: int) -> None:
    assert (await ask(api, method, path)).problem["status"] == status


@pytest.mark.parametrize(
    ("raw_path", "status"),
    [(b"/notes/%zz", 400), (b"/notes/%", 400), (b"/notes/%c3%28", 400), (b"/notes/%00", 400), (b"/notes/\xff", 400)],
)
async def test_broken_escapes_in_the_path_are_refused(api: ASGIApp, raw_path: bytes, status: int) -> None:
    path = raw_path.decode("latin-1")

    assert (await ask(api, "GET", path, raw_path=raw_path)).problem["status"] == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (b"limit=%", 400),
        (b"limit=%zz", 400),
        (b"q=%ff%fe", 400),
        (b"q=%00", 400),
        (b"q=\x00", 400),
        (b"q=\xff", 400),
        (b"q=%ed%a0%80", 400),
        (b"limit=0", 422),
        (b"limit=101", 422),
        (b"limit=1e400", 422),
        (b"limit=NaN", 422),
        (b"limit=" + b"9" * 5000, 422),
        (b"limit=1&limit=x", 422),
        (b"after=" + b"A" * 2000, 422),
        (b"after=AAAA", 400),
        (b"q=" + b"x" * 9000, 414),
        (b"&" * 9000, 414),
    ],
)
async def test_absurd_query_strings_are_refused(api: ASGIApp, query: bytes, status: int) -> None:
    assert (await ask(api, "GET", "/notes", query=query)).problem["status"] == status


@pytest.mark.parametrize("name", [b"authorization", b"x-request-id", b"traceparent", b"accept", b"cookie", b"content-type"])
@pytest.mark.parametrize("value", [b"\xff\xfe\x80", b"", b"\xc3\xa9" * 100, b"a" * 60_000])
async def test_odd_headers_never_break_anything(api: ASGIApp, name: bytes, value: bytes) -> None:
    told = await ask(api, "GET", "/mine", headers=[(name, value)])

    assert told.problem["status"] == 401
    assert (told.header(b"x-request-id") or b"").isalnum()


def documents() -> st.SearchStrategy[object]:
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    return st.recursive(leaf, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner))


@given(st.binary(max_size=300) | documents().map(lambda each: json.dumps(each).encode()))
async def test_any_body_is_taken_or_refused_as_a_problem(body: bytes) -> None:
    told: Told = await ask(FUZZED, "POST", "/notes", chunks=[body])

    assert told.status == 201 or 400 <= told.problem["status"] < 500  # type: ignore[operator] # an int, shown by `problem`


@given(documents())
def test_what_passes_the_guard_survives_storage(document: object) -> None:
    try:
        passed = parse_json(json.dumps(document).encode())
    except BadRequestError:
        return
    for leaf in leaves(passed):
        assert not isinstance(leaf, str) or ("\x00" not in leaf and leaf.encode() is not None)
        assert not isinstance(leaf, int) or -(2**63) <= leaf < 2**63
        assert not isinstance(leaf, float) or abs(leaf) < float("inf")


@given(st.dictionaries(st.text(), st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)))
def test_sound_documents_pass_unchanged(document: dict[str, object]) -> None:
    raw = json.dumps(document).encode()

    if "\\u0000" in json.dumps(list(document)):
        with pytest.raises(BadRequestError):
            parse_json(raw)
    else:
        assert parse_json(raw) == document


def test_the_guard_takes_linear_time_on_hostile_megabytes() -> None:
    for body in (b'"' + b'\\"' * 500_000 + b'"', b'"' + b"\\\\" * 500_000 + b'"', b'["' + b"[" * MIB + b'"]'):
        parse_json(body)
    for body in (b'"' + b"\\\\" * 500_000, b"[" * MIB, b"[]" * (MIB // 2), b"[" + b"1" * MIB + b"]", b'[""' + b',""' * 340_000 + b"]"):
        with pytest.raises(BadRequestError):
            parse_json(body)


def test_decode_does_not_coerce() -> None:
    class Shape(BareBody):
        count: int

    assert decode(b'{"count":3}', Shape) == Shape(count=3)
    for body in (b'{"count":"3"}', b'{"count":3.5}', b'{"count":true}', b'{"count":3,"more":1}', b"{}"):
        with pytest.raises(MalformedError):
            decode(body, Shape)


def leaves(document: object) -> Iterator[object]:
    if isinstance(document, dict):
        for name, value in document.items():
            yield name
            yield from leaves(value)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value)
    else:
        yield document


FUZZED = sample_api(Issuer())
