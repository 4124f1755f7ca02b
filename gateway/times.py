"""The scalar DateTime as callers give it: ISO 8601, far enough from the calendar's ends to be reckoned with. Called by the schema."""

from dataclasses import replace
from datetime import datetime

from strawberry.schema.types.base_scalars import DateTimeDefinition, wrap_parser

from services.kit.http.moments import within_calendar


def _read(text: str) -> object:
    parse = DateTimeDefinition.parse_value
    given = parse(text) if parse is not None else None
    return within_calendar(given) if isinstance(given, datetime) else given


DATE_TIME = replace(DateTimeDefinition, parse_value=wrap_parser(_read, "DateTime"))
