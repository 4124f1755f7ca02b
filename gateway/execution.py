"""Runs one operation: parse, measure, validate (each document once), execute, serialise. Called by every edge that takes GraphQL.

A document that passed is kept by its text; a second request pays for variables, execution and serialisation alone.
Never answers HTTP: edges do.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import orjson
import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute,
    parse,
    validate,
)

from gateway.context import Context
from gateway.errors import BAD_INPUT, INTERNAL, MASKED, GatewayError, TimedOutError, UnauthenticatedError, shown_error, shown_fault
from gateway.limits import (
    MAX_SOURCE_CHARS,
    MAX_TOKENS,
    Measured,
    check_cost,
    check_variables,
    measure,
    shown_cost,
)
from gateway.plans import Plan, find_plan
from services.kit.telemetry import error_places, error_types

KEPT_DOCUMENTS = 1_000
KEPT_DOCUMENT_CHARS = 20_000
SHOWN_ERRORS = 20
TIMEOUT_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One operation as somebody sent it."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    variables_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is answered. `executed` is False where the operation was refused and nothing ran; `status` fits HTTP then."""

    body: dict[str, Any]
    executed: bool = True
    status: int = 200

    def encoded(self) -> bytes:
        """The answer as JSON."""
        return orjson.dumps(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that may be executed: its operations by name, each with its size."""

    node: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    measured: Mapping[str, Measured]
    plans: dict[str, Plan | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation, ready to run with these variables."""

    document: Document
    node: OperationDefinitionNode
    variables: Mapping[str, Any]
    cost: int

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def name(self) -> str | None:
        """The operation's name, if it has one."""
        return self.node.name.value if self.node.name else None


class InvalidDocumentError(GatewayError):
    """The document does not parse or does not fit the schema; `shown` is what is answered."""

    status = 400

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("The document is not valid.")
        self.shown = [shown_fault(error) for error in errors[:SHOWN_ERRORS]]


class Engine:
    """Executes operations over one schema."""

    def __init__(self, schema: GraphQLSchema, *, open_to_anybody: frozenset[str], plans: bool = True) -> None:
        """Without `plans`, the default executor does everything."""
        self._schema = schema
        self._plans = plans
        self._open_to_anybody = open_to_anybody
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def prepare(self, asked: Asked, *, signed_in: bool) -> Operation:
        """The operation that is asked for.

        Raises InvalidDocumentError, LimitExceededError, and UnauthenticatedError before anything of the schema could be
        learnt from the answer.
        """
        check_variables(asked.variables, size_bytes=asked.variables_bytes)
        known = self._documents.get(asked.query)
        document = known or self._measured(asked.query)
        self._refuse_strangers(document, signed_in=signed_in)
        node = _chosen(document, asked.operation_name)
        name = node.name.value if node.name else ""
        cost = check_cost(document.measured[name], asked.variables)
        if known is None:
            self._validate(document, asked.query, signed_in=signed_in)
        else:
            self._documents.move_to_end(asked.query)
        return Operation(document=document, node=node, variables=asked.variables, cost=cost)

    async def run(self, operation: Operation, context: Context, *, root: object = None) -> Result:
        """Execute a query, a mutation, or one event of a subscription. Never raises: what went wrong is in the result."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                result = await self._executed(operation, context, root)
        except TimeoutError:
            return refused(TimedOutError(f"The operation took longer than {TIMEOUT_SECONDS:g} s."))
        finally:
            await context.loaders.close()
        return _rendered(result, cost=operation.cost)

    async def follow(self, operation: Operation, context: Context) -> AsyncIterator[Result]:
        """A subscription's results, one for each event, each with a fresh context. Raises GatewayError."""
        built = Executor.build(
            self._schema,
            operation.document.node,
            context_value=context,
            raw_variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        if isinstance(built, list):
            raise InvalidDocumentError(built)
        stream = create_source_event_stream(built)
        source = await stream if isawaitable(stream) else stream
        if isinstance(source, ExecutionResult):
            yield _rendered(source, cost=operation.cost)
            return
        async with aclosing(source) as events:  # type: ignore[type-var]  # our sources are async generators
            async for event in events:
                yield await self.run(operation, context.fresh(), root=event)

    async def _executed(self, operation: Operation, context: Context, root: object) -> ExecutionResult:
        plan = self._find_plan(operation)
        if plan is not None:
            try:
                return ExecutionResult(await plan.run(context, operation.variables, root=root), None)
            except Exception as error:  # noqa: BLE001 - the default executor meets it again, places it and says it
                log.debug("plan_gave_up", reason=type(error).__name__)
                await context.loaders.rewind()
        result = execute(
            self._schema,
            operation.document.node,
            root_value=root,
            context_value=context,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        return await result if isawaitable(result) else result

    def _find_plan(self, operation: Operation) -> Plan | None:
        """The operation's plan, compiled the first time it is asked for."""
        if not self._plans:
            return None
        plans, name = operation.document.plans, operation.name or ""
        if name not in plans:
            plans[name] = find_plan(self._schema, operation.document.node, operation.node)
        return plans[name]

    def _validate(self, document: Document, text: str, *, signed_in: bool) -> None:
        errors = validate(self._schema, document.node, max_errors=SHOWN_ERRORS, hide_suggestions=not signed_in)
        if errors:
            raise InvalidDocumentError(errors)
        if len(text) <= KEPT_DOCUMENT_CHARS:
            self._documents[text] = document
            if len(self._documents) > KEPT_DOCUMENTS:
                self._documents.popitem(last=False)

    def _measured(self, text: str) -> Document:
        try:
            node = parse(
                text,
                no_location=False,
                max_lexical_tokens=MAX_TOKENS,
                max_comments=MAX_TOKENS,
                max_source_length=MAX_SOURCE_CHARS,
            )
        except GraphQLError as error:
            raise InvalidDocumentError([error]) from error
        operations = {each.name.value if each.name else "": each for each in node.definitions if isinstance(each, OperationDefinitionNode)}
        return Document(node=node, operations=operations, measured=measure(self._schema, node))

    def _refuse_strangers(self, document: Document, *, signed_in: bool) -> None:
        if signed_in:
            return
        asked = frozenset[str]().union(*(each.root_fields for each in document.measured.values()))
        if not asked <= self._open_to_anybody:
            message = "Sign in first: send `Authorization: Bearer <access token>`."
            raise UnauthenticatedError(message)


def refused(error: GatewayError) -> Result:
    """The answer where nothing was executed."""
    if isinstance(error, InvalidDocumentError):
        return Result(body={"errors": error.shown}, executed=False, status=error.status)
    extensions = {**error.extensions, "code": error.shown_code()}
    top = {"extensions": {"cost": error.extensions["cost"]}} if "cost" in error.extensions else {}
    body = {"errors": [{"message": error.message, "extensions": extensions}], **top}
    return Result(body=body, executed=False, status=error.status)


def broken(error: Exception) -> Result:
    """The answer to what nobody foresaw; logged here, once."""
    log.error("operation_failed", error_type=error_types(error), error_places=error_places(error.__traceback__))
    body = {"errors": [{"message": MASKED, "extensions": {"code": INTERNAL}}]}
    return Result(body=body, executed=False, status=500)


def _chosen(document: Document, name: str | None) -> OperationDefinitionNode:
    if name:
        found = document.operations.get(name)
        if found is None:
            raise InvalidDocumentError([_misfit(f"The document has no operation named {name[:100]!r}.")])
        return found
    if len(document.operations) != 1:
        raise InvalidDocumentError([_misfit("The document has several operations: say which by `operationName`.")])
    return next(iter(document.operations.values()))


def _misfit(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": BAD_INPUT})


def _rendered(result: ExecutionResult, *, cost: int) -> Result:
    errors = result.errors or []
    extensions = {"cost": shown_cost(cost)}
    if result.data is None and errors and all(error.path is None for error in errors):
        shown = [shown_fault(error, fallback_code=BAD_INPUT) for error in errors[:SHOWN_ERRORS]]
        return Result(body={"errors": shown, "extensions": extensions}, executed=False, status=400)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = [shown_error(error) for error in errors[:SHOWN_ERRORS]]
    body["extensions"] = extensions
    return Result(body=body)
