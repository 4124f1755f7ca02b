"""Conditions of rules: read or refused with where and why, judged as logic wants, tried on the last days of one workspace."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import WorkspaceId
from services.kit.ids import new_id
from services.routing.errors import ConditionRefusedError
from services.routing.rules.expression import CLOSED, FLAGS, LISTS, read_condition, told
from tests.routing.desk import Desk, Person
from tests.routing.service import Service

WORDS = st.sampled_from(("price", "refund", "question"))
LEAVES = st.one_of(
    *(st.builds(lambda v, f=field: {"field": f, "is": v}, st.sampled_from(sorted(known))) for field, known in CLOSED.items()),
    st.builds(lambda vs: {"field": "discipline", "in": vs}, st.lists(st.sampled_from(sorted(CLOSED["discipline"])), min_size=1)),
    st.builds(lambda f, v: {"field": f, "has": v}, st.sampled_from(sorted(LISTS)), WORDS),
    st.builds(lambda t, v: {"field": "confidence", t: v}, st.sampled_from(("at_least", "below")), st.floats(0, 1)),
    st.builds(lambda f, v: {"field": f, "is": v}, st.sampled_from(sorted(FLAGS)), st.booleans()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=5,
)
FACTS = st.fixed_dictionaries(
    {
        **{field: st.sampled_from(sorted(known)) for field, known in CLOSED.items()},
        **{field: st.lists(WORDS) for field in sorted(LISTS)},
        "confidence": st.floats(0, 1),
        **{field: st.booleans() for field in sorted(FLAGS)},
    }
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("all", "any", "not", "field", "is", "in", "x")), inner, max_size=3)
    ),
    max_leaves=10,
)


def said_by(data: Any, facts: Any) -> bool:
    """The same, read from the data itself."""
    match data:
        case {"all": parts}:
            return all(said_by(part, facts) for part in parts)
        case {"any": parts}:
            return any(said_by(part, facts) for part in parts)
        case {"not": part}:
            return not said_by(part, facts)
    found, test = facts[data["field"]], next(key for key in data if key != "field")
    tests = {"is": lambda v: found == v, "in": lambda v: found in v, "has": lambda v: v in found}
    tests |= {"at_least": lambda v: found >= v, "below": lambda v: found < v}
    return bool(tests[test](data[test]))


@given(CONDITIONS, FACTS)
def test_a_condition_holds_as_its_data_says_and_has_reasons_only_then(data: Any, facts: Any) -> None:
    held, why = read_condition(data).judge(facts)

    assert held == said_by(data, facts)
    assert bool(why) == held


@given(JSON)
def test_whatever_json_is_read_or_refused(data: Any) -> None:
    try:
        condition = read_condition(data)
    except ConditionRefusedError:
        return
    assert told(condition)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, 'condition: write one of "all", "any", "not", or "field" with one test.'),
        ({"all": []}, "condition.all: a list of 1 to 100 conditions."),
        ({"all": [{"field": "urgency", "is": "soon"}]}, "condition.all[0].is: urgency is never 'soon'; it is one of high, low, normal."),
        ({"not": {"field": "urgency", "has": "x"}}, "condition.not: urgency can be tested by is, in, not by 'has'."),
        ({"field": "spam", "is": 1}, "condition.is: true or false."),
        ({"field": "confidence", "below": 7}, "condition.below: a number from 0 to 1."),
        ({"field": "language", "in": []}, "condition.in: a list of 1 to 100 texts."),
        ({"all": [{"any": [{"field": "spam", "is": True}] * 60}] * 2}, "condition: more than 100 tests; make several rules of it."),
    ],
)
def test_what_cannot_be_judged_is_refused_with_where_and_what_instead(data: object, said: str) -> None:
    with pytest.raises(ConditionRefusedError) as refused:
        read_condition(data)
    assert said in str(refused.value)


async def test_a_condition_is_tried_on_the_last_days_of_the_caller_s_workspace(service: Service, desk: Desk) -> None:
    said = Person().says("service post high")
    await desk.hear(said, Person().says("sales pre"), Person().says("hr high confidential"))
    body = {"condition": {"all": [{"field": "urgency", "is": "high"}, {"not": {"field": "discipline", "is": "sales"}}]}, "days": 7}

    answer = await service.ask("POST", "/v1/rules/try", body, token=service.token(desk.workspace))

    assert answer.status == 200
    (match,) = answer.body["matches"]
    assert (answer.body["tried"], answer.body["matched"], answer.body["capped"]) == (2, 1, False)
    assert match["interaction_id"] == str(said.interaction_id)
    assert match["why"] == ["urgency is high", "not (discipline is sales)"]
    other = await service.ask("POST", "/v1/rules/try", body, token=service.token(WorkspaceId(new_id())))
    assert (other.body["tried"], other.body["matches"]) == (0, [])
    refused = await service.ask("POST", "/v1/rules/try", {"condition": {"x": 1}}, token=service.token(desk.workspace))
    assert (refused.status, refused.body["code"]) == (422, "condition_refused")
