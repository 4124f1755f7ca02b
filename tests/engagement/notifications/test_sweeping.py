"""Due soon, overdue, channels in trouble: seen by a sweep, told once each (E20)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.contracts.events import PromiseDue, PromiseOverdue
from services.contracts.ids import ConversationId, ProfileId, PromiseId
from services.contracts.vocabulary import Discipline, Role
from services.engagement.notifications.sweeping import NotificationSweeper
from tests.engagement.notifications.office import NOON, Office
from tests.engagement.notifications.test_telling import owned_conversation

CHANNEL = "UPDATE channel SET trouble = $1"


def sweeper(office: Office) -> NotificationSweeper:
    return NotificationSweeper(office.database, worker=office.worker, clock=office.clock, told=office.woken.append)


async def owe(office: Office, conversation: Any, *, due_at: datetime, ledger: str = "owed", discipline: str = "service") -> UUID:
    """A message of a person that waits for an answer."""
    message = uuid4()
    async with office.database.transaction(office.workspace) as connection:
        await connection.execute(
            """
            INSERT INTO interaction (workspace_id, id, channel_id, conversation_id, profile_id, external_id, kind, direction, public,
                occurred_at, received_at, source, author_network, author_scope, author_external_id, venue_network, venue_scope,
                venue_external_id, venue_control, venue_media, addressed, conversation_version, native, ledger, ledger_reason, discipline,
                due_at)
            SELECT workspace_id, $2::uuid, channel_id, id, profile_id, $2::uuid::text,
                'direct', 'inbound', false, $3, $3, 'live', 'x', '', 'p', 'x', '',
                'v', 'ours', 'owned', 'us', 1, false, $4, '', $5, $6 FROM conversation WHERE id = $1
            """,
            conversation,
            message,
            NOON,
            ledger,
            discipline,
            due_at,
        )
    return message


async def test_an_answer_is_told_when_it_is_due_soon_and_when_it_is_overdue_once_each(office: Office) -> None:
    ana, bo = await office.member("ana"), await office.member("bo", Discipline.SERVICE)
    await owe(office, await owned_conversation(office, owner=ana), due_at=NOON + timedelta(minutes=20))
    sweeps = sweeper(office)
    await sweeps.sweep()
    assert await office.rows() == []

    for minutes, told in (
        (6, ["due_soon"]),
        (5, ["due_soon"]),
        (8, ["due_soon"]),
        (1, ["due_soon", "overdue"]),
        (60, ["due_soon", "overdue"]),
    ):
        office.clock.advance(timedelta(minutes=minutes))
        await sweeps.sweep()
        await sweeps.sweep()
        assert [kind for kind, _ in await office.told(ana)] == told
    assert {count for _, count in await office.told(ana)} == {1}
    assert await office.told(bo) == []


async def test_what_is_nobodys_is_told_to_its_discipline_and_a_thread_is_one_matter(office: Office) -> None:
    bo, cy = await office.member("bo", Discipline.SERVICE), await office.member("cy", Discipline.PR)
    conversation = await owned_conversation(office, owner=None)
    for _ in range(5):
        await owe(office, conversation, due_at=NOON - timedelta(minutes=1))
    await sweeper(office).sweep()
    assert (await office.told(bo), await office.told(cy)) == ([("overdue", 5)], [])


async def test_history_answered_and_long_past_is_not_told(office: Office) -> None:
    await office.member("bo", Discipline.SERVICE)
    conversation = await owned_conversation(office, owner=None)
    await owe(office, conversation, due_at=NOON - timedelta(minutes=1), ledger="exempt")
    await owe(office, conversation, due_at=NOON - timedelta(minutes=1), ledger="answered")
    await owe(office, conversation, due_at=NOON - timedelta(days=8))
    await sweeper(office).sweep()
    assert await office.rows() == []


async def test_a_channel_in_trouble_is_told_to_administrators_once_until_it_recovers(office: Office) -> None:
    await office.member("bo", Discipline.SERVICE)
    cy = await office.member("cy", role=Role.ADMIN)
    await owned_conversation(office, owner=None)
    sweeps = sweeper(office)
    for trouble, told in (("", 0), ("revoked", 1), ("revoked", 1), ("", 1), ("revoked again", 2)):
        async with office.database.transaction(office.workspace) as connection:
            await connection.execute(CHANNEL, trouble)
        await sweeps.sweep()
        rows = await office.rows()
        assert sum(row["count"] for row in rows) == told
        assert {row["member_id"] for row in rows} <= {cy}
    assert [row["reason"] for row in rows] == ["revoked again"]


async def test_a_promise_is_told_to_who_made_it(office: Office) -> None:
    ana = await office.member("ana")
    parts: dict[str, Any] = {
        "promise_id": PromiseId(uuid4()),
        "conversation_id": ConversationId(uuid4()),
        "profile_id": ProfileId(uuid4()),
        "text": "call back",
        "due_at": NOON,
        "member_id": ana,
    }
    await office.hear(PromiseDue(**parts), PromiseOverdue(**parts))
    assert await office.told(ana) == [("promise_due", 2)]
    assert (await office.rows(ana))[0]["reason"] == "its time has passed"
