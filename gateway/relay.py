"""Relay's conventions: global ids, Node, connections. Called by every topic; never asks a service.

A GraphQL type here is a declaration. The values behind it are the contract's views: a resolver returns a ContactView where the
schema says Contact, and `shows` ties the two together.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import get_object_definition

from gateway.errors import MalformedInputError
from services.contracts.views import PAGE_LIMIT, PageView

Declared = TypeVar("Declared", bound=type)
Item = TypeVar("Item")
UUID_TEXT_CHARS = 36
CURSOR_CHARS = 1024

Identifying = Annotated[strawberry.ID, strawberry.argument(description="A global id, as `id` fields give it.")]
First = Annotated[int, strawberry.argument(description="How many; 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Cursor to continue after; null for the beginning.")]

_type_names: dict[type, str] = {}


class Identified(Protocol):
    """What every view with a global id has."""

    @property
    def id(self) -> UUID:
        """The id inside the service."""
        ...


class GlobalId(NamedTuple):
    """A global id, read."""

    type_name: str
    id: UUID


def shows(view: type, *, description: str) -> Callable[[Declared], Declared]:
    """Declare a GraphQL type whose values are instances of `view`."""

    def declare(cls: Declared) -> Declared:
        declared: Declared = strawberry.type(cls, description=description)
        definition = get_object_definition(declared, strict=True)
        definition.is_type_of = lambda source, _info: type(source) is view
        _type_names[view] = definition.name
        return declared

    return declare


def type_name_of(view: type) -> str | None:
    """The GraphQL type that shows instances of `view`; None where none does."""
    return _type_names.get(view)


def global_id(type_name: str, id_: UUID) -> strawberry.ID:
    """The id that front-ends see: base64 of `Type:uuid`."""
    return strawberry.ID(base64.b64encode(f"{type_name}:{id_}".encode()).decode())


def read_global_id(text: str) -> GlobalId:
    """The parts of a global id. Raises MalformedInputError."""
    try:
        name, _, rest = base64.b64decode(text.encode("ascii"), validate=True).decode("ascii").partition(":")
        parsed = UUID(rest)
    except (binascii.Error, ValueError) as error:
        raise MalformedInputError(_NO_ID) from error
    if len(rest) != UUID_TEXT_CHARS or not name.isalpha():
        raise MalformedInputError(_NO_ID)
    return GlobalId(name, parsed)


def read_id_of(text: str, *, type_name: str) -> UUID:
    """The UUID of a global id of one type. Raises MalformedInputError, also for another type's id."""
    parsed = read_global_id(text)
    if parsed.type_name != type_name:
        message = f"This id is of the type {parsed.type_name}; one of {type_name} is asked for."
        raise MalformedInputError(message)
    return parsed.id


def read_first(first: int) -> int:
    """The page size as given. Raises MalformedInputError outside 1 to 100."""
    if not 1 <= first <= PAGE_LIMIT:
        message = f"`first` must lie between 1 and {PAGE_LIMIT}."
        raise MalformedInputError(message)
    return first


def read_after(after: str | None) -> str | None:
    """The cursor as given. Raises MalformedInputError where it is longer than any cursor."""
    if after is not None and len(after) > CURSOR_CHARS:
        message = "This is not a cursor of ours."
        raise MalformedInputError(message)
    return after or None


def check_moment(moment: datetime) -> datetime:
    """The moment as given. Raises MalformedInputError where it has no time zone."""
    if moment.tzinfo is None:
        message = "A moment needs its time zone, as in 2026-03-01T12:00:00Z."
        raise MalformedInputError(message)
    return moment


def read_choice(given: str, *, name: str, among: Sequence[str]) -> str:
    """The word as given. Raises MalformedInputError where it is none of these."""
    if given not in among:
        message = f"`{name}` is one of {', '.join(among)}."
        raise MalformedInputError(message)
    return given


def _global_id_of(root: strawberry.Parent[Identified]) -> strawberry.ID:
    return global_id(_type_names[type(root)], root.id)


@strawberry.interface(description="Anything with a global id; `node` finds it again.")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(resolver=_global_id_of, description="Global id, opaque, stable. At most 100 characters.")


class EdgeRow(NamedTuple):
    """The value behind an edge."""

    node: object
    cursor: str


class PageInfoRow(NamedTuple):
    """The value behind PageInfo."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether more follows after `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Always false: lists are walked forwards only.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Where the next page begins; pass it as `after`. Null where there is nothing more on an empty page."
    )


@strawberry.type(description="One item of a page, with the cursor that continues after it.")
class Edge(Generic[Item]):
    """Relay's edge."""

    node: Item = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Opaque; valid as `after` of the same list. At most 1024 characters.")


def _edges(root: strawberry.Parent[PageView[object]]) -> list[EdgeRow]:
    return [EdgeRow(node, cursor) for node, cursor in zip(root.items, root.cursors, strict=True)]


def _nodes(root: strawberry.Parent[PageView[object]]) -> tuple[object, ...]:
    return root.items


def _page_info(root: strawberry.Parent[PageView[object]]) -> PageInfoRow:
    cursors = root.cursors
    return PageInfoRow(
        has_next_page=root.has_next,
        has_previous_page=False,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=root.resume or (cursors[-1] if cursors else None),
    )


@strawberry.type(description="A page of a list; at most 100 items.")
class Connection(Generic[Item]):
    """Relay's connection, over a PageView."""

    edges = strawberry.field(resolver=_edges, graphql_type=list[Edge[Item]], description="The items with their cursors; at most 100.")
    nodes = strawberry.field(resolver=_nodes, graphql_type=list[Item], description="The items without cursors; at most 100.")
    page_info = strawberry.field(resolver=_page_info, graphql_type=PageInfo, description="Where this page lies.")


_NO_ID = "This is not an id of ours."
