"""How large an operation may be, measured on its syntax alone, before validation. Called by `execution`; never runs anything.

Everything is counted as the executor would meet it: fragments spread out, equal fields merged. `cost` multiplies `first` by nested
`first`; a list without `first` counts as ten. Work is bounded by MAX_FIELDS, whatever the document does with fragments.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from gateway.errors import LimitExceededError

MAX_TOKENS = 3_000
MAX_SOURCE_CHARS = 100_000
MAX_DEPTH = 16
MAX_ALIASES = 30
MAX_DIRECTIVES = 30
MAX_DUPLICATES = 30
MAX_FIELDS = 1_000
MAX_ROOT_FIELDS = 20
MAX_OPERATIONS = 10
MAX_INTROSPECTIONS = 2
MAX_VARIABLES = 100
MAX_VARIABLES_BYTES = 256 * 1024
MAX_COST = 50_000
UNBOUNDED_LIST = 10
COST_CAP = 1 << 53

TOO_COMPLEX = "QUERY_TOO_COMPLEX"
_INTROSPECTION = {"__schema", "__type"}


class Multiplier(NamedTuple):
    """How often the selection beneath a field is answered: `fixed`, unless the variable is given a number or a list."""

    fixed: int
    variable: str | None = None

    def value(self, variables: Mapping[str, object]) -> int:
        """The number for one request; what is no number is left for coercion to refuse."""
        given = variables.get(self.variable) if self.variable else None
        if isinstance(given, bool):
            return self.fixed
        if isinstance(given, int):
            return max(given, 0)
        return len(given) if isinstance(given, list) else self.fixed


ONCE = Multiplier(1)


@dataclass(slots=True)
class Cost:
    """The cost of a field: one for the object itself and all beneath it, times the multiplier."""

    multiplier: Multiplier = ONCE
    own: int = 1
    beneath: list["Cost"] = field(default_factory=list)

    def total(self, variables: Mapping[str, object]) -> int:
        """The figure for one request, at most COST_CAP."""
        each = self.own + sum(cost.total(variables) for cost in self.beneath)
        return min(each * self.multiplier.value(variables), COST_CAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One operation's size. `root_fields` are the names that it asks of its root."""

    cost: Cost
    root_fields: frozenset[str]


def measure(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Measured]:
    """The size of each operation, by name (empty for the nameless one). Raises LimitExceededError."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    _allow(len(operations), most=MAX_OPERATIONS, what="operations", code="TOO_MANY_OPERATIONS")
    _count_syntax(document)
    walk = _Walk(schema, document)
    return {node.name.value if node.name else "": walk.operation(node) for node in operations}


def check_cost(measured: Measured, variables: Mapping[str, object]) -> int:
    """What one request costs. Raises LimitExceededError, with the figure, where it is more than is answered."""
    cost = measured.cost.total(variables)
    if cost > MAX_COST:
        message = f"This operation costs {cost}; at most {MAX_COST} is answered. Ask for smaller pages."
        raise LimitExceededError(message, limit_code=TOO_COMPLEX, extensions={"cost": shown_cost(cost)})
    return cost


def shown_cost(cost: int) -> dict[str, int]:
    """The figure as it stands in extensions.cost."""
    return {"requestedQueryCost": cost, "maximumAvailable": MAX_COST}


def check_variables(variables: Mapping[str, object], *, size_bytes: int) -> None:
    """Refuse variables that are too many, or together too large. Raises LimitExceededError."""
    _allow(len(variables), most=MAX_VARIABLES, what="variables", code="TOO_MANY_VARIABLES")
    _allow(size_bytes, most=MAX_VARIABLES_BYTES, what="bytes of variables", code="VARIABLES_TOO_LARGE")


def _allow(count: int, *, most: int, what: str, code: str) -> None:
    if count > most:
        message = f"An operation may have at most {most} {what}."
        raise LimitExceededError(message, limit_code=code)


def _count_syntax(document: DocumentNode) -> None:
    aliases = directives = 0
    for node in _nodes(document):
        aliases += isinstance(node, FieldNode) and node.alias is not None
        directives += isinstance(node, DirectiveNode)
    _allow(aliases, most=MAX_ALIASES, what="aliases", code="TOO_MANY_ALIASES")
    _allow(directives, most=MAX_DIRECTIVES, what="directives", code="TOO_MANY_DIRECTIVES")


def _nodes(document: DocumentNode) -> Iterator[Node]:
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(getattr(node, "directives", None) or ())
        selections = getattr(node, "selection_set", None)
        if selections is not None:
            waiting.extend(selections.selections)


class _Walk:
    """One document's operations, spread out and merged as the executor does."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._defaults: dict[str, ValueNode] = {}
        self._met = 0
        self._introspections = 0

    def operation(self, node: OperationDefinitionNode) -> Measured:
        root = self._schema.get_root_type(node.operation)
        self._defaults = {each.variable.name.value: each.default_value for each in node.variable_definitions or () if each.default_value}
        groups = self._merged([node.selection_set])
        _allow(len(groups), most=MAX_ROOT_FIELDS, what="root fields", code="TOO_MANY_ROOT_FIELDS")
        costs = [self._group(group, parent=root, depth=1) for group in groups.values()]
        names = frozenset(name for _, name in groups)
        return Measured(cost=Cost(own=0, beneath=costs), root_fields=names)

    def _group(self, group: list[FieldNode], *, parent: GraphQLNamedType | None, depth: int) -> Cost:
        _allow(depth, most=MAX_DEPTH, what="levels", code="QUERY_TOO_DEEP")
        first = group[0]
        name = first.name.value
        if name in _INTROSPECTION:
            self._introspections += 1
            _allow(self._introspections, most=MAX_INTROSPECTIONS, what="introspections", code=TOO_COMPLEX)
        definition = _definition(self._schema, parent, name)
        sets = [node.selection_set for node in group if node.selection_set]
        if not sets:
            return Cost(own=0)
        named = get_named_type(definition.type) if definition else None
        beneath = [self._group(each, parent=named, depth=depth + 1) for each in self._merged(sets).values()]
        return Cost(multiplier=self._multiplier(first, definition, parent), beneath=beneath)

    def _merged(self, sets: Iterable[SelectionSetNode]) -> dict[tuple[str, str], list[FieldNode]]:
        groups: dict[tuple[str, str], list[FieldNode]] = {}
        spread: set[str] = set()
        waiting = list(sets)
        while waiting:
            for node in waiting.pop().selections:
                self._met += 1
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    groups.setdefault((key, node.name.value), []).append(node)
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    fragment = self._fragments.get(node.name.value)
                    waiting.extend([fragment.selection_set] if fragment else [])
            _allow(self._met, most=MAX_FIELDS, what="fields", code=TOO_COMPLEX)
        most = max(map(len, groups.values()), default=0)
        _allow(most, most=MAX_DUPLICATES, what="repetitions of a field", code="TOO_MANY_DUPLICATES")
        return groups

    def _multiplier(self, node: FieldNode, definition: GraphQLField | None, parent: GraphQLNamedType | None) -> Multiplier:
        if definition is None:
            return ONCE
        for name in ("first", "ids"):
            if name in definition.args:
                default = definition.args[name].default_value
                given = next((each.value for each in node.arguments or () if each.name.value == name), None)
                return self._read(given, fallback=default if isinstance(default, int) else 1)
        in_page = parent is not None and parent.name.endswith(("Connection", "Edge"))
        introspects = parent is not None and parent.name.startswith("__")
        if not _is_list(definition.type) or in_page or introspects:
            return ONCE
        return Multiplier(UNBOUNDED_LIST)

    def _read(self, value: ValueNode | None, *, fallback: int) -> Multiplier:
        match value:
            case IntValueNode():
                return Multiplier(min(int(value.value[:16]), COST_CAP) if value.value.isdigit() else 0)
            case ListValueNode():
                return Multiplier(len(value.values))
            case VariableNode():
                default = self._defaults.get(value.name.value)
                return Multiplier(self._read(default, fallback=fallback).fixed, value.name.value)
            case _:
                return Multiplier(fallback)


def _definition(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return None
    return schema.get_field(parent, name)


def _is_list(type_: GraphQLOutputType) -> bool:
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return isinstance(bare, GraphQLList)
