"""Bulk actions: a selection or a filter, done as a job with a result per conversation; and who takes part in a thread."""

from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, ledger, until


async def threads_of(service: Service, count: int) -> list[dict[str, Any]]:
    partner = await Partner.connected(service)
    await partner.deliver(
        *(event(number, id=f"b-{number}", author={"network": "shop", "external_id": f"p-{number}"}) for number in range(count))
    )
    await journal_settled(service, count=count)
    return await conversations(service)


async def finished(service: Service, **body: Any) -> dict[str, Any]:
    """The job, once it is done."""
    begun = await service.post("/v1/conversations/bulk", body)
    assert begun.status_code == 202, begun.text

    async def done() -> dict[str, Any] | None:
        job: dict[str, Any] = (await service.get(f"/v1/jobs/{begun.json()['id']}")).json()
        return job if job["state"] == "done" else None

    found: dict[str, Any] = await until(done, within_seconds=30)
    return found


async def test_e19_a_selection_is_closed_and_what_is_not_there_is_told(service: Service) -> None:
    threads = await threads_of(service, 60)
    nobody = str(uuid4())
    chosen = [each["id"] for each in threads[:40]]
    job = await finished(service, action="close", conversation_ids=[*chosen, nobody, chosen[0]])
    assert (job["total"], job["done"], job["failed"], job["has_more"]) == (41, 40, 1, False)
    assert job["failures"] == [{"conversation_id": nobody, "reason": "conversation_not_found"}]
    assert {each["id"] for each in await conversations(service) if each["status"] == "closed"} <= {*chosen}


async def test_a_filter_is_assigned_whole_in_several_batches(service: Service) -> None:
    owner = str(service.issuer.hire())
    await threads_of(service, 90)
    job = await finished(service, action="assign", filter={"status": "open"}, owner_id=owner)
    assert (job["total"], job["done"], job["failed"]) == (90, 90, 0)
    assert {each["owner_id"] for each in await conversations(service)} == {owner}
    again = await finished(service, action="snooze", filter={"owner_id": owner}, snoozed_until="2999-01-01T00:00:00Z")
    assert again["done"] == 90
    await finished(service, action="assign", filter={}, owner_id=None)
    assert {each["owner_id"] for each in await conversations(service)} == {None}


async def test_declining_settles_what_is_owed_and_says_where_nothing_was(service: Service) -> None:
    threads = await threads_of(service, 3)
    first = await finished(service, action="decline", conversation_ids=[threads[0]["id"]], reason="a campaign of bots")
    assert (first["done"], first["failed"]) == (1, 0)
    second = await finished(service, action="decline", filter={}, reason="the same")
    assert (second["done"], second["failed"]) == (2, 1)
    assert [each["reason"] for each in second["failures"]] == ["nothing_owed"]
    assert (await ledger(service)) == {"inbound": 3, "owed": 0, "answered": 0, "declined": 3, "exempt": 0, "alarm": 0}


async def test_labels_are_put_on_what_a_label_finds(service: Service) -> None:
    threads = await threads_of(service, 3)
    one, two = [(await service.post("/v1/labels", {"name": name})).json()["id"] for name in ("one", "two")]
    await finished(service, action="label", conversation_ids=[each["id"] for each in threads[:2]], add_label_ids=[one])
    job = await finished(service, action="label", filter={"label_id": one}, add_label_ids=[two], remove_label_ids=[one])
    assert job["done"] == 2
    assert sorted(each["label_ids"] for each in await conversations(service)) == [[], [two], [two]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"action": "close"}, "bulk_argument"),
        ({"action": "close", "conversation_ids": [], "filter": {}}, "bulk_argument"),
        ({"action": "assign", "filter": {}}, "bulk_argument"),
        ({"action": "label", "filter": {}}, "bulk_argument"),
        ({"action": "decline", "filter": {}}, "bulk_argument"),
        ({"action": "snooze", "filter": {}, "snoozed_until": "2001-01-01T00:00:00Z"}, "bulk_argument"),
        ({"action": "label", "filter": {}, "add_label_ids": [str(uuid4())]}, "label_not_found"),
        ({"action": "close", "conversation_ids": [str(uuid4())] * 1001}, "malformed"),
        ({"action": "delete", "filter": {}}, "malformed"),
    ],
)
async def test_what_no_job_can_do_is_refused(service: Service, body: dict[str, Any], code: str) -> None:
    refused = await service.post("/v1/conversations/bulk", body)
    assert refused.status_code in {404, 422}, refused.text
    assert refused.json()["code"] == code


async def test_a_double_click_is_one_job_and_an_empty_one_is_done(service: Service) -> None:
    headers = {**service.headers(member=uuid4()), "Idempotency-Key": "once"}
    body = {"action": "close", "filter": {}}
    clicks = [await service.http.post("/v1/conversations/bulk", json=body, headers=headers) for _ in range(2)]
    assert clicks[0].json() == clicks[1].json()
    assert (clicks[0].json()["state"], clicks[0].json()["total"]) == ("done", 0)
    assert (await service.http.get(f"/v1/jobs/{clicks[0].json()['id']}", headers=service.headers(uuid4()))).status_code == 404


async def test_e3_people_of_a_comment_thread_are_seen_with_who_answered_whom(service: Service) -> None:
    partner = await Partner.connected(service)
    venue = {"network": "shop", "external_id": "post-7"}
    ana, tom = ({"network": "shop", "external_id": name, "name": name.title()} for name in ("ana", "tom"))
    asked = {"kind": "comment", "public": True, "venue": venue, "root": "post-7", "thread": "k-1"}
    await partner.deliver(
        event(1, "which bulb?", id="k-1", author=ana, **asked),
        event(2, "E27", id="k-2", author=tom, in_reply_to={"external_id": "k-1", "author": ana}, **asked),
        event(3, "thanks!", id="k-3", author=ana, in_reply_to={"external_id": "k-2", "author": tom}, **asked),
    )
    await journal_settled(service, count=3)
    (thread,) = await conversations(service)
    found = (await service.get(f"/v1/conversations/{thread['id']}/participants")).json()
    assert [(each["name"], each["message_count"]) for each in found["participants"]] == [("Ana", 2), ("Tom", 1)]
    ids = {each["name"]: each["profile_id"] for each in found["participants"]}
    edges = {(each["from_profile_id"], each["to_profile_id"]): each["count"] for each in found["exchanges"]}
    assert edges == {(ids["Tom"], ids["Ana"]): 1, (ids["Ana"], ids["Tom"]): 1}
    answer = f"/v1/conversations/{thread['id']}/replies"
    await service.http.post(answer, json={"text": "Right"}, headers=service.headers(member=uuid4()))
    found = (await service.get(f"/v1/conversations/{thread['id']}/participants")).json()
    assert (None, ids["Ana"]) in {(each["from_profile_id"], each["to_profile_id"]) for each in found["exchanges"]}
    assert (await service.get(f"/v1/conversations/{uuid4()}/participants")).status_code == 404
