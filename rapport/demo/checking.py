"""Whether everything that a demo promises is true. Pure; called by performance with an outcome, by showing with the verdicts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rapport.demo.answers import Contact, Interaction, Task
from rapport.demo.playing import Outcome, entry_of
from rapport.demo.story import Line, Person, Place
from rapport.demo.wording import WHOSE_JOB
from services.contracts.vocabulary import Ledger, ReplyState

VERIFIED_EMAIL = "verified_email"


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, in words for people, and what was found where it is broken."""

    promise: str
    holds: bool
    found: str = ""


def check(outcome: Outcome) -> list[Check]:
    """All promises, in the order of the flow."""
    return [found for part in _PARTS for found in part(outcome)]


def _arrival(outcome: Outcome) -> Iterator[Check]:
    lines = len(outcome.story.lines)
    yield Check(
        "every webhook was answered with 200",
        outcome.acknowledged == lines,
        f"{outcome.acknowledged} of {lines} were",
    )
    missing = [line.matter for line in outcome.story.lines if entry_of(line, outcome.picture.contacts) is None]
    yield Check("every message is in the history, word by word", not missing, f"missing: {', '.join(missing)}")


def _people(outcome: Outcome) -> Iterator[Check]:
    contacts, people = outcome.picture.contacts, outcome.story.people
    yield Check("two people wrote, two contacts exist", len(contacts) == len(people) == 2, f"{len(contacts)} contacts")
    for person in people:
        contact = _contact_of(person, outcome)
        networks = sorted(profile.network for profile in contact.profiles) if contact else []
        expected = sorted(place.value for place in person.places)
        yield Check(
            f"{person.name} is one contact with {_count(len(expected), 'profile')}: {', '.join(expected)}",
            networks == expected,
            f"found: {', '.join(networks) or 'nobody'}",
        )
        if len(person.places) > 1:
            rules = [profile.linked_by for profile in contact.profiles] if contact else []
            yield Check("the two profiles are linked by a verified e-mail address", VERIFIED_EMAIL in rules, f"linked by {rules}")


def _timeline(outcome: Outcome) -> Iterator[Check]:
    for person in outcome.story.people:
        contact = _contact_of(person, outcome)
        told = [line.text for line in outcome.story.lines_of(person)]
        shown = [entry.text for entry in contact.inbound] if contact else []
        yield Check(
            f"{person.name}'s timeline has what was said, in the order in which it was said", shown == told, f"{len(shown)} entries"
        )
        times = [entry.occurred_at for entry in contact.timeline.nodes] if contact else []
        yield Check(f"{person.name}'s timeline runs from the newest back", times == sorted(times, reverse=True), "it does not")


def _routing(outcome: Outcome) -> Iterator[Check]:
    for line in outcome.story.lines:
        task = _task_of(line, outcome)
        wanted = WHOSE_JOB[line.matter]
        yield Check(f"the {line.matter} is a task of {wanted.value}", task is not None and task.discipline is wanted, _whose(task))
    tasks = [_task_of(line, outcome) for line in outcome.story.lines]
    silent = [task.discipline.value for task in tasks if task is not None and not task.why.strip()]
    yield Check("every task says why", all(tasks) and not silent, f"silent: {', '.join(silent)}")


def _replies(outcome: Outcome) -> Iterator[Check]:
    for line in outcome.story.lines:
        copies = [entry for entry in outcome.arrived if entry["text"] == line.answer]
        place = copies[0]["channel"] if copies and copies[0]["platform"] == "inlet" else Place.TELEGRAM.value
        yield Check(
            f"the answer to the {line.matter} reached {line.place.channel_name} once, by its own ledger",
            len(copies) == 1 and place == line.place.value,
            f"{_count(len(copies), 'copy')} at {place}",
        )
        states = [reply.state for contact in outcome.picture.contacts for reply in contact.replies if reply.text == line.answer]
        yield Check(f"the answer to the {line.matter} is sent", states == [ReplyState.SENT], f"states: {[str(state) for state in states]}")
    yield Check(
        "nothing else arrived anywhere", len(outcome.arrived) == len(outcome.story.lines), f"{len(outcome.arrived)} replies arrived"
    )
    told = {move.reply_id for move in outcome.moves if move.state is ReplyState.SENT}
    yield Check("the subscription told of every answer being sent", len(told) == len(outcome.story.lines), f"it told of {len(told)}")


def _ledger(outcome: Outcome) -> Iterator[Check]:
    counts, lines = outcome.picture.ledger, len(outcome.story.lines)
    yield Check("the ledger adds up: each message has exactly one state", counts.adds_up and counts.inbound == lines, str(counts))
    yield Check("all are answered, no answer is owed", counts.answered == lines and counts.owed == counts.alarm == 0, str(counts))
    entries = [entry_of(line, outcome.picture.contacts) for line in outcome.story.lines]
    finished = [entry for entry in entries if entry and entry.ledger is Ledger.ANSWERED and entry.task and entry.task.state == "answered"]
    yield Check("every task ended with its answer", len(finished) == lines, f"{len(finished)} of {lines} did")
    yield Check("REST tells the same ledger as GraphQL", outcome.ledger_over_rest == counts, str(outcome.ledger_over_rest))


_PARTS: tuple[Callable[[Outcome], Iterator[Check]], ...] = (_arrival, _people, _timeline, _routing, _replies, _ledger)


def _contact_of(person: Person, outcome: Outcome) -> Contact | None:
    said = {line.text for line in outcome.story.lines_of(person)}
    return next((each for each in outcome.picture.contacts if any(entry.text in said for entry in each.inbound)), None)


def _task_of(line: Line, outcome: Outcome) -> Task | None:
    entry: Interaction | None = entry_of(line, outcome.picture.contacts)
    return entry.task if entry else None


def _whose(task: Task | None) -> str:
    return "no task" if task is None else f"it went to {task.discipline.value}"


def _count(number: int, thing: str) -> str:
    plural = thing[:-1] + "ies" if thing.endswith("y") else thing + "s"
    return f"{number} {thing if number == 1 else plural}"
