"""G2: what is too large is refused in under 50 ms, before validation and before any service is asked."""

import time
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.limits import MAX_COST
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World

REFUSED_WITHIN_SECONDS = 0.05


def nested(levels: int) -> str:
    return "{ contacts { nodes { " + "conversations { contact { " * levels + "name" + " } }" * levels + " } } }"


def fragment_bomb(levels: int) -> str:
    fragments = [
        f"fragment F{n} on Contact {{ a: profiles {{ contact {{ ...F{n + 1} }} }} b: profiles {{ contact {{ ...F{n + 1} }} }} }}"
        for n in range(levels)
    ]
    return "{ contacts { nodes { ...F0 } } } " + " ".join(fragments) + f" fragment F{levels} on Contact {{ name }}"


ATTACKS: dict[str, tuple[str, str]] = {
    "depth": (nested(20), "QUERY_TOO_DEEP"),
    "nesting of 100,000": ("{ a" * 100_000, "GRAPHQL_PARSE_FAILED"),
    "aliases": ("{ " + " ".join(f"a{n}: ledger {{ owed }}" for n in range(31)) + " }", "TOO_MANY_ALIASES"),
    "duplicates": ("{ ledger { " + "owed " * 200 + "} }", "TOO_MANY_DUPLICATES"),
    "duplicate objects": ("{ " + "ledger { owed } " * 200 + "}", "TOO_MANY_DUPLICATES"),
    "directives": ("{ ledger { owed " + "@include(if: true) " * 31 + "} }", "TOO_MANY_DIRECTIVES"),
    "unknown directives": ("{ __typename " + "@aa" * 500 + " }", "TOO_MANY_DIRECTIVES"),
    "tokens": ("{ " + "ledger { owed } " * 2_000 + "}", "GRAPHQL_PARSE_FAILED"),
    "length": ("{ ledger { owed } } #" + "x" * 200_000, "GRAPHQL_PARSE_FAILED"),
    "comments": ("{ ledger { owed } } " + "#\n" * 5_000, "GRAPHQL_PARSE_FAILED"),
    "first x first": (
        "{ contacts(first: 100) { nodes { timeline(first: 100) { nodes { task { interactions { text } } triage { discipline } } } } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "huge first": ("{ contacts(first: 1000000000) { nodes { profiles { network } } } }", "QUERY_TOO_COMPLEX"),
    "endless first": ("{ contacts(first: " + "9" * 5_000 + ") { nodes { name } } }", "QUERY_TOO_COMPLEX"),
    "lists in lists": (
        "{ contacts(first: 50) { nodes { tasks { contact { tasks { contact { tasks { contact { name } } } } } } } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "fragment cycle": ("{ contacts { nodes { ...A } } } fragment A on Contact { profiles { contact { ...A } } }", "QUERY_TOO_DEEP"),
    "fragment cycle on one level": ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "GRAPHQL_VALIDATION_FAILED"),
    "fragment bomb": (fragment_bomb(12), "QUERY_TOO_DEEP"),
    "wide fragment bomb": (
        "{ contacts { nodes { ...W } } } fragment W on Contact { "
        + " ".join(f"p{n}: profiles {{ contact {{ ...V }} }}" for n in range(14))
        + " } fragment V on Contact { "
        + " ".join(f"q{n}: profiles {{ contact {{ " + "id name " * 15 + "} }" for n in range(14))
        + " }",
        "QUERY_TOO_COMPLEX",
    ),
    "operations": (" ".join(f"query Q{n} {{ __typename }}" for n in range(11)), "TOO_MANY_OPERATIONS"),
    "introspections": (
        "{ a: __schema { types { name } } b: __schema { types { name } } c: __schema { types { name } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "introspection depth": (
        "{ __schema { types { " + "fields { type { " * 6 + "name" + " } }" * 6 + " } } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "integers of 5,000 digits": (
        'mutation { updateTask(input: {taskId: "x", version: ' + "9" * 5_000 + "}) { __typename } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "ids": ("{ nodes(ids: [" + '"x",' * 1_400 + "]) { id } }", "BAD_USER_INPUT"),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attacks_are_refused_early(graphql: GraphqlClient, world: World, name: str) -> None:
    query, code = ATTACKS[name]
    await graphql.ask("{ __typename }")
    world.calls.clear()
    fastest = float("inf")
    for _ in range(3):
        began = time.process_time()
        codes = await graphql.codes(query)
        fastest = min(fastest, time.process_time() - began)
        assert set(codes) == {code}
    assert world.asked() == []
    assert fastest < REFUSED_WITHIN_SECONDS


async def test_first_is_counted_where_it_comes_by_variable(graphql: GraphqlClient) -> None:
    query = "query($n: Int!) { contacts(first: $n) { nodes { profiles { network } } } }"
    errors = await graphql.errors(query, n=1_000_000_000)
    assert errors[0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert errors[0]["extensions"]["cost"]["maximumAvailable"] == MAX_COST


async def test_first_is_counted_where_it_is_a_default(graphql: GraphqlClient) -> None:
    query = "query($n: Int! = 100000) { contacts(first: $n) { nodes { name } } }"
    assert await graphql.codes(query) == ["QUERY_TOO_COMPLEX"]


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 0),
        ("{ ledger { owed alarm } }", 1),
        ("{ contacts(first: 3) { nodes { name } } }", 6),
        ("{ contacts(first: 3) { nodes { profiles { network } } } }", 3 * (1 + 1 + 10)),
        ("{ contacts(first: 2) { edges { node { timeline(first: 5) { nodes { text } } } } } }", 2 * (1 + 1 + 1 + 5 * 2)),
        ("{ a: ledger { owed } a: ledger { alarm } }", 1),
    ],
)
async def test_the_cost_is_told(graphql: GraphqlClient, world: World, query: str, cost: int) -> None:
    world.add_contact()
    document = (await graphql.post(query)).json()
    assert document["extensions"]["cost"] == {"requestedQueryCost": cost, "maximumAvailable": MAX_COST}


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({f"v{n}": 1 for n in range(101)}, "TOO_MANY_VARIABLES"),
        ({"v": "x" * 300_000}, "VARIABLES_TOO_LARGE"),
    ],
)
async def test_variables_have_limits(graphql: GraphqlClient, variables: dict[str, Any], code: str) -> None:
    assert await graphql.codes("{ __typename }", **variables) == [code]


async def test_the_full_introspection_of_tools_passes(graphql: GraphqlClient) -> None:
    data = await graphql.ask(get_introspection_query(descriptions=True))
    assert len(data["__schema"]["types"]) > 50
