"""What a member who left had goes to the successor, some at a time; what is for somebody away goes to the deputy (G5, E6, E20)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson

from services.contracts.events import MemberChanged, ReplyProposed
from services.contracts.ids import MemberId
from services.contracts.vocabulary import Role
from services.engagement.subscribers import Projections
from tests.engagement.notifications.office import NOON, Office, failed
from tests.engagement.notifications.test_sweeping import owe
from tests.engagement.notifications.test_telling import owned_conversation


def told(member: MemberId, *, version: int, **parts: Any) -> MemberChanged:
    return MemberChanged(member_id=member, name="n", role=Role.AGENT, email="n@acme.example", version=version, **parts)


async def hear(office: Office, *changes: MemberChanged) -> None:
    projections = Projections(office.database, clock=office.clock, published=lambda: None)
    await projections.keep_members(office.workspace, [office.received(each) for each in changes])


async def owners(office: Office) -> Mapping[Any, Any]:
    async with office.database.transaction(office.workspace) as connection:
        return {row["id"]: row["owner_id"] for row in await connection.fetch("SELECT id, owner_id FROM conversation")}


async def put(office: Office, sql: str, *arguments: object) -> None:
    async with office.database.transaction(office.workspace) as connection:
        await connection.execute(sql, office.workspace, *arguments)


async def rows(office: Office, sql: str) -> list[tuple[Any, ...]]:
    async with office.database.transaction(office.workspace) as connection:
        return [tuple(row) for row in await connection.fetch(sql)]


async def promise(office: Office, conversation: object, member: MemberId, *, state: str = "open") -> None:
    await put(
        office,
        """
        INSERT INTO promise (workspace_id, id, conversation_id, profile_id, member_id, text, due_at, state, told, made_at, version)
        VALUES ($1, $2, $3, $3, $4, 'we call you', now(), $5, '', now(), 1)
        """,
        uuid4(),
        conversation,
        member,
        state,
    )


async def follow(office: Office, conversation: object, member: MemberId) -> None:
    await put(
        office,
        "INSERT INTO conversation_follower (workspace_id, conversation_id, member_id, since) VALUES ($1, $2, $3, now())",
        conversation,
        member,
    )


async def test_g5_what_a_member_had_is_the_successors_once_and_for_all(office: Office) -> None:
    """Open threads, open promises and follows go over; closed threads and kept promises stay what they were; a colleague loses nothing."""
    ana, bo, cy = [await office.member(name) for name in ("ana", "bo", "cy")]
    mine = [await owned_conversation(office, owner=ana) for _ in range(2)]
    closed, other = await owned_conversation(office, owner=ana), await owned_conversation(office, owner=cy)
    await put(office, "UPDATE conversation SET status = 'closed' WHERE workspace_id = $1 AND id = $2", closed)
    for member, state in ((ana, "open"), (ana, "kept"), (cy, "open")):
        await promise(office, mine[0], member, state=state)
    for conversation, member in ((mine[0], ana), (mine[1], ana), (mine[0], bo)):
        await follow(office, conversation, member)
    leaving = told(ana, version=2, active=False, successor_id=bo)

    for _ in range(2):
        await hear(office, leaving)

    assert await owners(office) == {mine[0]: bo, mine[1]: bo, closed: ana, other: cy}
    assert sorted(await rows(office, "SELECT state, member_id FROM promise")) == sorted([("open", bo), ("kept", ana), ("open", cy)])
    assert sorted(await rows(office, "SELECT conversation_id, member_id FROM conversation_follower")) == sorted((each, bo) for each in mine)
    changes = [orjson.loads(each["data"]) for each in await office.events()]
    assert {(each["conversation_id"], each["owner_id"], each["cause"], tuple(each["changes"])) for each in changes} == {
        (str(each), str(bo), "hand_over", ("owner",)) for each in mine
    }
    assert len(changes) == 2


async def test_without_a_successor_threads_are_nobodys(office: Office) -> None:
    ana = await office.member("ana")
    conversation = await owned_conversation(office, owner=ana)
    await promise(office, conversation, ana)

    await hear(office, told(ana, version=2, active=False))

    assert await owners(office) == {conversation: None}
    assert await rows(office, "SELECT member_id FROM promise") == [(ana,)]


async def test_many_threads_go_over_batch_by_batch_and_an_old_event_moves_nothing(office: Office) -> None:
    ana, bo = await office.member("ana"), await office.member("bo")
    first = await owned_conversation(office, owner=ana)
    await put(
        office,
        """
        INSERT INTO conversation (workspace_id, id, channel_id, key, profile_id, platform, kind, public, status, started_at,
            last_activity_at, message_count, version, closed_version, owner_id)
        SELECT workspace_id, gen_random_uuid(), channel_id, n::text::bytea, profile_id, platform, kind, public, status, started_at,
            last_activity_at, message_count, version, closed_version, owner_id
        FROM conversation, generate_series(1, 420) AS n WHERE workspace_id = $1 AND id = $2
        """,
        first,
    )
    gone, back = told(ana, version=2, active=False, successor_id=bo), told(ana, version=3, active=True)

    await hear(office, gone)
    assert set((await owners(office)).values()) == {bo}
    await hear(office, back)
    mine = await owned_conversation(office, owner=ana)
    await hear(office, gone)

    assert (await owners(office))[mine] == ana


async def test_the_successor_is_asked_for_the_approvals_that_wait(office: Office) -> None:
    """E6: what the former owner was to decide."""
    ana, bo, cy = [await office.member(name) for name in ("ana", "bo", "cy")]
    conversation = await owned_conversation(office, owner=ana)
    reply = uuid4()
    await put(
        office,
        """
        INSERT INTO reply (workspace_id, id, conversation_id, channel_id, profile_id, interaction_id, member_id, kind, text, state,
            attempt, due_at, reason, queued_at, version, automatic)
        SELECT $1, $2, id, channel_id, profile_id, $4, $3, 'direct', 't', 'proposed', 0, now(), '', now(), 1, false
        FROM conversation WHERE workspace_id = $1
        """,
        reply,
        cy,
        await owe(office, conversation, due_at=NOON),
    )

    await hear(office, told(ana, version=2, active=False, successor_id=bo))

    assert [(row["member_id"], row["kind"], row["matter"], row["conversation_id"]) for row in await office.rows()] == [
        (bo, "reply_proposed", reply, conversation)
    ]


async def test_e20_while_the_owner_is_away_the_deputy_is_asked_for_approval(office: Office) -> None:
    ana, bo, cy = [await office.member(name) for name in ("ana", "bo", "cy")]
    conversation = await owned_conversation(office, owner=ana)
    away = told(ana, version=2, deputy_id=bo, absent_from=NOON - timedelta(days=1), absent_until=NOON + timedelta(days=1))
    await hear(office, away)

    await office.hear(failed(cy, conversation=conversation, kind=ReplyProposed))  # type: ignore[arg-type] # any id will do
    assert await office.told(ana) == []
    assert await office.told(bo) == [("reply_proposed", 1)]

    office.clock.advance(timedelta(days=2))
    await office.hear(failed(cy, conversation=conversation, kind=ReplyProposed))  # type: ignore[arg-type] # any id will do
    assert await office.told(ana) == [("reply_proposed", 1)]


async def test_a_deputys_own_proposal_is_told_to_those_who_decide(office: Office) -> None:
    ana, bo = await office.member("ana"), await office.member("bo")
    cy = await office.member("cy", role=Role.ADMIN)
    conversation = await owned_conversation(office, owner=ana)
    await hear(office, told(ana, version=2, deputy_id=bo, absent_from=NOON - timedelta(days=1)))

    await office.hear(failed(bo, conversation=conversation, kind=ReplyProposed))  # type: ignore[arg-type] # any id will do

    assert [(row["member_id"], row["kind"]) for row in await office.rows()] == [(cy, "reply_proposed")]
