"""Bodies of FastAPI routes take what JSON can say and coerce nothing."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.kit.http import RequestBody


class Part(RequestBody):
    """A nested body."""

    size: int


class Whole(RequestBody):
    """A body with every shape that JSON has no word for."""

    words: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    at: datetime | None = None
    id: UUID | None = None
    part: Part | None = None
    parts: tuple[Part, ...] = ()


def test_lists_and_texts_become_tuples_sets_times_and_ids() -> None:
    given = {
        "words": ["a"],
        "marks": ["b"],
        "at": "2026-03-01T12:00:00Z",
        "id": "01a2f7c0-0000-7000-8000-000000000000",
        "part": {"size": 1},
        "parts": [{"size": 2}],
    }

    assert Whole.model_validate(given) == Whole(
        words=("a",),
        marks=frozenset({"b"}),
        at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        id=UUID("01a2f7c0-0000-7000-8000-000000000000"),
        part=Part(size=1),
        parts=(Part(size=2),),
    )


@pytest.mark.parametrize("given", [{"words": "a"}, {"at": 5}, {"part": {"size": "1"}}, {"parts": [{"size": True}]}, {"part": {"more": 1}}])
def test_what_would_need_coercion_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Whole.model_validate(given)


def test_nested_bodies_keep_their_names_in_the_description() -> None:
    assert Whole.model_json_schema()["$defs"].keys() == {"Part"}
