"""A perfect outcome of a story, made by hand, for checks to find nothing in. Used by test_checking."""

from datetime import UTC, datetime, timedelta

from rapport.demo.answers import (
    Channel,
    Contact,
    Conversation,
    Interaction,
    LedgerCounts,
    Moved,
    Named,
    Picture,
    Profile,
    Reply,
    Task,
    Timeline,
)
from rapport.demo.playing import Outcome
from rapport.demo.story import Line, Person, Place, Story, write_story
from rapport.demo.wording import WHOSE_JOB
from services.contracts.vocabulary import Direction, Kind, Ledger, Phase, ReplyState, TaskState, Urgency

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ALL_ANSWERED = {"inbound": 3, "owed": 0, "answered": 3, "declined": 0, "exempt": 0, "alarm": 0}


def perfect_outcome(seed: int = 1) -> Outcome:
    """As the product leaves it when all went well."""
    story = write_story(seed)
    contacts = [_contact(person, story) for person in story.people]
    replies = [reply for contact in contacts for reply in contact.replies]
    return Outcome(
        story=story,
        acknowledged=3,
        understood=Picture(contacts=[], ledger=LedgerCounts(**ALL_ANSWERED)),
        picture=Picture(contacts=contacts, ledger=LedgerCounts(**ALL_ANSWERED)),
        moves=[Moved(reply_id=reply.id, state=state, at=NOON) for reply in replies for state in (ReplyState.QUEUED, ReplyState.SENT)],
        ledger_over_rest=LedgerCounts(**ALL_ANSWERED),
        arrived=[_arrived(line) for line in story.lines],
        message_seconds=0.1,
        reply_seconds=0.1,
    )


def _contact(person: Person, story: Story) -> Contact:
    said = [_said(line, minute=minute) for minute, line in enumerate(story.lines) if line.person == person]
    ours = [_reply(line, minute=minute + 10) for minute, line in enumerate(story.lines) if line.person == person]
    newest_first = sorted([*said, *ours], key=lambda entry: entry.occurred_at, reverse=True)
    profiles = [_profile(place, person=person, first=number == 0) for number, place in enumerate(person.places)]
    return Contact(id=person.email, name=person.name, profiles=profiles, timeline=Timeline(nodes=newest_first))


def _profile(place: Place, *, person: Person, first: bool) -> Profile:
    rule = "first_seen" if first else "verified_email"
    return Profile(network=place.value, external_id="1", name=person.name, handle=None, linked_by=rule, explanation=rule, identifiers=[])


def _said(line: Line, *, minute: int) -> Interaction:
    task = Task(
        id=f"task-{minute}",
        discipline=WHOSE_JOB[line.matter],
        phase=Phase.POST,
        urgency=Urgency.NORMAL,
        state=TaskState.ANSWERED,
        why="Because of the words.",
        guidance="",
        due_at=NOON,
    )
    return _entry(line, minute=minute, direction=Direction.INBOUND, text=line.text, ledger=Ledger.ANSWERED, task=task, reply=None)


def _reply(line: Line, *, minute: int) -> Interaction:
    reply = Reply(
        id=f"reply-{minute}",
        text=line.answer,
        state=ReplyState.SENT,
        attempt=1,
        external_id="9",
        queued_at=NOON,
        sent_at=NOON,
        reason="",
        member=Named(name="Ada"),
    )
    return _entry(line, minute=minute, direction=Direction.OUTBOUND, text=line.answer, ledger=None, task=None, reply=reply)


def _entry(
    line: Line, *, minute: int, direction: Direction, text: str, ledger: Ledger | None, task: Task | None, reply: Reply | None
) -> Interaction:
    return Interaction(
        id=f"{direction}-{minute}",
        occurred_at=NOON + timedelta(minutes=minute),
        kind=Kind.DIRECT,
        direction=direction,
        text=text,
        ledger=ledger,
        discipline=WHOSE_JOB[line.matter],
        channel=Channel(name=line.place.channel_name, platform=line.place.value),
        conversation=Conversation(id="1", version=1),
        task=task,
        reply=reply,
    )


def _arrived(line: Line) -> dict[str, object]:
    telegram = line.place is Place.TELEGRAM
    return {"platform": "telegram" if telegram else "inlet", "channel": "595185" if telegram else line.place.value, "text": line.answer}
