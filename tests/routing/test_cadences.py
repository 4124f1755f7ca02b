"""Work that the playbook begins by itself: some time after what the CRM tells, once, and not where people wrote or are cared for."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.contracts.events import HeldKind, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import ContactId, WorkspaceId
from services.contracts.vocabulary import Discipline, Phase, StakeholderKind
from services.kit import outbox
from services.kit.db import Database
from services.kit.ids import new_id
from services.routing.cadences import MANY, begin_due
from services.routing.journey.moving import hear_crm
from services.routing.journey.recording import forget
from services.routing.playbook import replace_cell, shipped_playbook
from services.routing.triggers import Spoken, triggers_in
from tests.routing.desk import NOON, Desk, Person, answered

ASSIGNED = "routing.task.assigned"


class Shop(Desk):
    """A desk whose CRM tells things, and whose clock moves."""

    async def person(self) -> tuple[Person, ContactId]:
        """Somebody new, with a contact."""
        person, contact = Person(), ContactId(new_id())
        await self.hear(ProfileAssigned(profile_id=person.profile, contact_id=contact, version=1, rule="test"))
        return person, contact

    async def tells(self, contact: ContactId, event: str, *, at: datetime = NOON, key: str = "") -> None:
        """The CRM tells of something that happened then."""
        async with self.database.transaction(self.workspace) as connection:
            told = [(key or str(new_id()), event, contact, None, "main", at, "the shop")]
            events = await hear_crm(connection, self.workspace, told, now=self.clock.now())
            await outbox.append(connection, self.workspace, events, now=self.clock.now())

    async def begins(self, *, after: timedelta = timedelta()) -> Sequence[tuple[str, str]]:
        """Let time come, and what is due begin; gives phase and discipline of each new task."""
        now = NOON + after
        async with self.database.transaction(self.workspace) as connection:
            events, _ = await begin_due(connection, self.workspace, now=now)
            await outbox.append(connection, self.workspace, events, now=now)
        return sorted((event.phase.value, event.discipline.value) for event in events)  # type: ignore[attr-defined] # all are TaskAssigned


@pytest.fixture
def shop(database: Database) -> Shop:
    return Shop(database, WorkspaceId(new_id()))


@pytest.mark.parametrize(
    ("event", "after", "begun"),
    [
        ("cart", timedelta(), [("purchase", "sales")]),
        ("delivered", timedelta(days=3), [("post", "marketing")]),
        ("renewed", timedelta(), [("post", "marketing")]),
        ("purchased", timedelta(days=90), [("post", "sales")]),
        ("returned", timedelta(days=1), [("post", "service")]),
        ("referred", timedelta(), [("post", "sales")]),
    ],
)
async def test_r15_what_the_crm_tells_begins_work_when_its_time_has_come(
    shop: Shop, event: str, after: timedelta, begun: list[tuple[str, str]]
) -> None:
    person, contact = await shop.person()
    await shop.tells(contact, event, key="1")
    await shop.tells(contact, event, key="1")

    if after:
        assert await shop.begins(after=after - timedelta(seconds=1)) == []
    assert await shop.begins(after=after) == begun
    assert await shop.begins(after=after) == []

    (task,) = await shop.tasks()
    assert (task["conversation_id"], task["profile_id"], task["state"]) == (None, person.profile, "new")
    assert "as the shop tells" in task["why"]
    assert "The playbook begins it by" in task["why"]
    assert task["due_at"] > NOON + after
    (told,) = await shop.events(ASSIGNED)
    assert (told["conversation_id"], told["interaction_ids"]) == (None, [])


async def test_a_day_after_a_cart_advertising_looks_unless_the_person_wrote(shop: Shop) -> None:
    _, quiet = await shop.person()
    writer, wrote = await shop.person()
    await shop.tells(quiet, "cart")
    await shop.tells(wrote, "cart")
    assert await shop.begins() == [("purchase", "sales")] * 2
    said = writer.says("service purchase")
    await shop.hear(replace(said, event=replace(said.event, occurred_at=NOON + timedelta(hours=1))))

    assert await shop.begins(after=timedelta(days=1)) == [("purchase", "advertising")]


async def test_whoever_has_open_work_of_the_discipline_gets_no_second(shop: Shop) -> None:
    person, contact = await shop.person()
    other = Person()
    await shop.hear(ProfileAssigned(profile_id=other.profile, contact_id=contact, version=1, rule="test"))
    await shop.hear(other.says("sales purchase"))
    await shop.tells(contact, "cart")

    assert await shop.begins() == []
    assert [task["discipline"] for task in await shop.tasks()] == ["sales"]
    assert person.profile != other.profile


async def test_what_is_told_a_week_late_is_history_and_begins_nothing(shop: Shop) -> None:
    _, contact = await shop.person()
    await shop.tells(contact, "delivered", at=NOON - timedelta(days=7, seconds=1))

    assert await shop.begins(after=timedelta(days=400)) == []


async def test_a_trigger_that_was_taken_out_meanwhile_begins_nothing(shop: Shop) -> None:
    _, contact = await shop.person()
    await shop.tells(contact, "delivered")
    cell = replace(shipped_playbook()[Phase.POST, Discipline.MARKETING], triggers=("interaction: praise",))
    async with shop.database.transaction(shop.workspace) as connection:
        await replace_cell(connection, shop.workspace, cell, version=0, by=None, now=NOON)

    assert await shop.begins(after=timedelta(days=4)) == []


async def test_nothing_begins_for_somebody_who_was_forgotten(shop: Shop) -> None:
    person, contact = await shop.person()
    await shop.tells(contact, "delivered")
    async with shop.database.transaction(shop.workspace) as connection:
        assert await forget(connection, shop.workspace, [person.profile], until=NOON) == 1

    assert await shop.begins(after=timedelta(days=4)) == []


def _kinds(person: Person, contact: ContactId, *kinds: StakeholderKind, version: int) -> ProfileKindsChanged:
    held = tuple(HeldKind(kind=kind) for kind in kinds)
    return ProfileKindsChanged(profile_id=person.profile, kinds=held, version=version, contact_id=contact)


async def test_pr_gets_to_know_the_press_and_influencers_once(shop: Shop) -> None:
    journalist, paper = await shop.person()
    star, fame = await shop.person()
    told = _kinds(journalist, paper, StakeholderKind.PRESS, version=1)
    await shop.hear(told, _kinds(star, fame, StakeholderKind.INFLUENCER, version=1))
    await shop.hear(told)

    assert await shop.begins() == [("none", "pr"), ("pre", "pr")]
    await shop.hear(_kinds(journalist, paper, StakeholderKind.PRESS, StakeholderKind.CUSTOMER, version=2))
    await shop.hear(told)
    assert await shop.begins() == []
    assert all(task["approval"] for task in await shop.tasks())


async def test_a_list_of_press_that_is_read_in_begins_nothing(shop: Shop) -> None:
    people = [await shop.person() for _ in range(MANY + 1)]
    await shop.hear(*(_kinds(person, contact, StakeholderKind.PRESS, version=1) for person, contact in people))

    assert await shop.begins() == []


async def test_what_triage_puts_into_a_cell_starts_its_work_in_every_cell(shop: Shop) -> None:
    cells = shipped_playbook()
    await shop.hear(*(Person().says(f"{discipline} {phase}") for phase, discipline in cells))

    assert {(task["phase"], task["discipline"]): task["guidance"] for task in await shop.tasks()} == {
        cell: content.guidance for cell, content in cells.items()
    }
    assert all(any(isinstance(each, Spoken) for _, each in triggers_in(content.triggers)) for content in cells.values())


async def test_a_message_after_a_cart_is_the_same_work_of_sales(shop: Shop) -> None:
    person, contact = await shop.person()
    await shop.tells(contact, "cart")
    assert await shop.begins() == [("purchase", "sales")]
    other = Person()
    await shop.hear(ProfileAssigned(profile_id=other.profile, contact_id=contact, version=1, rule="test"))

    said = other.says("sales purchase")
    await shop.hear(said, other.says("service purchase"))
    await shop.hear(person.says("sales purchase"))

    sales, service, again = await shop.tasks()
    assert (sales["discipline"], sales["conversation_id"], sales["profile_id"]) == ("sales", said.conversation_id, other.profile)
    assert sales["about"] == [said.interaction_id]
    assert "The playbook begins it by" in sales["why"]
    assert (service["discipline"], again["conversation_id"]) == ("service", person.thread)
    told = [each for each in await shop.events(ASSIGNED) if each["task_id"] == str(sales["id"])]
    assert [(each["version"], each["conversation_id"]) for each in told] == [(1, None), (2, str(said.conversation_id))]

    await shop.hear(answered(said))
    assert [task["state"] for task in await shop.tasks() if task["id"] == sales["id"]] == ["answered"]


async def test_who_writes_in_the_very_instant_in_which_work_begins_is_served_once(shop: Shop) -> None:
    people = [await shop.person() for _ in range(8)]
    for _, contact in people:
        await shop.tells(contact, "cart")

    await asyncio.gather(shop.begins(), *(shop.hear(person.says("sales purchase")) for person, _ in people))

    tasks = await shop.tasks()
    assert sorted(task["profile_id"] for task in tasks) == sorted(person.profile for person, _ in people)
    assert {len(task["about"]) for task in tasks} == {1}
