"""Web chat from both sides: visitors write through the public routes, members answer by REST, nothing is lost and nothing twice."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, ledger, only_thread, until
from tests.engagement.widget import Browser, Site


@pytest.fixture
def service(own_service: Service) -> Service:
    """Alone: how much an address may do is counted for the whole process."""
    return own_service


async def test_a_message_becomes_an_entry_of_the_history_and_is_owed(service: Service) -> None:
    browser = (await Site.connected(service, account="shop.example")).browser()
    told = await browser.open()
    assert told["signed_in"] is False
    page = {"url": "https://shop.example/kettles", "title": "Kettles"}
    written = await browser.post("messages", {"id": "message-1", "text": "Do you ship to Graz?", "page": page})
    assert written.status_code == 200, written.text
    assert await journal_settled(service, count=1) == {"done": 1}
    (message,) = await only_thread(service)
    assert (message["text"], message["kind"], message["ledger"]) == ("Do you ship to Graz?", "direct", "owed")
    assert (message["venue"]["url"], message["venue"]["external_id"]) == (page["url"], "shop.example")
    fetched = await browser.fetch()
    assert [(entry["from"], entry["text"], entry["position"]) for entry in fetched["entries"]] == [("visitor", "Do you ship to Graz?", 1)]
    assert fetched["recorded"] == 1


async def test_twenty_of_the_same_message_at_once_are_one(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    answers = await asyncio.gather(*(browser.write("Hello?", number="message-1") for _ in range(20)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert await journal_settled(service, count=1) == {"done": 1}
    assert len((await browser.fetch())["entries"]) == 1
    other = await browser.write("Something else", number="message-1")
    assert (other.status_code, other.json()["code"]) == (409, "message_id_reused")


async def test_a_reply_is_in_the_mailbox_once_and_its_receipts_move_it_on(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await asked(service, browser)
    await browser.fetch()
    waiting = asyncio.create_task(browser.fetch(wait=8, recorded=99))
    reply = await answer(service, "Yes, within two days.")
    page = await waiting
    assert [(entry["id"], entry["from"], entry["text"]) for entry in page["entries"]] == [(reply, "us", "Yes, within two days.")]
    await settled(service, reply, state="sent")
    assert await ledger(service) == {"inbound": 1, "owed": 0, "answered": 1, "declined": 0, "exempt": 0, "alarm": 0}
    for state in ("delivered", "read"):
        for expected in (1, 0):
            told = await browser.post("receipts", {"ids": [reply], "state": state})
            assert told.json() == {"taken": expected}
        await settled(service, reply, state=state)
    assert (await browser.fetch())["entries"] == []
    assert browser.texts() == ["Do you ship to Graz?", "Yes, within two days."]


async def test_history_comes_back_after_a_reload_and_on_no_other_browser(service: Service) -> None:
    site = await Site.connected(service)
    browser = site.browser()
    await asked(service, browser)
    reloaded = Browser(site, token=browser.token)
    await reloaded.open()
    await reloaded.fetch()
    assert reloaded.texts() == ["Do you ship to Graz?"]
    stranger = site.browser()
    await stranger.open()
    assert (await stranger.fetch())["entries"] == []


async def test_a_signed_in_visitor_is_the_same_on_every_device_and_their_address_is_verified(service: Service) -> None:
    site = await Site.connected(service)
    laptop, phone = site.browser(), site.browser()
    assert (await laptop.open(identity=site.identity(name="Nora Feld", locale="de")))["signed_in"] is True
    await laptop.write("Where is my order?")
    await phone.open(identity=site.identity())
    await phone.fetch()
    assert phone.texts() == ["Where is my order?"]
    await journal_settled(service, count=1)
    received = await received_events(service)
    assert [each["event"]["author"]["emails"] for each in received] == [[{"value": "customer-77@feld.example", "verified": True}]]
    assert [(each["event"]["author"]["name"], each["event"]["extra"]) for each in received] == [("Nora Feld", {"visitor": "customer-77"})]


async def test_an_unverified_address_stays_unverified(service: Service) -> None:
    site = await Site.connected(service)
    browser = site.browser()
    await browser.open(identity=site.identity(email_verified=False, phone_number="+436601234567", phone_number_verified=True))
    await browser.write("Hi")
    await journal_settled(service, count=1)
    (received,) = await received_events(service)
    author = received["event"]["author"]
    assert [each["verified"] for each in (*author["emails"], *author["phones"])] == [False, True]


async def test_signing_in_takes_along_what_was_said_before_and_ends_the_old_token(service: Service) -> None:
    site = await Site.connected(service)
    browser = site.browser()
    await asked(service, browser)
    anonymous = Browser(site, token=browser.token)
    await browser.open(identity=site.identity())
    await browser.fetch()
    assert browser.texts() == ["Do you ship to Graz?"]
    for refused in (
        await anonymous.post("session", {}),
        await anonymous.request("GET", "messages"),
        await anonymous.write("Still me?"),
        await anonymous.post("receipts", {"ids": ["x"], "state": "read"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (401, "visitor_refused")


async def test_somebody_known_before_is_not_mixed_with_the_browsers_anonymous_visitor(service: Service) -> None:
    site = await Site.connected(service)
    first, shared = site.browser(), site.browser()
    await first.open(identity=site.identity())
    await first.write("From home")
    await asked(service, shared, count=2)
    await shared.open(identity=site.identity())
    await shared.fetch()
    assert shared.texts() == ["From home"]


async def test_an_identity_opens_sessions_in_one_browser_only(service: Service) -> None:
    site = await Site.connected(service)
    thief, owner = site.browser(), site.browser()
    identity = site.identity()
    await owner.open(identity=identity)
    await owner.open(identity=identity)
    refused = await thief.post("session", {"identity": identity, "browser": thief.secret})
    assert (refused.status_code, refused.json()["code"]) == (401, "identity_replayed")


async def test_ten_devices_that_sign_in_at_once_are_one_visitor(service: Service) -> None:
    site = await Site.connected(service)
    browsers = [site.browser() for _ in range(10)]
    for browser in browsers[:5]:
        await browser.open()
    await asyncio.gather(*(browser.open(identity=site.identity()) for browser in browsers))
    written = await asyncio.gather(*(browser.write(f"From device {number}") for number, browser in enumerate(browsers)))
    assert {each.status_code for each in written} == {200}
    assert sorted(each.json()["position"] for each in written) == list(range(1, 11))


async def test_a_sites_server_may_post_entries_itself_when_it_signs_them(service: Service) -> None:
    site = await Site.connected(service)
    entry = {
        "id": "form-1",
        "kind": "message",
        "at": "2026-05-04T10:00:00Z",
        "visitor": {"id": "form-1", "email": "a@feld.example"},
        "text": "Hi",
    }
    body = json.dumps({"entries": [entry]}).encode()
    moment = str(int(time.time()))
    signature = hmac.new(site.secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    path = site.path.replace("/webchat/", "/webhooks/")
    for given, status in ((signature, 200), ("0" * 64, 401)):
        headers = {"content-type": "application/json", "webchat-signature": f"t={moment},v1={given}"}
        assert (await site.http.post(path, content=body, headers=headers)).status_code == status
    assert await journal_settled(service, count=1) == {"done": 1}
    reply = await answer(service, "Thank you.")
    told = await settled(service, reply, state="failed")
    assert told["reason"] == "this is no visitor of the widget"


async def test_a_paused_channel_is_not_there(service: Service) -> None:
    site = await Site.connected(service)
    browser = site.browser()
    await browser.open()
    await service.http.patch(f"/v1/channels/{site.channel_id}", json={"active": False}, headers=service.headers())
    refused = await browser.write("Hello?")
    assert (refused.status_code, refused.json()["code"]) == (404, "channel_not_found")


async def test_news_wake_the_widget_and_a_wait_without_news_ends(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    assert (await browser.fetch(wait=1))["entries"] == []
    waiting = asyncio.create_task(browser.fetch(wait=8))
    await browser.write("Another tab wrote this")
    assert [entry["text"] for entry in (await waiting)["entries"]] == ["Another tab wrote this"]
    assert (await browser.fetch(wait=8))["recorded"] == 1


async def test_what_members_change_or_take_back_changes_in_the_panel(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await asked(service, browser)
    first, second = await answer(service, "In two weeks."), await answer(service, "Wrong window, sorry.")
    for reply in (first, second):
        await settled(service, reply, state="sent")
    await browser.fetch()
    waiting = asyncio.create_task(browser.fetch(wait=8, recorded=99))
    changed = await service.http.patch(f"/v1/replies/{first}", json={"text": "In two days."}, headers=service.headers())
    assert changed.status_code == 202, changed.text
    assert [(entry["id"], entry["text"], entry["edited"]) for entry in (await waiting)["entries"]] == [(first, "In two days.", True)]
    waiting = asyncio.create_task(browser.fetch(wait=8, recorded=99))
    deleted = await service.http.delete(f"/v1/replies/{second}", headers=service.headers())
    assert deleted.status_code == 202, deleted.text
    assert [(entry["id"], entry["text"], entry["deleted"]) for entry in (await waiting)["entries"]] == [(second, "", True)]
    assert browser.texts() == ["Do you ship to Graz?", "In two days.", ""]


async def test_attachments_of_a_reply_are_links_in_the_panel(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await asked(service, browser)
    (thread,) = await conversations(service)
    file = {"kind": "file", "url": "https://cdn.example/terms.pdf", "name": "terms.pdf", "content_type": "application/pdf"}
    posted = await service.post(f"/v1/conversations/{thread['id']}/replies", {"text": "Here they are.", "attachments": [file]})
    assert posted.status_code == 201, posted.text
    await settled(service, posted.json()["reply"]["id"], state="sent")
    await browser.fetch()
    assert [entry["attachments"] for entry in browser.entries.values() if entry["from"] == "us"] == [[file]]


async def asked(service: Service, browser: Browser, *, count: int = 1) -> None:
    """One message of a visitor, read by the service."""
    await browser.open()
    written = await browser.write("Do you ship to Graz?")
    assert written.status_code == 200, written.text
    await journal_settled(service, count=count)


async def answer(service: Service, text: str) -> str:
    """A member's reply to the one conversation; its id."""
    (thread,) = await conversations(service)
    posted = await service.post(f"/v1/conversations/{thread['id']}/replies", {"text": text})
    assert posted.status_code == 201, posted.text
    found: str = posted.json()["reply"]["id"]
    return found


async def settled(service: Service, reply: str, *, state: str) -> dict[str, Any]:
    """The reply once it is in this state."""

    async def there() -> dict[str, Any] | None:
        found: dict[str, Any] = (await service.get(f"/v1/replies/{reply}")).json()
        return found if found["state"] == state else None

    found: dict[str, Any] = await until(there)
    return found


async def received_events(service: Service) -> list[dict[str, Any]]:
    """What the service has published of received interactions."""
    events = (await service.get("/internal/events")).json()["events"]
    return [each["data"] for each in events if each["type"] == "engagement.interaction.received"]
