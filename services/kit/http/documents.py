"""JSON from strangers: checked for everything that a later layer would stumble over, then given its type.

Called by InputGuard and by bare routes. Refuses with BadRequestError what is not sound JSON, and with MalformedError
what is sound but not of the shape asked for. Never answers anybody.
"""

import json
import re
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

import msgspec
import orjson
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core.core_schema import CoreSchema, ModelSchema, json_or_python_schema, no_info_before_validator_function

from services.kit.errors import BadRequestError, MalformedError
from services.kit.http.moments import within_calendar

MAX_DEPTH = 64
MAX_VALUES = 10_000  # validation of a megabyte of wrong values would hold the event loop for a second
_INT64 = 2**63
_INT64_DIGITS = 19
_OPENING = b"[{"
_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_LONG_INTEGER = re.compile(rb"(?<![0-9.eE+-])-?+[0-9]{%d,}+(?![.eE])" % _INT64_DIGITS)
_NUL_SIGN = b"\\u0000"  # looked for first: thirty times cheaper than the exact pattern
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")

T = TypeVar("T")


class RequestBody(BaseModel):
    """Base of the JSON bodies of FastAPI routes: unknown fields are refused, and so is what would need coercion.

    FastAPI hands over parsed JSON as Python values, where pydantic's strict mode would refuse ids and times as text; so
    the strict check is made on JSON. Input never shows up in error texts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        """JSON is read natively (a list is a tuple, a text a time); Python values are first read so, strictly."""
        made = handler(source)
        if made["type"] != "model":
            return made  # this one again, on its second use
        plain = ModelSchema(**{name: part for name, part in made.items() if name != "ref"})  # type: ignore[typeddict-item] # a copy without its name
        checked = no_info_before_validator_function(cls._refuse_coercion, plain)
        return json_or_python_schema(plain, checked, ref=made.get("ref"))

    @classmethod
    def _refuse_coercion(cls, given: object) -> object:
        if isinstance(given, dict):
            try:
                document = orjson.dumps(given)
            except TypeError:
                return given  # made by our own code of Python objects, not by a stranger of JSON
            cls.__pydantic_validator__.validate_json(document, strict=True)
        return given


class BareBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of the JSON bodies of bare routes: unknown fields are refused, and times at the calendar's ends."""

    def __post_init__(self) -> None:
        """Raises ValueError, which decoding tells as what is wrong with the body."""
        for name in self.__struct_fields__:
            if isinstance(given := getattr(self, name), datetime):
                within_calendar(given)


def decode(body: bytes, shape: type[T]) -> T:
    """`body` as a `shape` (a BareBody, a dataclass, list[UUID]...), without coercion. Dataclasses ignore unknown fields."""
    try:
        return msgspec.convert(parse_json(body), type=shape, strict=True)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{error}.") from error


def parse_json(body: bytes) -> object:
    """The parsed document. What passes can be handed to json, pydantic and PostgreSQL without surprises.

    Refused: anything but one UTF-8 JSON value (RFC 8259), NaN, lone surrogates, NUL characters, integers beyond
    64 bits, numbers beyond a double, nesting deeper than 64, more than 10,000 values, an object that has a name twice.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"The body is not valid JSON: {error.msg} (character {error.pos}).") from error
    bones = _without_strings(body)
    if bones.count(b",") >= MAX_VALUES:
        raise BadRequestError(f"The body holds more than {MAX_VALUES} values.")
    _refuse_depth(bones)
    _refuse_long_integers(bones)
    if _NUL_SIGN in body and _NUL.search(body):
        raise BadRequestError("The body contains a NUL character (\\u0000).")
    if bones.count(b":") > 1:
        json.loads(body, object_pairs_hook=_refuse_duplicates)
    return document


def _without_strings(body: bytes) -> bytes:
    """Valid JSON without its strings; without escapes every second piece between quotation marks is one."""
    return _STRING.sub(b"", body) if b"\\" in body else b"".join(body.split(b'"')[::2])


def _refuse_depth(bones: bytes) -> None:
    brackets = bones.translate(None, delete=_NOT_BRACKETS)
    if len(brackets) <= MAX_DEPTH:
        return
    if any(depth > MAX_DEPTH for depth in accumulate(1 if each in _OPENING else -1 for each in brackets)):
        raise BadRequestError(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _refuse_long_integers(bones: bytes) -> None:
    for digits in _LONG_INTEGER.findall(bones):
        if len(digits) > _INT64_DIGITS + 1 or not -_INT64 <= int(digits) < _INT64:
            raise BadRequestError("The body contains an integer that does not fit 64 bits.")


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise BadRequestError("The body contains an object that has the same name twice.")
