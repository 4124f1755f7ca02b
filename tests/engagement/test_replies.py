"""Replies: staleness, warnings, double clicks, limits, order, doubt. Against a simulated partner that keeps its own ledger."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx

from rapport.simulation.client import SimulatedPlatforms
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, ledger, until

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1zaW11bGF0ZWQtcGFydG5lci0x"


async def connected(service: Service, platforms: SimulatedPlatforms, *, lookup: bool = False) -> Partner:
    """A channel whose replies go to the simulated partner."""
    reply_url = await platforms.add_partner("shop", webhook_url=service.url, secret=SECRET)
    made = await service.connect(
        "inlet",
        credentials={"signing_secret": SECRET},
        config={"reply_url": reply_url, **({"lookup": "true"} if lookup else {})},
    )
    channel: Any = made["channel"]
    return Partner(service, channel["webhook_path"], SECRET, channel["id"])


async def thread_of(service: Service) -> dict[str, Any]:
    (thread,) = await conversations(service)
    return thread


async def answer(service: Service, thread: dict[str, Any], member: UUID, **body: Any) -> httpx.Response:
    path = f"/v1/conversations/{thread['id']}/replies"
    return await service.http.post(path, json={"text": "Hello", **body}, headers=service.headers(member=member))


async def state_of(service: Service, reply: str, *wanted: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        found: dict[str, Any] = (await service.get(f"/v1/replies/{reply}")).json()
        return found if found["state"] in wanted else None

    found: dict[str, Any] = await until(there, within_seconds=20)
    return found


async def test_e8_of_two_members_with_one_version_one_is_sent_and_one_is_stale(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    unseen = await answer(service, thread, uuid4(), version=thread["version"] + 1)
    assert (unseen.status_code, unseen.json()["code"], unseen.json()["version"]) == (422, "unseen_version", thread["version"])
    answers = await asyncio.gather(*(answer(service, thread, uuid4(), version=thread["version"]) for _ in range(2)))
    assert sorted(each.status_code for each in answers) == [201, 409]
    refused = next(each.json() for each in answers if each.status_code == 409)
    accepted = next(each.json() for each in answers if each.status_code == 201)
    assert (refused["code"], refused["reason"]) == ("stale_reply", "answered")
    assert refused["items"] == [accepted["reply"]["interaction_id"]]
    await state_of(service, accepted["reply"]["id"], "sent")
    assert len(platforms.accepted_replies("inlet")) == 1


async def test_what_the_person_wrote_meanwhile_only_warns(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    await partner.deliver(event(2, "one more thing"))
    await journal_settled(service, count=2)
    posted = await answer(service, thread, uuid4(), version=thread["version"])
    assert posted.status_code == 201
    assert len(posted.json()["warning"]["newer_messages"]) == 1


async def test_a_reply_to_a_conversation_that_a_colleague_closed_is_stale(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    await service.http.patch(
        f"/v1/conversations/{thread['id']}",
        json={"status": "closed", "version": thread["version"]},
        headers=service.headers(member=uuid4()),
    )
    refused = await answer(service, thread, uuid4(), version=thread["version"])
    assert (refused.status_code, refused.json()["reason"]) == (409, "closed")
    assert platforms.accepted_replies("inlet") == []


async def test_a_double_click_is_one_reply(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    headers = {**service.headers(member=uuid4()), "Idempotency-Key": "one-click"}
    path = f"/v1/conversations/{thread['id']}/replies"
    clicks = await asyncio.gather(*(service.http.post(path, json={"text": "Hi"}, headers=headers) for _ in range(5)))
    assert {click.status_code for click in clicks} == {201}
    assert len({click.json()["reply"]["id"] for click in clicks}) == 1
    await state_of(service, clicks[0].json()["reply"]["id"], "sent")
    assert len(platforms.accepted_replies("inlet")) == 1
    other = await service.http.post(path, json={"text": "Something else"}, headers=headers)
    assert other.status_code == 422


async def test_e5_replies_of_one_conversation_arrive_in_order(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    member = uuid4()
    texts = [f"part {number}" for number in range(8)]
    posted = [await answer(service, thread, member, text=text) for text in texts]
    for each in posted:
        await state_of(service, each.json()["reply"]["id"], "sent")
    assert [entry["text"] for entry in platforms.accepted_replies("inlet")] == texts


async def test_a_refused_reply_fails_with_the_platforms_reason_and_stays_owed(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await platforms.misbehave("inlet", kind="forbidden")
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    posted = await answer(service, await thread_of(service), uuid4())
    failed = await state_of(service, posted.json()["reply"]["id"], "failed")
    assert failed["reason"]
    assert (await ledger(service))["owed"] == 1
    assert [each["id"] for each in (await service.get("/v1/replies?state=failed")).json()["items"]] == [failed["id"]]
    assert (await service.get("/v1/replies?state=unknown")).json()["items"] == []

    unseen = await service.post(f"/v1/replies/{failed['id']}/retry", {"version": 99})
    assert (unseen.status_code, (await service.get(f"/v1/replies/{failed['id']}")).json()["state"]) == (422, "failed")
    again = await service.post(f"/v1/replies/{failed['id']}/retry", {})
    assert (again.json()["reply"]["state"], again.json()["reply"]["reason"], again.json()["reply"]["attempt"]) == ("queued", "", 0)
    await state_of(service, failed["id"], "sent")
    assert (await ledger(service))["owed"] == 0
    assert len(platforms.accepted_replies("inlet")) == 1
    late = await service.post(f"/v1/replies/{failed['id']}/retry", {})
    assert (late.status_code, late.json()["code"]) == (409, "reply_settled")
    assert (await service.get("/v1/replies?state=failed")).json()["items"] == []


async def test_a_reply_in_doubt_is_not_sent_again_and_a_person_settles_it(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    await platforms.misbehave("inlet", kind="reset_after_write")
    posted = await answer(service, await thread_of(service), uuid4())
    reply = posted.json()["reply"]["id"]
    await state_of(service, reply, "unknown")
    settled = await service.post(f"/v1/replies/{reply}/settle", {"sent": True})
    assert settled.json()["state"] == "sent"
    assert len(platforms.accepted_replies("inlet")) <= 1
    again = await service.post(f"/v1/replies/{reply}/settle", {"sent": True})
    assert (again.status_code, again.json()["code"]) == (409, "reply_settled")


async def test_a_reply_in_doubt_is_settled_by_asking_the_platform(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms, lookup=True)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    await platforms.misbehave("inlet", kind="reset_after_write")
    posted = await answer(service, await thread_of(service), uuid4())
    await state_of(service, posted.json()["reply"]["id"], "sent")
    assert len(platforms.accepted_replies("inlet")) == 1


async def test_a_rate_limited_reply_waits_as_told_and_arrives_once(service: Service, platforms: SimulatedPlatforms) -> None:
    partner = await connected(service, platforms)
    await platforms.misbehave("inlet", kind="rate_limited", retry_after=1)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    posted = await answer(service, await thread_of(service), uuid4())
    sent = await state_of(service, posted.json()["reply"]["id"], "sent")
    assert sent["attempt"] == 2
    assert len(platforms.accepted_replies("inlet")) == 1


async def test_e4_a_text_over_the_platforms_limit_is_refused_and_nothing_is_written(service: Service) -> None:
    made = await service.connect("telegram", credentials={"token": "1:bot"})
    channel: Any = made["channel"]
    update = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1780000000,
            "chat": {"id": 5, "type": "private", "first_name": "Ines"},
            "from": {"id": 5, "is_bot": False, "first_name": "Ines"},
            "text": "hello",
        },
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": str(made["signing_secret"])}
    assert (await service.http.post(channel["webhook_path"], json=update, headers=headers)).status_code == 200
    await journal_settled(service, count=1)
    thread = await thread_of(service)
    refused = await answer(service, thread, uuid4(), text="x" * 4097)
    assert (refused.status_code, refused.json()["code"]) == (422, "unsendable_reply")
    assert (await thread_of(service))["message_count"] == 1
