"""Every SQL statement of every service, heard by calling the functions of `statements` with a connection that only listens.

A function that is not heard with made-up arguments makes the tests beside it fail, so a new statement is covered or noticed.
"""

import asyncio
import contextlib
import dataclasses
import enum
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg

from migrations import SERVICES
from services.kit import dead_letters, idempotency, inbox, outbox, relay
from services.kit.erasing import jobs, tombstones, traces

Role = Literal["app", "intake", "worker"]
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
# Functions of the intake role; the others work as `app` where they are given a workspace, else as `worker`.
OF_THE_INTAKE = {"admit_items"}
KIT: Mapping[types.ModuleType, Role] = {
    **dict.fromkeys((outbox, inbox, idempotency, dead_letters, jobs, tombstones, traces), "app"),
    relay: "worker",
}
KIT_OF_THE_WORKER = {"_FORGET", "_DUE"}
WIDE = 40


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, where it is written, and the role that runs it."""

    service: str
    name: str
    role: Role
    sql: str

    def __str__(self) -> str:
        return f"{self.service}.{self.name}"


class Listener:
    """Takes a connection's place and keeps the statements; every answer is empty."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def fetch(self, sql: str, *_: object, **__: object) -> list[object]:
        """Nothing found."""
        self.heard.append(sql)
        return []

    async def fetchrow(self, sql: str, *_: object, **__: object) -> None:
        """No row."""
        self.heard.append(sql)

    async def fetchval(self, sql: str, *_: object, **__: object) -> None:
        """No value."""
        self.heard.append(sql)

    async def execute(self, sql: str, *_: object, **__: object) -> str:
        """Nothing done."""
        self.heard.append(sql)
        return "UPDATE 0"


def all_statements() -> list[Statement]:
    """Every statement once, of the services and of kit."""
    found: dict[tuple[str, str], Statement] = {}
    for service in SERVICES:
        for function in functions_of(service):
            for sql in heard_from(function):
                name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
                found.setdefault((service, sql), Statement(service, name, _role(function), sql))
    for module, role in KIT.items():
        for name, sql in _constants(module):
            of_role: Role = "worker" if name in KIT_OF_THE_WORKER else role
            found[module.__name__, name] = Statement("engagement", f"kit.{module.__name__.rpartition('.')[2]}.{name}", of_role, sql)
    return list(found.values())


def functions_of(service: str) -> Iterator[Callable[..., Any]]:
    """Every public function of the service's statements."""
    package = importlib.import_module(f"services.{service}.statements")
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for name, function in vars(module).items():
            if inspect.iscoroutinefunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                yield function


def heard_from(function: Callable[..., Any]) -> list[str]:
    """What a function says to the database, over all shapes of its optional arguments."""
    heard: dict[str, None] = {}
    for arguments in _arguments(function):
        listener = Listener()
        # An empty answer may be none that the function can work with; what it said until then counts.
        with contextlib.suppress(Exception):
            asyncio.run(function(listener, **arguments))
        heard |= dict.fromkeys(listener.heard)
    return list(heard)


def _role(function: Callable[..., Any]) -> Role:
    if function.__name__ in OF_THE_INTAKE:
        return "intake"
    by_workspace = "workspace" in inspect.signature(function).parameters
    return "app" if by_workspace or function.__name__ in {"insert_channel", "queue_reply", "matching_rows"} else "worker"


def _constants(module: types.ModuleType) -> Iterator[tuple[str, str]]:
    for name, value in vars(module).items():
        if isinstance(value, str) and value.lstrip().startswith(VERBS):
            yield name, value


def _arguments(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Arguments with all options set, with none, and with each alone."""
    hints = typing.get_type_hints(function)
    names = list(inspect.signature(function).parameters)[1:]
    yield {name: _made(hints[name], given=True) for name in names}
    yield {name: _made(hints[name], given=False) for name in names}
    for alone in names:
        yield {name: _made(hints[name], given=name == alone) for name in names}
        for variant in _variants(hints[alone]):
            yield {name: variant if name == alone else _made(hints[name], given=False) for name in names}


def _variants(hint: Any) -> Iterator[Any]:
    """A dataclass with each of its optional fields alone."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        for alone in hints:
            yield hint(**{name: _made(each, given=name == alone) for name, each in hints.items()})


def _made(hint: Any, *, given: bool) -> Any:
    """A value of the type; None for an option that is not given."""
    hint = getattr(hint, "__supertype__", hint)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return next(_made(each, given=True) for each in inner if each is not type(None)) if given else None
    if origin is not None:
        return _of_many(origin, inner, given=given)
    if dataclasses.is_dataclass(hint):
        return hint(**{name: _made(each, given=given) for name, each in typing.get_type_hints(hint).items()})
    return next(iter(hint)) if issubclass(hint, enum.Enum) else _PLAIN[hint]


def _of_many(origin: Any, inner: tuple[Any, ...], *, given: bool) -> Any:
    if origin is Literal:
        return inner[0]
    if origin is tuple:
        return (None,) * WIDE if ... in inner else tuple(_made(each, given=given) for each in inner)
    if issubclass(origin, Mapping):
        return _Anything({_made(inner[0], given=True): _made(inner[1], given=True)})
    return [_made(inner[0], given=given)]


class _Anything(dict[Any, Any]):
    """Has every key."""

    def __missing__(self, key: object) -> int:
        """Any value will do."""
        del key
        return 1


_PLAIN: Mapping[Any, Any] = {
    UUID: UUID(int=7),
    str: "t7",
    bytes: b"7" * 32,
    int: 7,
    float: 0.5,
    bool: True,
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
    date: date(2026, 1, 1),
    timedelta: timedelta(minutes=1),
    object: None,
    Any: None,
    asyncpg.Record: _Anything(),
    Sequence: [],
}
