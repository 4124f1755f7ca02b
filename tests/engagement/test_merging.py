"""Threads of one matter: merged, read as one, split again exactly; linked. On the functions that REST calls, and through REST."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.vocabulary import ConversationStatus
from services.engagement.composing import drafts
from services.engagement.errors import MergeRefusedError, VersionConflictError
from services.engagement.settings import EngagementSettings
from services.engagement.statements import conversations as threads
from services.engagement.statements import labels, reading
from services.kit.db import Database
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.play import Play
from tests.engagement.waiting import conversations, journal_settled, messages


@pytest.fixture
async def play(database_url: str, settings: EngagementSettings) -> AsyncIterator[Play]:
    database = Database(settings.role_url("engagement", role="app"), name="test", size=2)
    await database.open()
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        yield await Play.begun(database, owner)
    finally:
        await owner.close()
        await database.close()


async def public_and_private(play: Play) -> tuple[asyncpg.Record, asyncpg.Record]:
    """A comment of Ana, then a message of hers."""
    await play.says("ana", post="p-1")
    await play.says("ana")
    public, private = sorted(await play.threads(), key=lambda row: not row["public"])
    return public, private


async def texts(play: Play, conversation: Any) -> list[str]:
    """What reading a thread shows, the newest first."""
    async with play.database.transaction(play.workspace) as connection:
        rows = await reading.threads_of_conversations(connection, play.workspace, [conversation], before=None, limit=50)
    return [row["external_id"] for row in rows]


async def test_a_merged_thread_is_read_in_order_under_either_id_and_no_message_moves(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.says("ana", post="p-1")
    before = [(row["id"], row["conversation_id"]) for row in await play.rows()]
    await play.merges(public["id"], private["id"])
    assert await texts(play, private["id"]) == await texts(play, public["id"]) == ["m-2", "m-1", "m-0"]
    assert [(row["id"], row["conversation_id"]) for row in await play.rows()] == before


async def test_what_comes_into_a_merged_thread_reopens_the_one_that_speaks_for_it(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.merges(public["id"], private["id"])
    await play.changes(private["id"], status=ConversationStatus.CLOSED)
    await play.says("ana", post="p-1")
    lead = await play.thread(public["id"])
    assert (lead["id"], lead["status"]) == (private["id"], "open")


async def test_a_merge_takes_labels_followers_links_and_drafts_along_and_a_split_leaves_both_with_their_own(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.says("ben", post="p-2")
    other = next(row["id"] for row in await play.threads() if row["id"] not in {public["id"], private["id"]})
    ana, bo, one, two = (uuid4() for _ in range(4))
    async with play.database.transaction(play.workspace) as connection:
        for label, name in ((one, "one"), (two, "two")):
            await labels.insert_label(connection, play.workspace, label, name=name, key=name, colour="#000000", now=play.now)
        await labels.put_labels(connection, play.workspace, [public["id"]], labels=[one])
        await labels.put_labels(connection, play.workspace, [private["id"]], labels=[two])
        await threads.follow_conversation(connection, play.workspace, public["id"], members=[ana, bo], now=play.now)
        await threads.follow_conversation(connection, play.workspace, private["id"], members=[bo], now=play.now)
        await threads.insert_link(connection, play.workspace, public["id"], other=other, member=None, now=play.now)
        await threads.insert_link(connection, play.workspace, public["id"], other=private["id"], member=None, now=play.now)
    for thread, member, text in ((public, ana, "in public"), (public, bo, "beneath"), (private, bo, "above")):
        await draft(play, thread["id"], member, text)

    await play.merges(public["id"], private["id"])

    (lead,) = await shown(play, private["id"])
    assert (set(lead["label_ids"]), set(lead["follower_ids"]), lead["linked_ids"].count(other)) == ({one, two}, {ana, bo}, 1)
    assert {row["conversation_id"] for row in await stored_drafts(play)} == {private["id"]}
    assert {row["member_id"]: row["text"] for row in await stored_drafts(play)} == {ana: "in public", bo: "above\n\nbeneath"}
    # What is saved under the old id is kept where it is read.
    await draft(play, public["id"], ana, "in both")
    assert {row["member_id"]: (row["conversation_id"], row["text"]) for row in await stored_drafts(play)}[ana] == (private["id"], "in both")

    await play.splits(public["id"])

    (again,) = await shown(play, public["id"])
    assert (set(again["label_ids"]), set(again["follower_ids"]), set(again["linked_ids"])) == ({one}, {ana, bo}, {other, private["id"]})
    assert {row["conversation_id"] for row in await stored_drafts(play)} == {private["id"]}


async def draft(play: Play, conversation: Any, member: Any, text: str) -> None:
    async with play.database.transaction(play.workspace) as connection:
        await drafts.save_draft(
            connection, play.workspace, drafts.Sketch(conversation=conversation, member=member, text=text), now=play.now
        )


async def stored_drafts(play: Play) -> list[asyncpg.Record]:
    return await play.owner.fetch("SELECT * FROM engagement.draft WHERE workspace_id = $1", play.workspace)


async def shown(play: Play, conversation: Any) -> list[asyncpg.Record]:
    async with play.database.transaction(play.workspace) as connection:
        return await reading.conversations_by_id(connection, play.workspace, [conversation])


async def test_an_answer_goes_out_where_it_was_asked_and_settles_both(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.merges(public["id"], private["id"])
    await play.says("ana", post="p-1")
    await play.answers(private["id"])
    assert (await play.counts()) == {"inbound": 3, "owed": 0, "answered": 3, "declined": 0, "exempt": 0, "alarm": 0}
    (answer,) = [row for row in await play.rows() if row["direction"] == "outbound"]
    assert (answer["conversation_id"], answer["public"]) == (public["id"], True)


async def test_a_chain_of_merges_is_one_thread_and_is_taken_back_link_by_link(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.says("ana", post="p-2")
    (third,) = [row["id"] for row in await play.threads() if row["id"] not in {public["id"], private["id"]}]
    await play.merges(public["id"], private["id"])
    await play.merges(private["id"], third)
    assert await texts(play, public["id"]) == ["m-2", "m-1", "m-0"]
    await play.splits(private["id"])
    assert await texts(play, public["id"]) == ["m-1", "m-0"]
    assert await texts(play, third) == ["m-2"]
    await play.splits(public["id"])
    assert await texts(play, public["id"]) == ["m-0"]
    kept = {row["id"]: row["last_activity_at"] for row in await play.threads()}
    said = {row["conversation_id"]: row["occurred_at"] for row in await play.rows()}
    assert kept == said


async def test_what_cannot_be_merged_or_split_is_refused(play: Play) -> None:
    public, private = await public_and_private(play)
    with pytest.raises(MergeRefusedError):
        await play.merges(public["id"], public["id"])
    with pytest.raises(MergeRefusedError):
        await play.splits(public["id"])
    await play.marks(public["id"], spam=True)
    with pytest.raises(MergeRefusedError):
        await play.merges(public["id"], private["id"])
    assert [row["survivor_id"] for row in await play.threads()] == [None, None]


async def test_members_who_merge_crosswise_end_with_one_thread(play: Play) -> None:
    public, private = await public_and_private(play)
    await play.merges(public["id"], private["id"])
    with pytest.raises((MergeRefusedError, VersionConflictError)):
        await play.merges(private["id"], public["id"])
    assert sorted(row["absorbs"] for row in await play.threads()) == [False, True]


async def two_threads(service: Service) -> list[dict[str, Any]]:
    partner = await Partner.connected(service)
    venue = {"network": "shop", "external_id": "post-7"}
    await partner.deliver(event(1), event(2, kind="comment", public=True, venue=venue, root="post-7"))
    await journal_settled(service, count=2)
    return await conversations(service)


async def test_an_old_id_answers_as_the_thread_that_took_it_in(service: Service) -> None:
    source, target = await two_threads(service)
    path = f"/v1/conversations/{source['id']}"
    stale = await service.post(f"{path}/merge", {"into_id": target["id"], "version": 99})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    merged = (await service.post(f"{path}/merge", {"into_id": target["id"], "version": source["version"]})).json()
    assert (merged["id"], merged["merged_ids"], merged["message_count"], merged["owed_count"]) == (target["id"], [source["id"]], 2, 2)
    assert (await service.get(path)).json() == merged
    assert await conversations(service) == [merged]
    assert len(await messages(service, source["id"])) == 2
    split = (await service.post(f"{path}/split", {})).json()
    assert (split["id"], split["status"], split["message_count"]) == (source["id"], "open", 1)
    assert sorted(each["id"] for each in await conversations(service)) == sorted([source["id"], target["id"]])
    again = await service.post(f"{path}/split", {})
    assert (again.status_code, again.json()["code"]) == (409, "merge_refused")


async def test_e3_linked_threads_stay_two_and_show_one_another(service: Service) -> None:
    first, second = await two_threads(service)
    path = f"/v1/conversations/{first['id']}/links/{second['id']}"
    for _ in range(2):
        linked = (await service.http.put(path, headers=service.headers())).json()
        assert linked["linked_ids"] == [second["id"]]
    assert (await service.get(f"/v1/conversations/{second['id']}")).json()["linked_ids"] == [first["id"]]
    assert (await service.http.delete(path, headers=service.headers())).json()["linked_ids"] == []
    assert (await service.http.delete(path, headers=service.headers())).status_code == 404
    assert (await service.http.put(path, headers=service.headers(uuid4()))).status_code == 404
