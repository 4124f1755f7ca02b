"""What deliveries become: order, edits, deletions, receipts, echoes, native replies, broken items. Through the webhook and REST."""

import itertools
from typing import Any

from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, change, event
from tests.engagement.test_conversations import events_of
from tests.engagement.waiting import conversations, journal_settled, ledger, messages, only_thread, until


async def test_one_person_on_one_channel_has_one_conversation(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1, "first"), event(2, "second"))
    await partner.deliver(event(3, "third"))
    assert await journal_settled(service, count=3) == {"done": 3}

    (thread,) = await conversations(service)
    assert (thread["message_count"], thread["owed_count"], thread["status"]) == (3, 3, "open")
    assert [each["text"] for each in await messages(service, thread["id"])] == ["third", "second", "first"]


async def test_the_same_event_in_two_deliveries_is_one_message(service: Service) -> None:
    partner = await Partner.connected(service)
    for _ in range(3):
        assert (await partner.deliver(event(1))).status_code == 200
    assert await journal_settled(service, count=1) == {"done": 1}
    assert len(await only_thread(service)) == 1


async def test_any_order_of_a_message_its_edits_and_its_deletion_ends_alike(service: Service) -> None:
    partner = await Partner.connected(service)
    orders = list(itertools.permutations(range(4)))
    for number, order in enumerate(orders):
        parts = _life_of_a_message(f"m{number}", person=f"person-{number}")
        for index in order:
            await partner.deliver(parts[index])

    async def all_deleted() -> list[dict[str, Any]] | None:
        found = [await messages(service, each["id"]) for each in await conversations(service)]
        flat = [message for each in found for message in each]
        return flat if len(flat) == len(orders) and all(message["deleted_at"] for message in flat) else None

    for message in await until(all_deleted, within_seconds=30):
        assert (message["text"], message["deleted_at"]) == (None, "2026-05-04T10:04:00Z")
        assert (message["ledger"], message["ledger_reason"]) == ("exempt", "deleted by its author")


def _life_of_a_message(name: str, *, person: str) -> tuple[dict[str, Any], ...]:
    author = {"network": "shop", "external_id": person}
    return (
        event(1, "draft", id=name, author=author),
        change(2, "edit", name, text="better", id=f"{name}-a"),
        change(3, "edit", name, text="best", id=f"{name}-b"),
        change(4, "deletion", name, id=f"{name}-c"),
    )


async def test_an_edit_that_came_first_waits_for_its_message(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(change(5, "edit", "e-1", text="corrected"))
    assert await journal_settled(service, count=1) == {"parked": 1}

    await partner.deliver(event(1, "mistaken"))
    assert await journal_settled(service, count=2) == {"done": 2}
    (message,) = await only_thread(service)
    assert (message["text"], message["edited_at"]) == ("corrected", "2026-05-04T10:05:00Z")


async def test_a_review_that_is_changed_gets_its_new_stars_and_keeps_them(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1, "It flickers", kind="review", rating=1.0))
    await partner.deliver(change(2, "edit", "e-1", text="They sent another", rating=4.0), change(3, "edit", "e-1", text="All is well"))
    assert await journal_settled(service, count=3) == {"done": 3}
    (review,) = await only_thread(service)
    assert (review["text"], review["rating"], review["edited_at"]) == ("All is well", 4.0, "2026-05-04T10:03:00Z")


async def test_what_is_first_seen_after_its_edit_is_told_once_and_each_later_edit_once(service: Service, database_url: str) -> None:
    partner = await Partner.connected(service)
    polled = [event(1, "mended"), change(2, "edit", "e-1", text="mended", id="e-1:edit:2")]
    await partner.deliver(*polled)
    await partner.deliver(*polled, change(3, "edit", "e-1", text="mended again", id="e-1:edit:3"))
    assert await journal_settled(service, count=3) == {"done": 3}
    (message,) = await only_thread(service)
    assert (message["text"], message["edited_at"]) == ("mended again", "2026-05-04T10:03:00Z")
    told = await events_of(service, database_url, "engagement.interaction.edited")
    assert [each["text"] for each in told] == ["mended again"]


async def test_a_broken_event_is_kept_with_its_reason_and_hurts_no_other(service: Service) -> None:
    partner = await Partner.connected(service)
    answer = await partner.deliver(event(1), {"id": "e-2", "kind": "sculpture", "occurred_at": "soon"}, event(3))
    assert answer.status_code == 200
    assert await journal_settled(service, count=3) == {"done": 2, "unknown": 1}
    rows = (await service.get("/v1/journal?state=unknown")).json()["items"]
    assert rows[0]["reason"]
    replayed = await service.post(f"/v1/journal/{rows[0]['id']}/replay", {})
    assert replayed.status_code == 202
    assert await journal_settled(service, count=3) == {"done": 2, "unknown": 1}


async def test_a_native_reply_answers_what_is_owed(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1, "is anybody there?"))
    await journal_settled(service, count=1)
    person = event(1)["author"]
    await partner.deliver(
        event(2, "yes!", id="n-1", direction="outbound", recipient=person, author={"network": "shop", "external_id": "us"})
    )
    await journal_settled(service, count=2)

    assert [(each["direction"], each["native"]) for each in await only_thread(service)] == [
        ("outbound", True),
        ("inbound", False),
    ]
    assert await ledger(service) == {"inbound": 1, "owed": 0, "answered": 1, "declined": 0, "exempt": 0, "alarm": 0}


async def test_reactions_and_follows_owe_nothing(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1, None, kind="follow"), event(2, None, kind="reaction", target="post-1"))
    await journal_settled(service, count=2)
    assert (await ledger(service))["exempt"] == 2


async def test_history_is_recorded_and_owes_nothing(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1, "long ago", source="import", occurred_at="2020-01-01T00:00:00Z"))
    await journal_settled(service, count=1)
    (message,) = await only_thread(service)
    assert (message["ledger"], message["ledger_reason"], message["source"]) == ("exempt", "imported history", "import")


async def test_text_with_nul_and_half_surrogates_is_stored_without_them(service: Service) -> None:
    partner = await Partner.connected(service)
    body = (
        '{"id":"e-1","kind":"direct","occurred_at":"2026-05-04T10:00:00Z",'
        '"text":"a\\u0000b \\ud83d c","author":{"network":"shop","external_id":"p"}}'
    )
    assert (await partner.send(body)).status_code == 200
    await journal_settled(service, count=1)

    async def settled_without_failure() -> bool:
        states = {row["state"] for row in (await service.get("/v1/journal")).json()["items"]}
        return "failed" not in states

    assert await settled_without_failure()


async def test_attachments_of_some_messages_stay_with_their_message(service: Service) -> None:
    partner = await Partner.connected(service)
    picture = {"kind": "image", "url": "https://shop.example/a.png", "name": "a.png"}
    file = {"kind": "file", "url": "https://shop.example/b.pdf"}
    await partner.deliver(
        event(1, "none"), event(2, "one", attachments=[picture]), event(3, "two", attachments=[picture, file], extra={"order": "7"})
    )
    assert await journal_settled(service, count=3) == {"done": 3}
    found = {each["text"]: [one["kind"] for one in each["attachments"]] for each in await only_thread(service)}
    assert found == {"none": [], "one": ["image"], "two": ["image", "file"]}


async def test_people_in_one_comment_thread_share_a_conversation(service: Service) -> None:
    partner = await Partner.connected(service)
    venue = {"network": "shop", "external_id": "post-7", "title": "Our new lamp"}
    other = {"network": "shop", "external_id": "person-2", "name": "Tom Amsel"}
    await partner.deliver(
        event(1, "which bulb?", kind="comment", venue=venue, root="post-7", id="k-1"),
        event(2, "E27, I have it", kind="comment", venue=venue, root="post-7", thread="k-1", id="k-2", author=other),
    )
    await journal_settled(service, count=2)
    (thread,) = await conversations(service)
    assert (thread["kind"], thread["public"], thread["title"], thread["message_count"]) == ("comment", True, "Our new lamp", 2)


async def test_a_message_that_reopens_a_closed_conversation(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    path = f"/v1/conversations/{thread['id']}"
    closed = await service.http.patch(path, json={"status": "closed", "version": thread["version"]}, headers=service.headers())
    assert closed.json()["status"] == "closed"
    stale = await service.http.patch(path, json={"status": "open", "version": thread["version"]}, headers=service.headers())
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")

    await partner.deliver(event(2))

    async def reopened() -> bool:
        return bool((await conversations(service))[0]["status"] == "open")

    await until(reopened)


async def test_declining_settles_the_ledger_once(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (message,) = await only_thread(service)
    path = f"/v1/interactions/{message['id']}/decline"
    declined = await service.post(path, {"reason": "a test"})
    assert (declined.json()["ledger"], declined.json()["ledger_reason"]) == ("declined", "a test")
    again: Any = await service.post(path, {"reason": "again"})
    assert (again.status_code, again.json()["code"]) == (409, "already_settled")
    assert await ledger(service) == {"inbound": 1, "owed": 0, "answered": 0, "declined": 1, "exempt": 0, "alarm": 0}
