"""A validated query compiled once into closures over loaded rows. Called by `execution`, which keeps one plan per operation.

A plan answers only what goes well: whatever it does not cover is not compiled, and whatever goes wrong while it runs is left to the
default executor, which asks the same loaders and so no service twice. Both give the same bytes (tests/gateway/test_plans.py).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from types import CoroutineType
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import get_object_definition
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from gateway.context import Context
from gateway.relay import type_name_of
from gateway.schema import strawberry_schema

PLAIN: Mapping[str, type] = {"String": str, "Boolean": bool}
INT_LIMIT = 1 << 31


class NotCoveredError(Exception):
    """The operation has something that plans do not do."""


class GaveUpError(Exception):
    """Something did not go well; the default executor finds out what, and says it."""


class PlanInfo:
    """What resolvers are given in place of Strawberry's Info: the context and nothing else."""

    __slots__ = ("context",)

    def __init__(self, context: Context) -> None:
        self.context = context


class Running:
    """One run of a plan: each planned field's arguments, and the values still waited for."""

    __slots__ = ("arguments", "info", "pending")

    def __init__(self, context: Context, arguments: list[dict[str, Any]]) -> None:
        self.info = PlanInfo(context)
        self.arguments = arguments
        self.pending: list[Pending] = []


Row: TypeAlias = Any  # whatever a resolver answers: a view, a list of them, a leaf
Finish = Callable[[Any, Running], Any]
Get = Callable[[Any, Running], Any]


class Pending(NamedTuple):
    """A value waited for, and where it goes."""

    value: Awaitable[Any]
    finish: Finish
    answer: dict[str, Any]
    key: str


class Step(NamedTuple):
    """One field of an object: its value is an attribute of the source, or what `get` answers, perhaps later; then it is finished."""

    key: str
    attribute: Callable[[Any], Any] | None
    get: Get
    finish: Finish


class Plan:
    """A compiled operation; holds no data of any request."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode, compiler: "_Compiler") -> None:
        self._schema = schema
        self._operation = operation
        self._root = compiler.root(operation)
        self._fields = compiler.fields_with_arguments

    async def run(self, context: Context, variables: Mapping[str, Any], *, root: object) -> dict[str, Any]:
        """The data of the answer. Raises whatever went wrong: nothing of it is fit to be shown."""
        running = Running(context, self._arguments(variables))
        futures: list[asyncio.Future[Any]] = []
        try:
            data: dict[str, Any] = self._root(root, running)
            while running.pending:
                batch, running.pending = running.pending, []
                futures = [asyncio.ensure_future(each.value) for each in batch]
                for future, each in zip(futures, batch, strict=True):
                    value = future.result() if future.done() else await future
                    each.answer[each.key] = each.finish(value, running)
        except BaseException:
            await _abandon(futures, running.pending)
            raise
        return data

    def _arguments(self, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Each planned field's arguments, as its resolver takes them. They are the same for every row."""
        coerced = get_variable_values(self._schema, self._operation.variable_definitions or (), dict(variables))
        if not isinstance(coerced, VariableValues):
            raise GaveUpError
        return [_converted(field, definition, node, coerced) for field, definition, node in self._fields]


async def _abandon(futures: Sequence[asyncio.Future[Any]], pending: Sequence[Pending]) -> None:
    """End the resolvers that are not waited for any more; fetches go on, for the default executor will ask for them."""
    for each in pending:
        if isinstance(each.value, CoroutineType):
            each.value.close()
    unfinished = [future for future in futures if isinstance(future, asyncio.Task)]
    for task in unfinished:
        task.cancel()
    await asyncio.gather(*unfinished, return_exceptions=True)


def find_plan(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Plan | None:
    """The plan of a validated operation, or None where the default executor must do it."""
    if operation.operation is OperationType.MUTATION:
        return None
    try:
        return Plan(schema, operation, _Compiler(schema, document))
    except NotCoveredError:
        return None


def _converted(field: StrawberryField, definition: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    schema = strawberry_schema()
    given = get_argument_values(definition, node, variables)
    registry = schema.schema_converter.scalar_registry
    return convert_arguments(given, field.arguments, scalar_registry=registry, config=schema.config)


class _Compiler:
    """Compiles one operation. Fragments are spread out for each type that they meet."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self.fields_with_arguments: list[tuple[StrawberryField, GraphQLField, FieldNode]] = []

    def root(self, operation: OperationDefinitionNode) -> Finish:
        type_ = self._schema.get_root_type(operation.operation)
        if type_ is None or operation.directives:
            raise NotCoveredError
        subscribes = operation.operation is OperationType.SUBSCRIPTION
        return self._object(type_, [operation.selection_set], is_event=subscribes, checks_type=False)

    def _object(
        self,
        type_: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        *,
        is_event: bool = False,
        checks_type: bool = True,
    ) -> Finish:
        groups = self._groups(type_, selections)
        steps = [self._step(type_, key, nodes, is_event=is_event) for key, nodes in groups.items()]
        is_type_of: Callable[[Any, Any], Any] | None = type_.is_type_of if checks_type else None

        def finish(source: Row, running: Running) -> dict[str, Any]:
            if is_type_of is not None and not is_type_of(source, None):
                raise GaveUpError
            answer: dict[str, Any] = {}
            for key, attribute, get, finish_value in steps:
                if attribute is not None:
                    answer[key] = finish_value(attribute(source), running)
                    continue
                value = get(source, running)
                if isinstance(value, asyncio.Future) or type(value) is CoroutineType:
                    answer[key] = None
                    running.pending.append(Pending(value, finish_value, answer, key))
                else:
                    answer[key] = finish_value(value, running)
            return answer

        return finish

    def _step(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], *, is_event: bool) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Step(key, None, lambda _source, _running: parent.name, lambda value, _running: value)
        definition = parent.fields.get(name)
        if definition is None:
            raise NotCoveredError
        selections = [node.selection_set for node in nodes if node.selection_set]
        finish = self._finish(definition.type, selections)
        if is_event:
            return Step(key, None, lambda source, _running: source, finish)
        attribute, get = self._get(definition, nodes[0])
        return Step(key, attribute, get, finish)

    def _get(self, definition: GraphQLField, node: FieldNode) -> tuple[Callable[[Any], Any] | None, Get]:
        field = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(field, StrawberryField) or field.extensions:
            raise NotCoveredError
        resolver = field.base_resolver
        if resolver is None:
            return attrgetter(field.python_name), _nothing
        parent = resolver.parent_parameter or resolver.root_parameter
        first = [each.name for each in (parent, resolver.info_parameter) if each is not None]
        function = resolver.wrapped_func
        fits = list(resolver.signature.parameters)[: len(first)] == first and resolver.self_parameter is None
        if not fits or isinstance(function, staticmethod | classmethod):
            raise NotCoveredError
        slot = self._slot(field, definition, node)
        return None, _call(function, parent is not None, resolver.info_parameter is not None, slot)

    def _slot(self, field: StrawberryField, definition: GraphQLField, node: FieldNode) -> int | None:
        """Where a run holds the field's arguments; None for a field without any."""
        if not definition.args:
            return None
        self.fields_with_arguments.append((field, definition, node))
        return len(self.fields_with_arguments) - 1

    def _finish(self, type_: GraphQLOutputType, selections: Sequence[SelectionSetNode]) -> Finish:
        if isinstance(type_, GraphQLNonNull):
            finish = self._finish_nullable(type_.of_type, selections)
            return finish if is_leaf_type(type_.of_type) else _present(finish)
        return _or_null(self._finish_nullable(type_, selections))

    def _finish_nullable(self, type_: GraphQLOutputType, selections: Sequence[SelectionSetNode]) -> Finish:
        if isinstance(type_, GraphQLList):
            return _listed(self._finish(type_.of_type, selections))
        if is_leaf_type(type_):
            return _leaf(type_)
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, selections)
        if is_abstract_type(type_):
            return self._abstract(type_, selections)
        raise NotCoveredError

    def _abstract(self, type_: GraphQLAbstractType, selections: Sequence[SelectionSetNode]) -> Finish:
        finishes = {possible.name: self._object(possible, selections) for possible in self._schema.get_possible_types(type_)}

        def finish(value: Row, running: Running) -> Row:
            name = type_name_of(type(value))
            if name is None:
                definition = get_object_definition(value)
                name = definition.name if definition else None
            known = finishes.get(name) if name else None
            if known is None:
                raise GaveUpError
            return known(value, running)

        return finish

    def _groups(self, type_: GraphQLObjectType, selections: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        groups: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection in selections:
            self._collect(type_, selection, groups, spread)
        return groups

    def _collect(self, type_: GraphQLObjectType, selection: SelectionSetNode, groups: dict[str, list[FieldNode]], spread: set[str]) -> None:
        for node in selection.selections:
            if node.directives:
                raise NotCoveredError
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                groups.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(type_, node.type_condition.name.value):
                    self._collect(type_, node.selection_set, groups, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(type_, fragment.type_condition.name.value):
                    self._collect(type_, fragment.selection_set, groups, spread)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        named = self._schema.type_map[condition]
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.is_sub_type(named, type_)
        return named is type_


def _call(resolve: Callable[..., Any], takes_parent: bool, takes_info: bool, slot: int | None) -> Get:  # noqa: FBT001 - two facts of one signature
    match takes_parent, takes_info, slot:
        case True, True, None:
            return lambda source, running: resolve(source, running.info)
        case True, False, None:
            return lambda source, _running: resolve(source)
        case False, True, None:
            return lambda _source, running: resolve(running.info)
        case True, True, int():
            return lambda source, running: resolve(source, running.info, **running.arguments[slot])
        case False, True, int():
            return lambda _source, running: resolve(running.info, **running.arguments[slot])
        case _:
            raise NotCoveredError


def _nothing(_source: Row, _running: Running) -> None:
    """An attribute needs no resolver."""


def _present(finish: Finish) -> Finish:
    def finish_present(value: Row, running: Running) -> Row:
        if value is None:
            raise GaveUpError
        return finish(value, running)

    return finish_present


def _or_null(finish: Finish) -> Finish:
    return lambda value, running: None if value is None else finish(value, running)


def _listed(finish: Finish) -> Finish:
    def finish_list(value: Row, running: Running) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise GaveUpError
        return [finish(each, running) for each in value]

    return finish_list


def _leaf(type_: GraphQLLeafType) -> Finish:
    coerce = type_.coerce_output_value

    def finish_any(value: Row, _running: Running) -> Row:
        coerced = None if value is None else coerce(value)
        if coerced is None:
            raise GaveUpError
        return coerced

    if isinstance(type_, GraphQLEnumType):
        names = {each.value: name for name, each in type_.values.items()}
        return lambda value, _running: names[value]
    plain = PLAIN.get(type_.name)
    if plain is not None:
        return lambda value, running: value if type(value) is plain else finish_any(value, running)
    if type_.name == "Int":
        return lambda value, running: value if type(value) is int and -INT_LIMIT <= value < INT_LIMIT else finish_any(value, running)
    return finish_any
