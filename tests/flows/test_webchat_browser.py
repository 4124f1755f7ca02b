"""The web chat in a real browser, on a site of another origin with a strict policy: a visitor writes, a member answers, nothing is lost.

Skipped where Chromium is not installed.
"""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.engagement.media.test_media import PICTURE
from tests.flows.listening import listening
from tests.flows.product import Desk
from tests.flows.waiting import until
from tests.gateway.browser import DEADLINE_SECONDS, Page, find_chromium, open_page
from tests.serving import served

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.timeout(8 * DEADLINE_SECONDS),
]

ROOT = "document.querySelector('rapport-chat').shadowRoot"
EVIL = "<img src=x onerror=\"document.title='owned'\"> Do you ship to Graz?"
CONVERSATIONS = "{ conversations(first: 5) { nodes { id version messages(first: 9) { nodes { text } } } } }"
CONTACTS = "{ contacts(first: 5) { nodes { name profiles { network linkedBy } } } }"
PRESENCE = "subscription($id: ID!) { conversationPresence(conversationId: $id) { people { member { name } activity } } }"
SHOW = "mutation($input: ShowPresenceInput!) { showPresence(input: $input) { __typename } }"
POST = "mutation ($input: PostReplyInput!) { postReply(input: $input) { __typename ... on ReplyPosted { reply { id } } } }"


@dataclass
class Shop:
    """A customer's site: one page with the widget, and a server that signs who is signed in."""

    element: str = "<rapport-chat></rapport-chat>"
    widget: str = ""
    secret: str = ""
    origin: str = ""
    asked: list[str] = field(default_factory=list)

    async def page(self, request: Request) -> HTMLResponse:
        """The page, which allows scripts and calls of the widget's host and nothing else."""
        self.asked.append(request.url.path)
        host = "{0.scheme}://{0.netloc}".format(urlsplit(self.widget))
        policy = f"default-src 'none'; script-src {host}; connect-src {host}; img-src data:; require-trusted-types-for 'script'"
        head = f'<title>Shop</title><link rel="icon" href="data:,"><script type="module" src="{self.widget}"></script>'
        html = f'<!doctype html><html lang="en"><head>{head}</head><body><h1>Kettles</h1>{self.element}</body></html>'
        return HTMLResponse(html, headers={"content-security-policy": policy})

    def sign_in(self, subject: str, **claims: Any) -> None:
        """Show the page to somebody who is signed in."""
        given = {"sub": subject, "exp": int(time.time()) + 300, "jti": uuid4().hex, **claims}
        identity = jwt.encode({"alg": "HS256"}, given, OctKey.import_key(self.secret), algorithms=["HS256"])
        self.element = f'<rapport-chat identity="{identity}"></rapport-chat>'


@asynccontextmanager
async def visited(desk: Desk, folder: Path) -> AsyncIterator[tuple[Page, Shop]]:
    """A browser on the shop's page, whose channel is just connected."""
    assert CHROMIUM is not None
    shop = Shop()
    async with served(Starlette(routes=[Route("/", shop.page)])) as url:
        shop.origin = url
        made = await desk.connect("webchat", credentials={}, config={"origins": url, "title": "Talk to us", "greeting": "Welcome!"})
        shop.secret = made["signing_secret"]
        shop.widget = desk.product.url + made["channel"]["webhook_path"].replace("/webhooks/", "/webchat/") + "/widget.js"
        async with open_page(CHROMIUM, folder=folder) as page:
            yield page, shop


async def test_a_visitor_writes_a_member_answers_and_nothing_is_lost_or_twice(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        await arrive(page, shop)
        assert [each for each in page.requests if "/webchat/" in each] == [shop.widget]
        await open_panel(page)
        await say(page, EVIL)
        await page.until(state_of(EVIL, "delivered"))

        reply = await answer(desk, "Yes, within two days.")
        await page.until(shows("Yes, within two days."))
        await page.until(f"{ROOT}.querySelector('[role=log]').textContent.includes('Reply: Yes, within two days.')")
        await desk.settled(reply, states=("read",))

        await page.reload()
        await open_panel(page)
        await page.until(f"{texts()}.length === 3")
        assert await page.evaluate(texts()) == ["Welcome!", EVIL, "Yes, within two days."]
        assert await page.evaluate(f"{ROOT}.querySelector('[role=log]').textContent") == ""

        await page.offline(cut=True)
        await say(page, "Are you there?")
        await page.until(f"!{ROOT}.querySelector('.notice').hidden")
        assert await page.evaluate(state_of("Are you there?", "sending"))
        await page.offline(cut=False)
        await page.until(state_of("Are you there?", "delivered"))
        await page.until(f"{ROOT}.querySelector('.notice').hidden")
        assert await page.evaluate("Object.keys(localStorage).filter(name => name.includes(':outbox:')).length") == 0
        assert sorted(message["text"] for message in await desk.messages()) == sorted([EVIL, "Yes, within two days.", "Are you there?"])

        assert await page.evaluate("document.title") == "Shop"
        assert await page.evaluate(f"{ROOT}.querySelectorAll('img, script').length") == 0
        assert asked_hosts(page) == {urlsplit(shop.origin).netloc, urlsplit(desk.product.url).netloc}
        assert [each for each in page.complaints if "ERR_INTERNET_DISCONNECTED" not in each] == []


async def test_each_side_sees_that_the_other_is_writing(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        await arrive(page, shop)
        await open_panel(page)
        await say(page, "Do you ship to Graz?")
        await page.until(state_of("Do you ship to Graz?", "delivered"))
        conversation = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"][0]["id"]
        async with listening(desk, PRESENCE, id=conversation) as listener:
            assert await listener.next() == {"people": []}
            await page.write("And to Linz")
            assert await listener.next() == {"people": [{"member": None, "activity": "TYPING"}]}
            await page.press("Enter", code=13)
            assert await listener.next() == {"people": []}
        assert await page.evaluate(f"{ROOT}.querySelector('.typing').hidden")
        for activity, words in (("TYPING", "Somebody is writing …"), ("NOTING", "")):
            shown = await desk.graphql(SHOW, input={"conversationId": conversation, "activity": activity})
            assert shown == {"showPresence": {"__typename": "PresenceShown"}}
            await page.until(f"{ROOT}.querySelector('.typing').textContent === {json.dumps(words)}")
        assert page.complaints == []


async def test_a_visitor_hands_in_a_picture(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        await arrive(page, shop)
        await open_panel(page)
        await page.until(f"!{ROOT}.querySelector('.attach').hidden")
        assert await page.evaluate(f"{ROOT}.querySelector('.attach').getAttribute('aria-label')") == "Attach a file"
        await page.evaluate(choose("lamp.png", PICTURE))
        await page.until(f"{ROOT}.querySelector('li.visitor[data-state=delivered] a')?.textContent === 'lamp.png'")
        (message,) = await desk.messages()
        (attachment,) = message["attachments"]
        media = await desk.read(f"/v1/media/{attachment['media_id']}")
        assert (media["type"], media["source"], media["size_bytes"]) == ("image/png", "visitor", len(PICTURE))
        link = str(await page.evaluate(f"{ROOT}.querySelector('li.visitor a').href"))
        assert (await desk.product.http.get(link)).content == PICTURE
        await page.evaluate(choose("lamp.exe", b"MZ\x90\x00"))
        await page.until(f"{ROOT}.querySelector('.notice').textContent.startsWith('This file was not taken')")
        assert len(await desk.messages()) == 1


async def test_what_was_written_offline_survives_the_page_and_is_sent_once(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        await arrive(page, shop)
        await open_panel(page)
        await say(page, "First")
        await page.until(state_of("First", "delivered"))
        await page.offline(cut=True)
        for text in ("Second", "Third"):
            await say(page, text)
        await page.until("Object.keys(localStorage).filter(name => name.includes(':outbox:')).length === 2")
        await page.goto("about:blank")
        await page.offline(cut=False)
        await arrive(page, shop)
        await page.until(f"{texts()}.length === 4")
        await open_panel(page)
        await page.until(state_of("Third", "delivered"))
        assert await page.evaluate(texts()) == ["Welcome!", "First", "Second", "Third"]
        assert sorted(message["text"] for message in await desk.messages()) == ["First", "Second", "Third"]


async def test_a_signed_in_visitor_is_a_verified_contact_and_signing_out_leaves_nothing_to_see(desk: Desk, tmp_path: Path) -> None:
    known = {"network": "crm", "external_id": "crm-1", "name": "Nora Feld", "emails": [{"value": "nora@feld.example", "verified": True}]}
    made = await desk.request("POST", "/v1/profiles", known)
    assert made.status_code in {200, 201}, made.text
    async with visited(desk, tmp_path) as (page, shop):
        shop.sign_in("customer-77", email="nora@feld.example", name="Nora Feld")
        await arrive(page, shop)
        await open_panel(page)
        await say(page, "Where is my order?")
        await page.until(state_of("Where is my order?", "delivered"))

        async def one_contact() -> Any:
            (contact,) = (await desk.graphql(CONTACTS))["contacts"]["nodes"]
            return contact if len(contact["profiles"]) == 2 else None

        contact: Any = await until(one_contact)
        assert {profile["network"] for profile in contact["profiles"]} == {"crm", "webchat"}

        await page.press("Escape", code=27)
        await page.until(f"{ROOT}.activeElement === {ROOT}.querySelector('.launcher')")
        await answer(desk, "It left today.")
        await page.until(f"{ROOT}.querySelector('.badge').textContent === '1'")
        assert await page.evaluate(f"{ROOT}.querySelector('.launcher').getAttribute('aria-label')") == "Open chat, 1 new"

        await page.evaluate("document.querySelector('rapport-chat').signOut()")
        await page.until(f"{texts()}.length === 1")
        shop.element = "<rapport-chat></rapport-chat>"
        await arrive(page, shop)
        await open_panel(page)
        await say(page, "Somebody else")
        await page.until(state_of("Somebody else", "delivered"))
        assert await page.evaluate(texts()) == ["Welcome!", "Somebody else"]
        shop.sign_in("customer-77", email="nora@feld.example")
        await arrive(page, shop)
        await open_panel(page)
        await page.until(f"{texts()}.length === 3")
        assert await page.evaluate(texts()) == ["Welcome!", "Where is my order?", "It left today."]
        assert page.complaints == []


async def test_the_site_is_asked_for_an_identity_once_and_one_that_does_not_hold_is_tried_once(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        shop.sign_in("customer-78", email="vera@feld.example")
        identity = shop.element.split('"')[1]
        shop.element = "<rapport-chat></rapport-chat>"
        await arrive(page, shop)
        given = f"() => {{ window.asked = (window.asked ?? 0) + 1; return {json.dumps(identity)}; }}"
        await page.evaluate(f"void (document.querySelector('rapport-chat').identity = {given})")
        await open_panel(page)
        for text in ("One", "Two"):
            await say(page, text)
            await page.until(state_of(text, "delivered"))
        assert await page.evaluate("window.asked") == 1
        assert page.complaints == []

        shop.secret = "wcs_another-secret-altogether-000000000000000000"
        shop.sign_in("customer-79")
        await arrive(page, shop)
        await open_panel(page)
        for text in ("Three", "Four"):
            await say(page, text)
            await page.until(state_of(text, "delivered"))
        assert await page.evaluate(texts()) == ["Welcome!", "Three", "Four"]
        assert len(page.complaints) == 1
        assert "401" in page.complaints[0]


async def test_the_panel_reads_from_right_to_left_fills_a_small_screen_and_says_what_it_is(desk: Desk, tmp_path: Path) -> None:
    async with visited(desk, tmp_path) as (page, shop):
        strings = json.dumps({"open": "\u0641\u062a\u062d", "send": "\u0625\u0631\u0633\u0627\u0644"})
        shop.element = f"<div dir=rtl><rapport-chat heading=\u0645\u0631\u062d\u0628\u0627 strings='{strings}'></rapport-chat></div>"
        await arrive(page, shop)
        assert await page.evaluate(f"{ROOT}.querySelector('.launcher').getAttribute('aria-label')") == "\u0641\u062a\u062d"
        assert await page.evaluate(f"{ROOT}.querySelector('.launcher').getBoundingClientRect().left < 100")
        await open_panel(page)
        assert await page.evaluate(f"{ROOT}.querySelector('h2').textContent") == "\u0645\u0631\u062d\u0628\u0627"
        named = f"{ROOT}.getElementById({ROOT}.querySelector('[role=dialog]').getAttribute('aria-labelledby'))"
        assert await page.evaluate(f"{named} === {ROOT}.querySelector('h2')")
        await page.resize(360, 640)
        await page.until(f"{ROOT}.querySelector('.panel').getBoundingClientRect().width === 360")
        assert await page.evaluate(f"{ROOT}.querySelector('.panel').getBoundingClientRect().height") == 640
        assert await page.evaluate(f"getComputedStyle({ROOT}.querySelector('.launcher')).display") == "none"
        assert page.complaints == []


async def arrive(page: Page, shop: Shop) -> None:
    """Open the shop's page and wait for the button."""
    await page.goto(shop.origin)
    await page.until("document.title === 'Shop'")
    await page.until("document.querySelector('rapport-chat')?.shadowRoot?.querySelector('.launcher[aria-expanded=false]')")


async def open_panel(page: Page) -> None:
    """Press the button; the cursor then stands where one writes."""
    await page.until("document.querySelector('rapport-chat')?.shadowRoot?.querySelector('.launcher')")
    await page.evaluate(f"{ROOT}.querySelector('.launcher').click()")
    await page.until(f"{ROOT}.activeElement === {ROOT}.querySelector('textarea')")


async def say(page: Page, text: str) -> None:
    """Write and press Enter."""
    await page.write(text)
    await page.press("Enter", code=13)


async def answer(desk: Desk, text: str) -> str:
    """A member's reply through GraphQL to the newest conversation; its id for REST."""
    conversation = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"][0]
    wanted = {"conversationId": conversation["id"], "text": text, "version": conversation["version"]}
    posted = (await desk.graphql(POST, input=wanted))["postReply"]
    assert posted["__typename"] == "ReplyPosted"
    for message in await desk.messages():
        if message["text"] == text:
            return str(message["reply"]["id"])
    raise AssertionError(text)


def choose(name: str, content: bytes) -> str:
    """The JavaScript of choosing a file in the panel."""
    file = f"new File([new Uint8Array({list(content)})], {json.dumps(name)})"
    chosen = f"const chosen = new DataTransfer(); chosen.items.add({file})"
    shown = f"const field = {ROOT}.querySelector('input[type=file]'); field.files = chosen.files"
    return f"{{ {chosen}; {shown}; field.dispatchEvent(new Event('change')); }} undefined"


def texts() -> str:
    """The JavaScript of what the panel shows, without who says it."""
    return f"[...{ROOT}.querySelectorAll('li .text')].map(text => text.lastChild.textContent)"


def shows(text: str) -> str:
    """Whether the panel shows this."""
    return f"{texts()}.includes({json.dumps(text)})"


def state_of(text: str, state: str) -> str:
    """Whether the panel shows this in this state."""
    return f"[...{ROOT}.querySelectorAll('li[data-state={state}] .text')].some(text => text.lastChild.textContent === {json.dumps(text)})"


def asked_hosts(page: Page) -> set[str]:
    """Every host that the tab asked for anything."""
    return {urlsplit(each).netloc for each in page.requests if not each.startswith(("data:", "about:"))}
