"""The demo's checks find nothing in a perfect outcome, and find each thing that can be wrong with one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from rapport.demo.answers import LedgerCounts
from rapport.demo.checking import check
from rapport.demo.playing import Outcome
from services.contracts.vocabulary import Discipline, ReplyState
from tests.rapport.demo.outcomes import ALL_ANSWERED, perfect_outcome


def broken_promises(outcome: Outcome) -> list[str]:
    return [each.promise for each in check(outcome) if not each.holds]


@pytest.mark.parametrize("seed", range(10))
def test_a_perfect_outcome_keeps_every_promise(seed: int) -> None:
    assert broken_promises(perfect_outcome(seed)) == []


def sent_twice(outcome: Outcome) -> Outcome:
    return replace(outcome, arrived=[*outcome.arrived, outcome.arrived[0]])


def never_arrived(outcome: Outcome) -> Outcome:
    return replace(outcome, arrived=outcome.arrived[1:])


def not_linked(outcome: Outcome) -> Outcome:
    for profile in (profile for contact in outcome.picture.contacts for profile in contact.profiles):
        profile.linked_by = "first_seen"
    return outcome


def one_contact_too_many(outcome: Outcome) -> Outcome:
    outcome.picture.contacts.append(perfect_outcome(2).picture.contacts[0])
    return outcome


def wrong_discipline(outcome: Outcome) -> Outcome:
    for entry in outcome.picture.contacts[0].inbound:
        assert entry.task is not None
        entry.task.discipline = Discipline.HR
    return outcome


def silent_task(outcome: Outcome) -> Outcome:
    for entry in outcome.picture.contacts[0].inbound:
        assert entry.task is not None
        entry.task.why = " "
    return outcome


def timeline_turned(outcome: Outcome) -> Outcome:
    outcome.picture.contacts[0].timeline.nodes.reverse()
    return outcome


def reply_in_doubt(outcome: Outcome) -> Outcome:
    outcome.picture.contacts[0].replies[0].state = ReplyState.UNKNOWN
    return outcome


def still_owed(outcome: Outcome) -> Outcome:
    outcome.picture.ledger = LedgerCounts(**{**ALL_ANSWERED, "answered": 2, "owed": 1})
    return outcome


def not_adding_up(outcome: Outcome) -> Outcome:
    outcome.picture.ledger = LedgerCounts(**{**ALL_ANSWERED, "exempt": 1})
    return outcome


@pytest.mark.parametrize(
    ("break_it", "promise"),
    [
        (sent_twice, "once, by its own ledger"),
        (never_arrived, "once, by its own ledger"),
        (not_linked, "linked by a verified e-mail address"),
        (one_contact_too_many, "two contacts exist"),
        (wrong_discipline, "is a task of"),
        (silent_task, "every task says why"),
        (timeline_turned, "runs from the newest back"),
        (reply_in_doubt, "is sent"),
        (still_owed, "no answer is owed"),
        (not_adding_up, "the ledger adds up"),
    ],
)
def test_each_thing_that_can_be_wrong_is_found(break_it: Callable[[Outcome], Outcome], promise: str) -> None:
    broken = broken_promises(break_it(perfect_outcome()))

    assert any(promise in each for each in broken), broken
