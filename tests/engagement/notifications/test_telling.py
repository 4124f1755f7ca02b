"""What becomes a notification, for whom, and that a matter is told once however often something happens in it (E20)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from services.contracts.events import NoteAdded, NotificationAdded, ReplyProposed, ReplyRejected, ReplyUnsettled, TaskNeglected
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, TaskId
from services.contracts.vocabulary import Discipline, NotificationKind, Role
from services.engagement.notifications.kinds import Means
from services.engagement.notifications.telling import Matter, tell
from services.engagement.statements import notifications as statements
from tests.engagement.notifications.office import NOON, Office, failed, missed, task, warned


async def test_a_task_is_told_to_whom_it_was_given_and_to_nobody_else(office: Office) -> None:
    ana, bo = await office.member("ana"), await office.member("bo", Discipline.SERVICE)
    given = task(ana)

    await office.hear(given)

    assert await office.told(bo) == []
    (row,) = await office.rows(ana)
    assert (row["kind"], row["matter"], row["conversation_id"]) == ("task_assigned", given.task_id, given.conversation_id)
    assert (row["in_app"], row["by_email"], row["by_digest"], row["read_at"]) == (True, True, False, None)
    assert office.woken == [office.workspace]
    (event,) = await office.events()
    told = msgspec.json.decode(event["data"], type=NotificationAdded)
    assert (told.member_id, told.kind, told.notification_id) == (ana, NotificationKind.TASK_ASSIGNED, row["id"])


async def test_a_task_of_a_discipline_is_told_to_those_who_work_on_it_and_are_here(office: Office) -> None:
    ana = await office.member("ana", Discipline.SERVICE, Discipline.SALES)
    bo, cy = await office.member("bo", Discipline.SALES), await office.member("cy", Discipline.SERVICE, active=False)

    await office.hear(task(), task(discipline=Discipline.NONE))

    assert [await office.told(each) for each in (ana, bo, cy)] == [[("discipline_task", 1)], [], []]


async def test_r8_whom_a_service_level_names_is_told_of_what_is_missed(office: Office) -> None:
    ana, bo = await office.member("ana"), await office.member("bo", Discipline.SERVICE)

    await office.hear(missed("first", owner=ana, escalate_to=(bo,)), missed("next", owner=ana))
    await office.hear(missed("resolution", owner=ana, escalate_to=(bo,)), warned("resolution", owner=ana), warned("first", owner=ana))

    assert sorted(each["reason"] for each in await office.rows(bo)) == [
        "the first answer, service level Press",
        "the resolution of the matter, service level Press",
    ]
    assert sorted(await office.told(ana)) == [("due_soon", 1), ("overdue", 1)]


async def test_the_owner_of_work_of_no_thread_is_told_of_its_time(office: Office) -> None:
    ana = await office.member("ana")

    await office.hear(replace(warned("first", owner=ana, level=""), conversation_id=None))
    await office.hear(replace(missed("first", owner=ana), conversation_id=None))

    assert sorted((each["kind"], each["reason"]) for each in await office.rows(ana)) == [
        ("due_soon", "the work, by the playbook"),
        ("overdue", "the work, service level Press"),
    ]


async def test_r7_a_neglected_hand_off_is_told_to_who_has_it_and_who_handed_it_off_else_to_the_discipline(office: Office) -> None:
    ana, bo = await office.member("ana", Discipline.SERVICE), await office.member("bo", Discipline.SALES)
    cy = await office.member("cy", Discipline.SALES)
    held = TaskNeglected(
        task_id=TaskId(uuid4()),
        conversation_id=None,
        profile_id=ProfileId(uuid4()),
        from_discipline=Discipline.SERVICE,
        discipline=Discipline.SALES,
        handed_at=NOON - timedelta(days=3),
        handed_by=ana,
        member_id=bo,
    )

    await office.hear(held)
    assert [await office.told(each) for each in (ana, bo, cy)] == [[("overdue", 1)], [("overdue", 1)], []]
    (row,) = await office.rows(ana)
    assert row["reason"] == "handed off from service to sales, and nobody has contacted the person"
    await office.hear(replace(held, task_id=TaskId(uuid4()), member_id=None))
    assert [await office.told(each) for each in (bo, cy)] == [[("overdue", 1), ("overdue", 1)], [("overdue", 1)]]


async def test_nobody_is_told_of_his_own_act(office: Office) -> None:
    ana, bo = await office.member("ana", Discipline.SERVICE), await office.member("bo", Discipline.SERVICE)

    await office.hear(task(ana, by=ana), task(bo, by=ana), task(by=ana))

    assert await office.told(ana) == []
    assert await office.told(bo) == [("discipline_task", 1), ("task_assigned", 1)]


async def test_a_thousand_events_of_one_matter_are_one_notification_with_its_count(office: Office) -> None:
    ana, matter = await office.member("ana"), uuid4()
    for _ in range(10):
        await office.hear(*(task(ana, task_id=matter) for _ in range(100)))

    assert await office.told(ana) == [("task_assigned", 1000)]
    assert len(await office.events()) == 1
    assert office.woken == [office.workspace]


async def test_events_of_one_matter_that_come_at_once_are_one_notification(office: Office) -> None:
    ana, matter = await office.member("ana"), uuid4()

    await asyncio.gather(*(office.hear(task(ana, task_id=matter)) for _ in range(8)))

    assert await office.told(ana) == [("task_assigned", 8)]


async def test_an_event_that_comes_again_counts_once(office: Office) -> None:
    ana = await office.member("ana")
    batch = await office.hear(task(ana), task(ana))
    await office.hear_again(batch)
    await office.hear_again(batch[:1])

    assert await office.told(ana) == [("task_assigned", 1), ("task_assigned", 1)]


async def test_what_happens_after_it_was_read_is_told_anew(office: Office) -> None:
    ana, matter = await office.member("ana"), uuid4()
    await office.hear(task(ana, task_id=matter))
    async with office.database.transaction(office.workspace) as connection:
        await statements.mark_all_read(connection, office.workspace, ana, until=NOON, now=NOON)
    office.clock.advance(timedelta(minutes=1))
    await office.hear(task(ana, task_id=matter))

    first, second = await office.rows(ana)
    assert (first["read_at"], second["read_at"], second["count"]) == (NOON, None, 1)


async def test_what_happened_long_ago_is_no_news(office: Office) -> None:
    ana = await office.member("ana")
    await office.hear(task(ana), ago=timedelta(hours=7))
    assert await office.rows() == []


async def test_a_reply_that_a_colleague_rejects_is_told_to_its_author(office: Office) -> None:
    ana = await office.member("ana")

    await office.hear(failed(ana, kind=ReplyRejected, reason="Rude."))

    assert [(row["member_id"], row["reason"]) for row in await office.rows()] == [(ana, "a colleague rejected it: Rude.")]


async def test_a_reply_that_waits_for_approval_is_told_to_the_owner_and_where_that_is_its_author_to_those_who_decide(
    office: Office,
) -> None:
    ana, bo = await office.member("ana"), await office.member("bo")
    cy = await office.member("cy", role=Role.ADMIN)
    owned, own = await owned_conversation(office, owner=bo), await owned_conversation(office, owner=ana)

    await office.hear(failed(ana, conversation=owned, kind=ReplyProposed), failed(ana, conversation=own, kind=ReplyProposed))

    rows = await office.rows()
    assert {(row["member_id"], row["kind"], row["conversation_id"]) for row in rows} == {
        (bo, "reply_proposed", owned),
        (cy, "reply_proposed", own),
    }


@pytest.mark.parametrize("kind", ["failed", "unknown"])
async def test_a_reply_in_trouble_is_told_to_its_author_and_the_owner(office: Office, kind: str) -> None:
    ana, bo = await office.member("ana"), await office.member("bo")
    await office.member("cy", role=Role.ADMIN)
    conversation = await owned_conversation(office, owner=bo)
    reply = failed(ana, conversation=conversation) if kind == "failed" else failed(ana, conversation=conversation, kind=ReplyUnsettled)

    await office.hear(reply)

    rows = await office.rows()
    assert {(row["member_id"], row["kind"], row["reason"]) for row in rows} == {(each, f"reply_{kind}", "blocked") for each in (ana, bo)}


async def test_where_nobody_is_concerned_administrators_are(office: Office) -> None:
    cy = await office.member("cy", role=Role.ADMIN)
    await office.member("ana")
    await office.hear(failed(None))
    assert [row["member_id"] for row in await office.rows()] == [cy]


async def test_e6_who_is_mentioned_in_a_note_is_told_and_neither_its_writer_nor_its_followers(office: Office) -> None:
    ana, bo, cy = [await office.member(name) for name in ("ana", "bo", "cy")]
    conversation = ConversationId(uuid4())
    await office.hear(
        note(conversation, by=ana, mentioned=(ana, bo), followers=(cy,)), note(conversation, by=ana, mentioned=(bo,)), note(conversation)
    )
    assert [await office.told(each) for each in (ana, bo, cy)] == [[], [("mentioned", 2)], []]


def note(conversation: ConversationId, **parts: Any) -> NoteAdded:
    return NoteAdded(
        note_id=InteractionId(uuid4()),
        conversation_id=conversation,
        channel_id=ChannelId(uuid4()),
        profile_id=ProfileId(uuid4()),
        text="look at this",
        at=NOON,
        **parts,
    )


async def test_a_reply_that_was_taken_back_is_no_failure(office: Office) -> None:
    ana = await office.member("ana")
    await office.hear(failed(ana, reason="cancelled"))
    assert await office.rows() == []


MATRIX = [Means(app=bool(n & 1), email=bool(n & 2), chat=bool(n & 4), digest=bool(n & 8)) for n in range(16)]


@pytest.mark.parametrize("kind", list(NotificationKind))
async def test_e20_every_kind_is_told_as_its_member_chose(office: Office, kind: NotificationKind) -> None:
    ana = await office.member("ana")
    async with office.database.transaction(office.workspace) as connection:
        for n, means in enumerate(MATRIX):
            await office.choose(ana, kind, means)
            await tell(connection, office.workspace, [Matter(kind=kind, id=uuid4(), reason=str(n), to=frozenset({ana}))], now=NOON)

    rows = {int(row["reason"]): row for row in await office.rows(ana)}
    for n, means in enumerate(MATRIX):
        # Without an address, chat is no means: what is told by chat alone is not told.
        possible = Means(app=means.app, email=means.email, digest=means.digest)
        assert (n in rows) is not possible.is_off, means
        if n in rows:
            row = rows[n]
            assert (row["in_app"], row["by_email"], row["by_chat"], row["by_digest"]) == (means.app, means.email, False, means.digest)


async def owned_conversation(office: Office, *, owner: object) -> object:
    """A conversation that is somebody's, with nothing in it."""
    channel, conversation = uuid4(), uuid4()
    async with office.database.transaction(office.workspace) as connection:
        await connection.execute(
            """
            INSERT INTO channel (workspace_id, id, platform, name, active, path_token, credentials, config, version, created_at, changed_at,
                trouble) VALUES ($1, $2, 'inlet', 'n', true, $3, '', '{}', 1, now(), now(), '')
            """,
            office.workspace,
            channel,
            str(channel),
        )
        await connection.execute(
            """
            INSERT INTO conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
                last_activity_at, message_count, version, closed_version, owner_id)
            VALUES ($1, $2, $3, $4, $2, 'inlet', 'direct', false, 'open', now(), now(), 1, 1, 0, $5)
            """,
            office.workspace,
            conversation,
            channel,
            conversation.bytes,
            owner,
        )
    return conversation
