"""What was judged without its words is judged again when they come: whoever has the work keeps it, and nothing is let go unread."""

from dataclasses import replace
from itertools import permutations

from services.contracts.events import InteractionCompleted, InteractionReceived
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Kind, Ledger
from services.kit.db import Database
from services.kit.ids import new_id
from tests.routing.desk import Desk, Person

ASSIGNED = "routing.task.assigned"
TRIAGED = "routing.interaction.triaged"


def a_desk(database: Database) -> Desk:
    return Desk(database, WorkspaceId(new_id()))


def without_words(person: Person) -> InteractionReceived:
    return replace(person.says(None, kind=Kind.MENTION, public=True, ledger=Ledger.OWED), incomplete=True)


def words(bare: InteractionReceived, text: str, **changes: object) -> InteractionCompleted:
    shared = {
        name: getattr(bare, name) for name in ("interaction_id", "profile_id", "channel_id", "conversation_id", "received_at", "ledger")
    }
    return InteractionCompleted(**{**shared, "event": replace(bare.event, text=text), "words": True, **changes})  # type: ignore[arg-type] # as of the bare one


async def test_e1_what_has_no_words_yet_is_never_let_go(database: Database) -> None:
    desk, bare = a_desk(database), without_words(Person())
    await desk.hear(bare)
    (task,) = await desk.tasks()
    (told,) = await desk.events(TRIAGED)
    assert (task["discipline"], task["about"], told["exempt_reason"]) == ("service", [bare.interaction_id], None)
    assert "has not told what was said" in task["why"]


async def test_words_that_come_later_are_judged_and_who_has_the_work_keeps_it(database: Database) -> None:
    desk, bare = a_desk(database), without_words(Person())
    whole = words(bare, "sales purchase how much")
    await desk.hear(bare)
    await desk.hear(whole)
    await desk.hear(whole)
    assert [each["discipline"] for each in await desk.events(TRIAGED)] == ["service", "sales"]
    assert [task["discipline"] for task in await desk.tasks()] == ["service"]


async def test_words_that_come_twice_at_once_are_judged_as_they_stand_last(database: Database) -> None:
    desk, bare = a_desk(database), without_words(Person())
    await desk.hear(bare)
    await desk.hear(words(bare, "exempt:news"), words(bare, "sales purchase how much"))
    assert [each["discipline"] for each in await desk.events(TRIAGED)] == ["service", "sales"]


async def test_words_that_need_no_answer_are_told_so(database: Database) -> None:
    desk, bare = a_desk(database), without_words(Person())
    await desk.hear(bare)
    await desk.hear(words(bare, "exempt:news"))
    assert [each["exempt_reason"] for each in await desk.events(TRIAGED)] == [None, "news"]


async def test_words_may_come_before_the_arrival(database: Database) -> None:
    bare = without_words(Person())
    for order in permutations([bare, words(bare, "sales purchase how much")]):
        desk = a_desk(database)
        for event in order:
            await desk.hear(event)
        async with desk.database.transaction(desk.workspace) as connection:
            kept = await connection.fetchval("SELECT discipline FROM triage_result WHERE interaction_id = $1", bare.interaction_id)
        assert kept == "sales"
        assert len(await desk.tasks()) == 1


async def test_only_a_name_changes_nothing(database: Database) -> None:
    desk = a_desk(database)
    said = Person().says("sales purchase how much")
    await desk.hear(said)
    await desk.hear(words(said, "service post", words=False))
    assert [each["discipline"] for each in await desk.events(TRIAGED)] == ["sales"]
    assert len(await desk.events(ASSIGNED)) == 1
