"""Plays a story on a stage: lets people write, waits until the product has understood, lets members answer, waits until it is sent.

Called by performance. Waits for conditions with deadlines; what never comes is left for the checks to say.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from rapport.demo.answers import Contact, Interaction, LedgerCounts, Moved, Picture
from rapport.demo.door import SignedIn, read_ledger_over_rest, sign_in
from rapport.demo.stage import WORKSPACE, Stage
from rapport.demo.story import Line, Place, Story
from rapport.demo.wording import WHOSE_JOB, Matter
from rapport.simulation.ledger import Entry
from services.contracts.vocabulary import Discipline, Ledger, ReplyState, TaskState

DEADLINE_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.15
_SETTLED = {ReplyState.SENT, ReplyState.DELIVERED, ReplyState.READ, ReplyState.FAILED, ReplyState.UNKNOWN}
_FINISHED = {TaskState.ANSWERED, TaskState.DONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What there was to see at the end, by the product's doors and by the platforms' own ledger."""

    story: Story
    acknowledged: int
    understood: Picture
    picture: Picture
    moves: Sequence[Moved]
    ledger_over_rest: LedgerCounts
    arrived: Sequence[Entry]
    message_seconds: float
    reply_seconds: float


async def play(story: Story, stage: Stage) -> Outcome:
    """The whole story. Raises DoorError, SimulationError, aiohttp.ClientError where a door is shut."""
    async with aiohttp.ClientSession() as session:
        members = {discipline: await _enter(session, stage, discipline) for discipline in stage.logins}
        lead = members[Discipline.SERVICE]
        async with lead.follow_replies() as changes:
            began = time.monotonic()
            acknowledged = [await _say(line, stage) for line in story.lines]
            understood = await _until(lead, lambda seen: _understood(seen, story))
            said = time.monotonic()
            posted = await _answer(story, understood, members)
            moves = await _follow(changes, posted)
            sent = time.monotonic()
        picture = await _until(lead, lambda seen: _answered(seen, story))
        return Outcome(
            story=story,
            acknowledged=sum(acknowledged),
            understood=understood,
            picture=picture,
            moves=moves,
            ledger_over_rest=await read_ledger_over_rest(session, stage.url, api_key=stage.api_key),
            arrived=[*stage.platforms.accepted_replies("telegram"), *stage.platforms.accepted_replies("inlet")],
            message_seconds=said - began,
            reply_seconds=sent - said,
        )


def entry_of(line: Line, contacts: Sequence[Contact]) -> Interaction | None:
    """The inbound entry that a line of the story became."""
    return next((entry for contact in contacts for entry in contact.inbound if entry.text == line.text), None)


async def _enter(session: aiohttp.ClientSession, stage: Stage, discipline: Discipline) -> SignedIn:
    login = stage.logins[discipline]
    return await sign_in(session, stage.url, workspace=WORKSPACE, email=login.email, password=login.password)


async def _say(line: Line, stage: Stage) -> bool:
    """Let a person write; whether the webhook was answered with 200."""
    if line.place is Place.TELEGRAM:
        person = {"id": line.person.number, "first_name": line.person.first, "last_name": line.person.last}
        entry = await stage.platforms.telegram_message(stage.bot_token, person=person, text=line.text)
    else:
        entry = await stage.platforms.inlet_events(line.place, events=[_event(line)])
    return bool(entry["acked"])


def _event(line: Line) -> dict[str, object]:
    """A line as an event of the generic inlet."""
    author: dict[str, object] = {
        "network": line.place.value,
        "external_id": f"{line.place.value}-{line.person.number}",
        "name": line.person.name,
        "emails": [{"value": line.person.email, "verified": True}],
    }
    event: dict[str, object] = {
        "id": f"{line.place.value}-{line.person.number}-1",
        "kind": "direct",
        "occurred_at": datetime.now(UTC).isoformat(),
        "author": author,
        "text": line.text,
    }
    if line.place is Place.COMMUNITY:
        event["venue"] = {"network": line.place.value, "external_id": "room-7", "title": "The customers' room"}
        event |= {"kind": "review", "rating": _STARS[line.matter]} if line.matter in _STARS else {"kind": "comment", "root": "room-7"}
    return event


_STARS = {Matter.PRAISE: 5, Matter.COMPLAINT: 1}


async def _until(member: SignedIn, condition: Callable[[Picture], bool]) -> Picture:
    """Look until the condition holds; at the deadline give what there is."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        seen = await member.see()
        if condition(seen) or time.monotonic() > deadline:
            return seen
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _understood(seen: Picture, story: Story) -> bool:
    """Every message is there, has its task, and belongs to as many people as the story has."""
    entries = [entry_of(line, seen.contacts) for line in story.lines]
    linked = len(seen.contacts) == len(story.people)
    return linked and all(entry is not None and entry.task is not None and entry.discipline is not None for entry in entries)


def _answered(seen: Picture, story: Story) -> bool:
    """Every message is answered in the ledger, its task is finished, and the reply stands beside it."""
    entries = [entry_of(line, seen.contacts) for line in story.lines]
    states = [reply.state for contact in seen.contacts for reply in contact.replies]
    finished = all(entry and entry.ledger is Ledger.ANSWERED and entry.task and entry.task.state in _FINISHED for entry in entries)
    return finished and len(states) == len(story.lines) and all(state in _SETTLED for state in states)


async def _answer(story: Story, seen: Picture, members: dict[Discipline, SignedIn]) -> set[str]:
    """Let the member whose job it is answer each message; the ids of the replies."""
    posted = set()
    for line in story.lines:
        entry = entry_of(line, seen.contacts)
        if entry is None or entry.conversation is None:
            continue
        posted.add(
            await members[WHOSE_JOB[line.matter]].post_reply(
                conversation=entry.conversation.id, answering=entry.id, version=entry.conversation.version, text=line.answer
            )
        )
    return posted


async def _follow(changes: AsyncIterator[Moved], posted: set[str]) -> list[Moved]:
    """What the subscription tells until every reply is settled."""
    told: list[Moved] = []
    waiting = set(posted)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while waiting:
                move = await anext(changes)
                told.append(move)
                if move.state in _SETTLED:
                    waiting.discard(move.reply_id)
    except (TimeoutError, StopAsyncIteration):
        return told
    return told
