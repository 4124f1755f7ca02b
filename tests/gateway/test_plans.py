"""A compiled plan and the default executor give the same bytes: any query of the schema, any fault of a service, the same calls."""

import json
import random
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from gateway.context import Asker, Context
from gateway.errors import LimitExceededError
from gateway.execution import Asked, Engine, InvalidDocumentError
from gateway.plans import find_plan
from gateway.realtime.feed import Feed
from gateway.realtime.presence import PresenceBoard
from gateway.relay import global_id
from gateway.schema import OPEN_TO_ANYBODY, graphql_schema
from services.kit.access import Caller
from services.kit.clock import SystemClock
from tests.gateway.simulated import World, problem
from tests.gateway.test_queries import HISTORY

LEVELS = 7
FAULTS = ("none", "routing away", "identity away", "null where none may be", "wrong type", "integer beyond 32 bits", "refused")


class QueryMaker:
    """Makes valid queries of the schema at random: fragments, aliases, variables and repetitions among them."""

    def __init__(self, world: World, seed: int) -> None:
        self._random = random.Random(seed)
        self._ids = _ids(world)
        self._fragments: list[str] = []

    def query(self) -> str:
        """One document with a named operation."""
        root = graphql_schema().query_type
        assert root is not None
        selection = self._selection(root, LEVELS)
        operation = f"query Q($n: Int! = 2) {{ one: contacts(first: $n) {{ nodes {{ id }} }} {selection} }}"
        return " ".join([operation, *self._fragments])

    def _selection(self, type_: Any, levels: int) -> str:
        parts = [self._part(type_, levels) for _ in range(self._random.randint(1, 4))]
        return " ".join(["__typename", *(part for part in parts if part)])

    def _part(self, type_: Any, levels: int) -> str:
        if isinstance(type_, GraphQLUnionType):
            return self._on(self._random.choice(type_.types), levels)
        chance = self._random.random()
        if isinstance(type_, GraphQLInterfaceType) and chance < 0.7:
            return self._on(self._random.choice(graphql_schema().get_possible_types(type_)), levels)
        if isinstance(type_, GraphQLObjectType) and chance < 0.2:
            return self._on(type_, levels)
        names = [name for name, field in type_.fields.items() if is_leaf_type(get_named_type(field.type)) or levels > 1]
        if not names:
            return ""
        name = self._random.choice(names)
        return self._field(name, type_.fields[name], levels)

    def _on(self, type_: GraphQLObjectType, levels: int) -> str:
        if levels <= 1:
            return ""
        selection = self._selection(type_, levels - 1)
        if self._random.random() < 0.5:
            return f"... on {type_.name} {{ {selection} }}"
        name = f"F{len(self._fragments)}x{self._random.randrange(10**9)}"
        self._fragments.append(f"fragment {name} on {type_.name} {{ {selection} }}")
        return f"...{name}"

    def _field(self, name: str, field: GraphQLField, levels: int) -> str:
        alias = f"a{self._random.randrange(10**9)}: " if field.args or self._random.random() < 0.15 else ""
        named = get_named_type(field.type)
        below = "" if is_leaf_type(named) else f" {{ {self._selection(named, levels - 1)} }}"
        return f"{alias}{name}{self._arguments(field)}{below}"

    def _arguments(self, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is None
            if name == "id":
                given.append(f'id: "{self._random.choice(self._ids)}"')
            elif name == "ids":
                given.append(f'ids: ["{self._random.choice(self._ids)}", "{self._random.choice(self._ids)}"]')
            elif name == "first":
                given.append(self._random.choice(["first: 1", "first: 3", "first: $n", "first: 0"]))
            elif name == "status":
                given.append(self._random.choice(["status: OPEN", "status: null"]))
            elif name == "query":
                given.append(self._random.choice(['query: "order"', 'query: ""']))
            else:
                assert not required, name
        return f"({', '.join(given)})" if given else ""


def _ids(world: World) -> list[str]:
    rows = [row for each in world.interactions.values() for row in each]
    found = [global_id("Contact", id_) for id_ in world.contacts] + [global_id("Conversation", id_) for id_ in world.conversations]
    found += [global_id("Interaction", row.id) for row in rows] + [global_id("Profile", row.profile_id) for row in rows]
    found += [global_id("Task", task.id) for task in world.tasks.values()]
    return [*found, global_id("Member", world.member.id), global_id("Contact", uuid4()), "nonsense"]


@cache
def engine(*, plans: bool) -> Engine:
    return Engine(graphql_schema(), open_to_anybody=OPEN_TO_ANYBODY, plans=plans)


async def asked_of(world: World, query: str, *, plans: bool, **variables: object) -> tuple[bytes, list[str]]:
    """The answer's bytes, and the calls that it took, sorted."""
    caller = Caller(world.workspace.id, world.member.id, None, None, "agent", frozenset({"tasks:read"}), frozenset())
    feed = Feed(world.bus, on_revoked=lambda _: None, presence=PresenceBoard(SystemClock()))
    context = Context(asker=Asker(request_id="r", caller=caller, token="t"), ports=world.ports, feed=feed)
    engine_ = engine(plans=plans)
    operation = engine_.prepare(Asked(query=query, variables=variables), signed_in=True)
    result = await engine_.run(operation, context)
    return result.encoded(), sorted(world.asked())


def spoil(world: World, fault: str) -> None:
    """Let a service fail in some way."""
    contact = next(iter(world.contacts))
    rows = world.interactions[contact]
    match fault:
        case "routing away":
            world.routing.away = True
        case "identity away":
            world.identity.away = True
        case "null where none may be":
            world.engagement.responders["POST", "/internal/ledger"] = lambda _: None
            world.identity.responders["POST", "/internal/profiles/by-contact-ids"] = lambda asked: [None] * len(asked["ids"])
        case "wrong type":
            world.routing.responders["POST", "/internal/triage/by-interaction-ids"] = lambda asked: [5] * len(asked["ids"])
        case "integer beyond 32 bits":
            world.contacts[contact] = replace(world.contacts[contact], version=2**40)
        case "refused":
            world.engagement.responders["POST", "/internal/channels/by-ids"] = lambda _: problem(403, "forbidden", "No.")
            rows[0] = replace(rows[0], text="\u2028 \U0001f600 \x7f", rating=4.5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), fault=st.sampled_from(FAULTS))
async def test_plans_answer_what_the_default_executor_answers(seed: int, fault: str) -> None:
    world = World()
    for count in (1, 3):
        world.add_contact(messages=count)
    spoil(world, fault)
    query = QueryMaker(world, seed).query()
    try:
        engine(plans=True).prepare(Asked(query=query), signed_in=True)
    except (LimitExceededError, InvalidDocumentError):
        reject()
    planned, _ = await asked_of(world, query, plans=True)
    default, _ = await asked_of(world, query, plans=False)
    if planned != default:
        assert_only_the_race_differs(json.loads(planned), json.loads(default))


def assert_only_the_race_differs(planned: dict[str, Any], default: dict[str, Any]) -> None:
    """Where several errors null one and the same place, the first in time is told: nothing else may differ."""
    assert planned["data"] == default["data"]
    assert planned["extensions"] == default["extensions"]
    lost = {json.dumps(error) for error in planned["errors"]} ^ {json.dumps(error) for error in default["errors"]}
    for error in map(json.loads, lost):
        assert _at(default["data"], error["path"]) is None
        assert any(_at(default["data"], other["path"]) is None for other in default["errors"])


def _at(data: Any, path: list[str | int]) -> Any:
    """What stands where the path leads, or where it stops."""
    for part in path:
        if data is None:
            return None
        data = data[part]
    return data


async def test_the_history_is_answered_by_its_plan_with_the_same_calls() -> None:
    world = World()
    contact = world.add_contact(messages=20)
    variables = {"id": global_id("Contact", contact.id), "first": 10}
    planned = await asked_of(world, HISTORY, plans=True, **variables)
    assert planned == await asked_of(world, HISTORY, plans=False, **variables)
    operation = engine(plans=True).prepare(Asked(query=HISTORY, variables=variables), signed_in=True)
    assert find_plan(graphql_schema(), operation.document.node, operation.node) is not None


async def test_giving_up_asks_no_service_twice() -> None:
    world = World()
    contact = world.add_contact(messages=4)
    world.routing.away = True
    variables = {"id": global_id("Contact", contact.id), "first": 10}
    planned, calls = await asked_of(world, HISTORY, plans=True, **variables)
    default, default_calls = await asked_of(world, HISTORY, plans=False, **variables)
    assert planned == default
    assert calls == default_calls == sorted(set(calls))


@pytest.mark.parametrize(
    "query",
    [
        "{ ledger { owed @include(if: true) } }",
        "query($all: Boolean! = false) { ledger { owed alarm @skip(if: $all) } }",
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } ledger { owed } }',
        "mutation { signOut { signedOut } }",
    ],
)
async def test_what_plans_do_not_cover_is_answered_all_the_same(query: str) -> None:
    world = World()
    operation = engine(plans=True).prepare(Asked(query=query), signed_in=True)
    assert find_plan(graphql_schema(), operation.document.node, operation.node) is None
    assert await asked_of(world, query, plans=True) == await asked_of(world, query, plans=False)
