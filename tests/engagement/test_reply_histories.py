"""Whatever happens to replies, in whatever order: none is taken twice, none that was taken back leaves, none is shown as what it is not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from services.contracts.ids import ReplyId
from services.engagement.protocol import InDoubtError
from services.engagement.settings import EngagementSettings
from services.kit.clock import FixedClock
from tests.engagement.office import START, Office

PEOPLE = 2
OUTCOMES = (
    "ok",
    "ok",
    "taken, then silence",
    "silence",
    "no connection",
    "too fast",
    "rejected",
    "taken, then a crash",
    "crash",
)
WAITS_SECONDS = (1, 6, 16, 61, 400)
ROUNDS = 200
STEPS = st.one_of(
    st.tuples(st.just("post"), st.integers(0, PEOPLE - 1), st.sampled_from([0, 0, 5])),
    st.tuples(st.just("work"), st.lists(st.sampled_from(OUTCOMES), max_size=3)),
    st.tuples(st.sampled_from(["cancel", "echo", "delivered", "read", "settle"]), st.integers(0, 30)),
    st.tuples(st.just("wait"), st.sampled_from(WAITS_SECONDS)),
)


class History:
    """What was done so far, and what must hold after each step."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.posted: list[tuple[ReplyId, int]] = []
        self.cancelled: set[UUID] = set()
        self.doubted: set[UUID] = set()

    async def do(self, step: tuple[object, ...]) -> None:
        """One step; those about a reply that does not exist do nothing."""
        match step:
            case ("post", int(person), int(delay)):
                self.posted.append((await self.office.post(person, f"reply {len(self.posted)}", delay_seconds=delay), person))
            case ("work", list(outcomes)):
                await self.office.work(*map(str, outcomes))
            case ("wait", int(seconds)):
                self.office.clock.advance(timedelta(seconds=seconds))
            case (str(name), int(number)) if self.posted:
                await self._about(name, number % len(self.posted))
        await self.check()

    async def _about(self, name: str, number: int) -> None:
        reply, person = self.posted[number]
        was_taken = str(reply) in self.office.platform.taken
        if name == "cancel" and await self.office.cancel(reply):
            self.cancelled.add(reply)
        elif name == "settle":
            await self.office.settle(reply)
        elif name == "echo" and was_taken:
            await self.office.echo(reply, text=f"reply {number}", person=person)
        elif name in {"delivered", "read"} and was_taken:
            await self.office.receipt(reply, state=name)

    async def check(self) -> None:
        """What holds at every instant."""
        taken, rows = Counter(self.office.platform.taken), await self.office.rows()
        assert max(taken.values(), default=0) <= 1, "sent twice"
        assert not self.cancelled.intersection(map(UUID, taken)), "a cancelled reply left"
        self.doubted |= {reply for reply, row in rows.items() if row["doubted_at"] is not None}
        for reply, row in rows.items():
            if row["state"] in {"sent", "delivered", "read"}:
                assert str(reply) in taken, "shown as sent and is not"
            if row["state"] == "failed":
                assert str(reply) not in taken, "shown as failed and was taken"
        for conversation in self.office.conversations:
            sending = [row for row in rows.values() if row["conversation_id"] == conversation and row["state"] == "sending"]
            assert len(sending) <= 1

    async def finish(self) -> None:
        """With a platform that is well again everything comes to its end, in order but for what was overtaken in doubt."""
        for _ in range(ROUNDS):
            await self.office.work()
            rows = await self.office.rows()
            if not {row["state"] for row in rows.values()} & {"queued", "sending", "unknown"}:
                break
            self.office.clock.advance(timedelta(seconds=61))
        await self.check()
        assert {row["state"] for row in rows.values()} <= {"sent", "delivered", "read", "failed"}
        for person in range(PEOPLE):
            order = [reply for reply, of in self.posted if of == person and reply not in self.doubted]
            taken = [UUID(each) for each in self.office.platform.taken]
            places = [taken.index(reply) for reply in order if reply in taken]
            assert places == sorted(places), "overtaken without doubt"


@pytest.mark.timeout(300)
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
@tried(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_history_sends_a_reply_twice_or_shows_it_as_what_it_is_not(
    settings: EngagementSettings, steps: list[tuple[object, ...]]
) -> None:
    async with Office.opened(settings, people=PEOPLE, clock=FixedClock(START)) as office:
        history = History(office)
        for step in steps:
            await history.do(step)
        await history.finish()


@pytest.fixture
async def office(settings: EngagementSettings) -> AsyncIterator[Office]:
    async with Office.opened(settings, people=1) as opened:
        yield opened


async def test_a_doubt_holds_the_conversation_for_a_minute_then_a_person_is_asked_once(office: Office) -> None:
    first = await office.post(0, "first")
    office.clock.advance(timedelta(seconds=1))
    await office.work("silence")
    second = await office.post(0, "second")
    blind = office.platform.taken
    office.platform.taken = _Unknowable()
    for seconds, state in ((1, "queued"), (58, "queued"), (2, "sent")):
        office.clock.advance(timedelta(seconds=seconds))
        await office.work()
        assert (await office.rows())[second]["state"] == state
    doubted = (await office.rows())[first]
    assert (doubted["state"], doubted["reason"], doubted["escalated_at"] is not None) == ("unknown", "no answer", True)
    await office.work()
    assert (await office.told()).count("engagement.reply.unsettled") == 1
    office.platform.taken = blind
    await office.settle(first)
    await office.work()
    assert (await office.rows())[first]["state"] == "sent"


async def test_a_platform_that_does_not_answer_for_one_conversation_holds_up_no_other(settings: EngagementSettings) -> None:
    async with Office.opened(settings, people=PEOPLE) as office:
        stuck = await office.post(0, "Nobody answers this.")
        office.platform.plan = ["crash"]
        async with asyncio.TaskGroup() as group:
            await office.sender.send_due(office.channel.workspace_id, group)
            waiting = group.create_task(office.platform.stuck.wait())
            await asyncio.wait_for(waiting, timeout=20)
            other = await office.post(1, "This one goes.")
            await office.post(0, "This one waits for the first.")
            async with asyncio.TaskGroup() as later:
                await office.sender.send_due(office.channel.workspace_id, later)
            states = {id_: row["state"] for id_, row in (await office.rows()).items()}
            assert office.platform.taken == [str(other)]
            assert (states[stuck], states[other]) == ("sending", "sent")
            assert sorted(states.values()) == ["queued", "sending", "sent"]
            office.platform.release.set()


async def test_a_platform_that_asked_to_wait_is_not_asked_either(office: Office) -> None:
    await office.post(0, "first")
    await office.work("silence")
    office.platform.taken = _Unknowable()
    office.clock.advance(timedelta(seconds=61))
    await office.post(0, "second")
    await office.work("too fast")
    before = office.platform.asked
    office.clock.advance(timedelta(seconds=6.5))
    await office.work()
    assert office.platform.asked == before
    office.clock.advance(timedelta(seconds=1))
    await office.work()
    assert office.platform.asked == before + 1


class _Unknowable(list[str]):
    """What a platform took of which it will not tell."""

    def __contains__(self, _: object) -> bool:
        raise InDoubtError("ask later")


async def test_a_reply_given_up_while_its_channel_was_interrupted_says_so(office: Office) -> None:
    reply = await office.post(0, "first")
    await office.work("no connection")
    office.clock.advance(timedelta(hours=25))
    await office.work("no connection")
    row = (await office.rows())[reply]
    assert (row["state"], row["reason"], office.platform.taken) == ("failed", "given up after a day: refused", [])
