"""GraphQL over HTTP: whatever is sent to /graphql is a 4xx in problem+json or a GraphQL error with a code, never a 500."""

import asyncio
from collections.abc import Sequence

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.hosting import ASGIApp, Message
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World
from tests.kit.asgi import ask

JSON = (b"content-type", b"application/json")
MALFORMED: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 400, "bad_request"),
    "not JSON": (b"hello", 400, "bad_request"),
    "half": (b'{"query": "{ __typ', 400, "bad_request"),
    "nested 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, 400, "bad_request"),
    "nested 100": (b'{"query":"{x}","variables":' + b'{"a":' * 100 + b"1" + b"}" * 101, 400, "bad_request"),
    "not UTF-8": (b'{"query": "\xff\xfe"}', 400, "bad_request"),
    "NUL": (b'{"query": "{ __typename }\\u0000"}', 400, "bad_request"),
    "lone surrogate": (b'{"query": "{ __typename }", "operationName": "\\ud800"}', 400, "bad_request"),
    "huge integer": (b'{"query": "{x}", "variables": {"a": ' + b"9" * 100_000 + b"}}", 400, "bad_request"),
    "infinite number": (b'{"query": "{x}", "variables": {"a": 1e400}}', 400, "bad_request"),
    "NaN": (b'{"query": "{x}", "variables": {"a": NaN}}', 400, "bad_request"),
    "duplicate name": (b'{"query": "{x}", "query": "{y}"}', 400, "bad_request"),
    "50 MB": (b'{"query": "' + b"x" * 50_000_000 + b'"}', 413, "too_large"),
    "batch": (b'[{"query": "{ __typename }"}]', 400, "batch_refused"),
    "null": (b"null", 400, "not_graphql"),
    "text": (b'"{ __typename }"', 400, "not_graphql"),
    "no query": (b"{}", 400, "not_graphql"),
    "empty query": (b'{"query": ""}', 400, "not_graphql"),
    "query of another type": (b'{"query": {"a": 1}}', 400, "not_graphql"),
    "variables of another type": (b'{"query": "{ __typename }", "variables": [1]}', 400, "not_graphql"),
    "operationName of another type": (b'{"query": "{ __typename }", "operationName": 5}', 400, "not_graphql"),
    "extensions of another type": (b'{"query": "{ __typename }", "extensions": "x"}', 400, "not_graphql"),
}
MALFORMED["UTF-16"] = ('{"query": "{ __typename }"}'.encode("utf-16"), 400, "bad_request")


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_bodies_are_a_problem(app: ASGIApp, world: World, name: str) -> None:
    body, status, code = MALFORMED[name]
    told = await ask(app, "POST", "/graphql", chunks=[body], headers=[JSON])
    assert (told.status, told.problem["code"]) == (status, code)
    assert world.calls == []


async def test_a_body_without_a_length_is_not_read_past_the_cap(app: ASGIApp) -> None:
    told = await ask(app, "POST", "/graphql", chunks=[b"x" * 65_536] * 1_000, headers=[JSON])
    assert told.status == 413
    assert told.reads <= 18


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"application/x-www-form-urlencoded")],
        [(b"content-type", b"multipart/form-data; boundary=x")],
        [(b"content-type", b"application/json; charset=utf-16")],
        [JSON, (b"content-encoding", b"gzip")],
    ],
)
async def test_what_a_foreign_page_could_send_unasked_is_refused(
    app: ASGIApp, world: World, headers: Sequence[tuple[bytes, bytes]]
) -> None:
    body = orjson.dumps({"query": "mutation { signOut { signedOut } }"})
    token = (b"authorization", f"Bearer {world.token()}".encode())
    told = await ask(app, "POST", "/graphql", chunks=[body], headers=[*headers, token])
    assert told.status == 415
    assert world.calls == []


async def test_a_query_may_come_by_get_and_a_mutation_may_not(http: httpx.AsyncClient, world: World) -> None:
    headers = {"authorization": f"Bearer {world.token()}"}
    query = "query($id: ID!) { node(id: $id) { id } viewer { role } }"
    variables = '{"id": "Q29udGFjdDowMTllOWQ5Mi0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA="}'
    response = await http.get("/graphql", params={"query": query, "variables": variables}, headers=headers)
    assert response.json()["data"] == {"node": None, "viewer": {"role": "AGENT"}}
    world.calls.clear()
    response = await http.get("/graphql", params={"query": "mutation { signOut { signedOut } }"}, headers=headers)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert world.asked() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(app: ASGIApp, method: str) -> None:
    assert (await ask(app, method, "/graphql")).status == 405


@pytest.mark.parametrize("query", [b"query=%zz", b"query=%00", b"variables={", b"variables=5&query={x}", b"q" * 9_000, b"a=1&" * 50, b""])
async def test_malformed_query_strings_are_a_problem(app: ASGIApp, query: bytes) -> None:
    told = await ask(app, "GET", "/graphql", query=query, headers=[])
    assert 400 <= told.status < 500
    assert told.problem["code"]


@pytest.mark.parametrize(
    ("accept", "query", "status", "content_type"),
    [
        ("application/json", "{ __typename }", 200, "application/json; charset=utf-8"),
        ("application/json", "{ nope", 200, "application/json; charset=utf-8"),
        ("*/*", "{ __typename }", 200, "application/json; charset=utf-8"),
        ("application/graphql-response+json, application/json;q=0.9", "{ nope", 400, "application/graphql-response+json; charset=utf-8"),
        ("application/graphql-response+json", "{ viewer { nope } }", 400, "application/graphql-response+json; charset=utf-8"),
        (
            "application/graphql-response+json",
            "query($n: Int!) { contacts(first: $n) { nodes { id } } }",
            400,
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/graphql-response+json", '{ node(id: "x") { id } }', 200, "application/graphql-response+json; charset=utf-8"),
        ("application/json;q=0.9, application/graphql-response+json;q=0.1", "{ nope", 200, "application/json; charset=utf-8"),
    ],
)
async def test_the_answer_comes_in_the_form_accepted(
    graphql: GraphqlClient, accept: str, query: str, status: int, content_type: str
) -> None:
    response = await graphql.post(query, headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (status, content_type)


async def test_what_is_refused_has_no_data_and_every_error_a_code(graphql: GraphqlClient) -> None:
    for query in ("{ nope", "{ nope }", "query($n: Int!) { contacts(first: $n) { nodes { id } } }", "query A { a } query B { b }"):
        document = (await graphql.post(query)).json()
        assert "data" not in document
        assert all(error["extensions"]["code"] for error in document["errors"])


async def test_of_several_operations_the_named_one_runs(http: httpx.AsyncClient) -> None:
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}
    assert (await http.post("/graphql", json=body)).json()["data"] == {"b": "Query"}
    for name in ("C", ""):
        refused = (await http.post("/graphql", json={**body, "operationName": name})).json()
        assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_subscription_needs_a_stream(graphql: GraphqlClient) -> None:
    assert await graphql.codes("subscription { messageReceived { __typename } }") == ["SUBSCRIPTION_NEEDS_STREAM"]


async def test_work_ends_when_the_client_leaves(app: ASGIApp, world: World) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def never(*_: object, **__: object) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    body = orjson.dumps({"query": "{ ledger { owed } }"})
    await ask(app, "POST", "/graphql", chunks=[b'{"query": "{ __typename }"}'], headers=[JSON, _token(world)])
    world.engagement.call = never  # type: ignore[method-assign, assignment] # the transport that never answers
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await started.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": [JSON, _token(world)]}
    async with asyncio.timeout(5):
        await app(scope, receive, send)
        await cancelled.wait()


def _token(world: World) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {world.token()}".encode()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.text() | st.floats() | st.integers(),
        lambda each: st.lists(each) | st.dictionaries(st.text() | st.sampled_from(["query", "variables", "operationName"]), each),
    ).map(lambda each: orjson.dumps(each, option=orjson.OPT_NON_STR_KEYS) if _fits(each) else b"{")
)
async def test_anything_at_all_is_answered_with_less_than_500(app: ASGIApp, body: bytes) -> None:
    told = await ask(app, "POST", "/graphql", chunks=[body], headers=[JSON])
    assert 200 <= told.status < 500


def _fits(document: object) -> bool:
    try:
        orjson.dumps(document)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        '{ node(id: "\\u0000") { id } }',
        '{ node(id: "\\uD800") { id } }',
        "{ __typename } \ufeff",
        "{ __typename \x07 }",
        '{ contact(id: """\n\n""") { id } }',
        "\u202e{ __typename }",
    ],
)
async def test_odd_characters_in_a_document_have_an_answer(graphql: GraphqlClient, text: str) -> None:
    response = await graphql.post(text)
    assert response.status_code < 500
    assert all(error["extensions"]["code"] != "INTERNAL_ERROR" for error in response.json().get("errors", []))
