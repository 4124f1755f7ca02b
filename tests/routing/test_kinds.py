"""What people are to the company decides who answers them, how soon, and with whose approval (W7), with the reason, in any order."""

from datetime import timedelta
from itertools import islice, permutations
from uuid import UUID

import pytest

from services.contracts.events import HeldKind, Placed, ProfileAssigned, ProfileKindsChanged
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.vocabulary import Ledger, StakeholderKind
from services.kit.db import Database
from services.kit.ids import new_id
from tests.routing.desk import NOON, Desk, Person, reopened, settled

CONTACT = ContactId(UUID(int=1))
OTHER = ContactId(UUID(int=2))
HOUR = timedelta(hours=1)


def placed(profile: ProfileId, contact: ContactId = CONTACT, *, version: int = 1) -> ProfileAssigned:
    return ProfileAssigned(profile_id=profile, contact_id=contact, version=version, rule="r")


def kinds(
    profile: ProfileId, *held: HeldKind | StakeholderKind, version: int = 1, beside: tuple[ProfileId, ...] = ()
) -> ProfileKindsChanged:
    return ProfileKindsChanged(
        profile_id=profile,
        kinds=tuple(each if isinstance(each, HeldKind) else HeldKind(kind=each) for each in held),
        version=version,
        contact_id=CONTACT,
        profiles=tuple(Placed(profile_id=each, version=1) for each in (profile, *beside)),
    )


@pytest.mark.parametrize(
    ("kind", "discipline", "urgency", "approval", "reason"),
    [
        (StakeholderKind.PRESS, "pr", "normal", True, "The writer is of the press, which PR answers."),
        (StakeholderKind.INFLUENCER, "sales", "high", False, "The writer is an influencer, whom many hear: urgent."),
        (StakeholderKind.COMPETITOR, "sales", "normal", True, "who is never answered automatically"),
        (StakeholderKind.DETRACTOR, "sales", "high", False, "who is not kept waiting"),
        (StakeholderKind.CUSTOMER, "sales", "normal", False, "The script says so."),
    ],
)
async def test_w7_a_kind_has_its_treatment_and_the_task_says_why(
    desk: Desk, kind: StakeholderKind, discipline: str, urgency: str, approval: bool, reason: str
) -> None:
    person = Person()
    await desk.hear(kinds(person.profile, kind))

    await desk.hear(person.says("sales purchase"))

    (task,) = await desk.tasks()
    assert (task["discipline"], task["urgency"], task["approval"]) == (discipline, urgency, approval)
    assert reason in task["why"]
    (told,) = await desk.events("routing.interaction.triaged")
    assert (told["discipline"], told["urgency"]) == (discipline, urgency)


async def test_w7_several_kinds_are_treated_together(desk: Desk) -> None:
    person = Person()
    await desk.hear(kinds(person.profile, StakeholderKind.INFLUENCER, StakeholderKind.PRESS))

    await desk.hear(person.says("service post low"))

    (task,) = await desk.tasks()
    assert (task["discipline"], task["urgency"]) == ("pr", "high")
    assert task["why"].startswith("The script says so. The writer is of the press, which PR answers. The writer is an influencer")


@pytest.mark.parametrize(
    ("held", "holds"),
    [
        (HeldKind(kind=StakeholderKind.PRESS, network="n"), True),
        (HeldKind(kind=StakeholderKind.PRESS, network="other"), False),
        (HeldKind(kind=StakeholderKind.PRESS, since=NOON), True),
        (HeldKind(kind=StakeholderKind.PRESS, since=NOON + HOUR), False),
        (HeldKind(kind=StakeholderKind.PRESS, until=NOON), False),
        (HeldKind(kind=StakeholderKind.PRESS, since=NOON - HOUR, until=NOON + HOUR), True),
    ],
)
async def test_w7_a_kind_holds_on_its_network_and_in_its_time(desk: Desk, held: HeldKind, holds: bool) -> None:
    person = Person()
    await desk.hear(kinds(person.profile, held))

    await desk.hear(person.says("sales purchase"))

    (task,) = await desk.tasks()
    assert (task["discipline"] == "pr") == holds


async def test_what_owes_no_answer_gets_none_from_a_kind(desk: Desk) -> None:
    person = Person()
    await desk.hear(kinds(person.profile, StakeholderKind.PRESS))

    await desk.hear(person.says("exempt:emoji"))

    assert await desk.tasks() == []


async def test_a_kind_holds_for_every_profile_of_the_contact_in_any_order_of_events(database: Database) -> None:
    known, writes = Person(), Person()
    day = [
        placed(known.profile),
        placed(writes.profile, OTHER),
        placed(writes.profile, CONTACT, version=2),
        kinds(known.profile, StakeholderKind.PRESS),
        kinds(known.profile, StakeholderKind.PRESS, StakeholderKind.CUSTOMER, version=2),
    ]

    for order in islice(permutations(day), 0, None, 9):
        desk = Desk(database, WorkspaceId(new_id()))
        for event in order:
            await desk.hear(event)
        await desk.hear(writes.says("sales purchase"))
        (task,) = await desk.tasks()
        assert task["discipline"] == "pr"


async def test_who_was_parted_is_treated_as_before(desk: Desk) -> None:
    known, writes = Person(), Person()
    await desk.hear(placed(known.profile), placed(writes.profile), kinds(known.profile, StakeholderKind.PRESS))
    await desk.hear(placed(writes.profile, OTHER, version=2))

    await desk.hear(writes.says("sales purchase"))

    (task,) = await desk.tasks()
    assert task["discipline"] == "sales"


async def test_who_was_assigned_before_routing_listened_is_known_by_the_kinds(desk: Desk) -> None:
    known, writes = Person(), Person()
    await desk.hear(kinds(known.profile, StakeholderKind.PRESS, beside=(writes.profile,)))

    await desk.hear(writes.says("sales purchase"))

    (task,) = await desk.tasks()
    assert task["discipline"] == "pr"


async def test_a_competitor_who_is_owed_again_still_needs_approval(desk: Desk) -> None:
    person = Person()
    said = person.says("sales purchase")
    declined, again = settled(said, Ledger.DECLINED, reason="no"), reopened(said)
    desk.day = [said, declined, again]
    await desk.hear(kinds(person.profile, StakeholderKind.COMPETITOR))
    await desk.hear(said)
    await desk.hear(declined)

    await desk.hear(again)

    assert [task["approval"] for task in await desk.tasks()] == [True, True]


async def test_the_kinds_of_another_workspace_treat_nobody_here(database: Database) -> None:
    here, there = Desk(database, WorkspaceId(new_id())), Desk(database, WorkspaceId(new_id()))
    person = Person()
    await there.hear(kinds(person.profile, StakeholderKind.PRESS))

    await here.hear(person.says("sales purchase"))

    (task,) = await here.tasks()
    assert task["discipline"] == "sales"
