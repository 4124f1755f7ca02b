"""The schema is the front-ends' contract: committed, described throughout, Relay all through."""

from pathlib import Path

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)

from gateway.schema import graphql_schema, sdl

COMMITTED = Path(__file__).parent.parent.parent / "gateway" / "schema.graphql"
SHORT_BY_NATURE = {
    "journey",  # a run a product line, at most 50 lines
    "longest",  # at most 5
    "runs",  # as journey
    "stages",  # of a ring, at most 30
    "steps",  # at most 100 a run
    "calendars",  # at most 20
    "channels",  # of a service level, at most 100
    "escalateTo",  # at most 20
    "kinds",  # of a service level: the nine there are
    "levels",  # at most 50
    "agents",  # who works here, as members
    "skills",  # at most 100
    "weights",  # at most 200
    "assignments",  # of one task
    "scores",  # of the five best
    "reasons",  # of one score
    "resolutions",  # one a matter of a thread
    "urgencies",  # the three there are
    "disciplines",
    "consent",
    "doNotContact",
    "optIn",
    "optOut",
    "purposes",
    "rules",
    "titles",
    "leads",
    "profileHashes",
    "removed",
    "services",
    "relations",
    "members",
    "teams",
    "companies",
    "suggestions",
    "knownBy",
    "only",
    "values",
    "types",
    "vetoes",
    "webhookEventTypes",
    "contactsBy",
    "domains",
    "references",
    "attributes",
    "contactAttributes",
    "contactLabels",
    "notes",
    "options",
    "abilities",
    "retentionPreview",
    "choices",
    "accounts",
    "asks",
    "registration",
    "begins",
    "privateAnswers",
    "untoldReasons",
    "connectors",
    "docs",
    "fields",
    "missing",
    "receives",
    "sends",
    "ratingAverages",
    "profiles",
    "conversations",
    "tasks",
    "identifiers",
    "attachments",
    "buttons",
    "places",
    "templates",
    "byChannel",
    "byDiscipline",
    "byMember",
    "evidence",
    "highlights",
    "interactions",
    "intents",
    "labels",
    "followers",
    "linked",
    "participants",
    "people",
    "exchanges",
    "failures",
    "changes",
    "mentioned",
    "mergedIds",
    "playbook",
    "triggers",
    "inboxChannels",
    "inboxCounts",
    "languages",
    "savedFilters",
    "scopes",
    "nodes",
    "promises",
    "unfilled",
    "week",
    "periods",
    "holidays",
    "edges",
    "items",
    "newerMessages",
    "allowed",
    "gaps",
}


def own_types() -> list[object]:
    return [type_ for name, type_ in graphql_schema().type_map.items() if not name.startswith("__")]


def test_the_committed_schema_is_the_one_served() -> None:
    assert COMMITTED.read_text() == sdl(), "run: python -m gateway.schema > gateway/schema.graphql"


def test_every_type_field_and_argument_is_described() -> None:
    silent = []
    for type_ in own_types():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [type_.name] if not type_.description else []
            for name, field in type_.fields.items():
                silent += [f"{type_.name}.{name}"] if not field.description else []
                for argument, definition in getattr(field, "args", {}).items():
                    if argument != "input" and not definition.description:
                        silent.append(f"{type_.name}.{name}({argument})")
    assert silent == []


def test_every_mutation_but_sign_out_answers_a_union_with_typed_errors() -> None:
    mutation = graphql_schema().mutation_type
    assert mutation is not None
    problem = graphql_schema().type_map["Problem"]
    for name, field in mutation.fields.items():
        answer = get_named_type(field.type)
        if name == "signOut":
            continue
        assert isinstance(answer, GraphQLUnionType), name
        errors = [member for member in answer.types if problem in member.interfaces]
        assert len(errors) == len(answer.types) - 1, name


def test_lists_are_connections_or_short_by_nature() -> None:
    lists = set()
    for type_ in own_types():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                bare = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
                lists |= {name} if isinstance(bare, GraphQLList) else set()
    assert lists <= SHORT_BY_NATURE


def test_whatever_has_an_id_is_a_node() -> None:
    node = graphql_schema().type_map["Node"]
    for type_ in own_types():
        if isinstance(type_, GraphQLObjectType) and "id" in type_.fields:
            assert node in type_.interfaces, type_.name
