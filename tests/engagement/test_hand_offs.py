"""What a task that went to another discipline leaves in its thread: a note, an owner, a follower, and no word to the contact."""

from datetime import UTC, datetime
from uuid import UUID

from services.contracts.envelope import Header
from services.contracts.events import TaskHandedOff
from services.contracts.ids import ConversationId, MemberId, ProfileId, TaskId
from services.contracts.vocabulary import Discipline
from services.engagement.subscribers import Projections
from services.kit.bus import Received
from services.kit.clock import SystemClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.engagement.conftest import Service
from tests.engagement.test_inbox import MAX, SOL, database, threads

__all__ = ["database"]


async def test_r7_colleagues_are_told_and_the_contact_is_not(service: Service, database: Database) -> None:
    thread = (await threads(service, "ana"))["ana"]
    event = _handed(thread, former=SOL, to=MAX)
    await _own(service, thread, SOL)

    await _tell(service, database, event, times=2)

    told = (await service.get(f"/v1/conversations/{thread}")).json()
    assert told["owner_id"] == str(MAX)
    assert str(SOL) in told["follower_ids"]
    said = (await service.get(f"/v1/conversations/{thread}/messages")).json()["items"]
    assert [(each["kind"], each["text"]) for each in said if each["kind"] == "note"] == [
        ("note", "Handed off from service to sales: Wants two.")
    ]
    assert {each["kind"] for each in said} == {"direct", "note"}
    async with database.transaction(service.workspace) as connection:
        assert await connection.fetchval("SELECT count(*) FROM reply") == 0


async def test_r7_a_thread_that_is_a_colleague_s_stays_theirs(service: Service, database: Database) -> None:
    thread = (await threads(service, "ben"))["ben"]
    await _own(service, thread, MAX)

    await _tell(service, database, _handed(thread, former=SOL, to=None))
    await _tell(service, database, _handed(str(new_id()), former=SOL, to=None))

    told = (await service.get(f"/v1/conversations/{thread}")).json()
    assert (told["owner_id"], told["follower_ids"]) == (str(MAX), [str(SOL)])


def _handed(thread: str, *, former: MemberId, to: MemberId | None) -> TaskHandedOff:
    return TaskHandedOff(
        task_id=TaskId(new_id()),
        conversation_id=ConversationId(UUID(thread)),
        profile_id=ProfileId(new_id()),
        from_discipline=Discipline.SERVICE,
        discipline=Discipline.SALES,
        note="Wants two.",
        version=2,
        former_id=former,
        member_id=to,
        by=None,
    )


async def _own(service: Service, thread: str, member: MemberId) -> None:
    version = (await service.get(f"/v1/conversations/{thread}")).json()["version"]
    wish = {"owner_id": str(member), "version": version}
    answer = await service.http.patch(f"/v1/conversations/{thread}", json=wish, headers=service.headers(member=member))
    assert answer.status_code == 200, answer.text


async def _tell(service: Service, database: Database, event: TaskHandedOff, *, times: int = 1) -> None:
    header = Header(
        id=str(new_id()), type=event.type, version=1, workspace=service.workspace, time=datetime.now(UTC), subject="s", sequence=1
    )
    for _ in range(times):
        projections = Projections(database, clock=SystemClock(), published=lambda: None)
        await projections.hand_off(service.workspace, [Received(header, event)])
