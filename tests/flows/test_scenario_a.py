"""W1, W4, W5, W6, W9, G1, G4: a union, and a merge taken back. Every word of the scenario, through public doors alone.

It is played twice: clean, and with every webhook delivered twice and shuffled while each process is killed once. What is answered is equal.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flows.product import Connected, Product
from tests.flows.senders import ORIGIN, Listening, Post, Visitor, facebook_comment, inlet, telegram
from tests.flows.stage import (
    ACCEPT,
    FORBID,
    JOURNAL,
    MERGE,
    PEOPLE,
    PREVIEW,
    REPLY,
    SEE_SECONDS,
    STORM_SECONDS,
    SUGGESTIONS,
    THREADS,
    TIMELINE,
    UNDO,
    Stage,
    normalised,
)
from tests.flows.test_kills import sends
from tests.flows.waiting import until
from tests.serving import served

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

CRM = """id,name,verified e-mail,e-mail,phone
1,Maria Lopez,maria.lopez@example.com,,+34600111222
2,Juan Lopez,,,+34600111222
3,Ana Ruiz,,info@acme-supplier.example,
"""
FOLLOWERS = """handle,name,bio
maria_lopez_art,Maria Lopez,"ceramics, Valencia"
old.oak.records,Old Oak Records,vinyl
tomek_climbs,Tomek Zielinski,bouldering
n0va_7712,,
"""


async def test_a_union_and_a_merge_taken_back_clean_and_in_a_storm(everything: Product) -> None:
    clean = await played(everything, copies=1, kills=[])
    storm = await played(everything, copies=2, kills=["identity", "engagement", "routing", "gateway-1", "gateway-2"])
    assert normalised(storm) == normalised(clean)


async def played(product: Product, *, copies: int, kills: list[str]) -> dict[str, Any]:
    await product.platforms.behave()
    partner = Listening()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(partner))
        stage = await staged(product, partner, copies=copies, kills=kills)
        await told_to(stage, url)
        await the_lists_come_in(stage)
        await a_signed_in_visitor_is_maria(stage)
        await three_strangers_write(stage)
        maria = await the_follower_is_maria(stage)
        await a_mistake_and_its_end(stage, maria)
        await the_partner_heard(stage)
        assert kills == []
        return stage.told


async def staged(product: Product, partner: Listening, *, copies: int, kills: list[str]) -> Stage:
    desk = await product.desk()
    base = product.platforms.url
    page = await desk.connect(
        "facebook",
        credentials={"token": "t" * 24, "signing_secret": "s" * 32},
        config={"account": "100100", "api_base": f"{base}/facebook"},
    )
    chat = await desk.connect("webchat", credentials={}, config={"origins": ORIGIN, "account": "shop.example"})
    return Stage(
        product=product,
        desk=desk,
        post=Post(product.http, copies, STORM_SECONDS),
        kills=kills,
        partner=partner,
        telegram=await desk.connect_telegram(),
        facebook=Connected(page["channel"]["id"], product.url + page["channel"]["webhook_path"], "s" * 32, "100100"),
        inlet=await desk.connect_inlet(),
        chat=Connected(chat["channel"]["id"], product.url + chat["channel"]["webhook_path"], chat["signing_secret"], "shop.example"),
    )


async def told_to(stage: Stage, url: str) -> None:
    """The partner wants to hear of merges."""
    types = ["identity.contact.merged", "identity.contact.split"]
    made = await stage.desk.request("POST", "/v1/webhook-endpoints", {"url": url, "types": types})
    assert made.status_code == 201, made.text
    stage.partner.secret = (await stage.desk.read(f"/v1/webhook-endpoints/{made.json()['id']}/secret"))["secret"]


async def the_lists_come_in(stage: Stage) -> None:
    await imported(stage, "name=crm.csv&map=verified+e-mail=verified_email", CRM)
    await imported(stage, "name=followers.csv&kind=followers&network=instagram&of=17841400000000000", FOLLOWERS)
    people = await stage.people(7)
    followers = [each for each in people.values() if each["knownBy"] == ["FOLLOWED"]]
    assert len(followers) == 4
    assert stage.told["people 0"][0] == {
        "total": 7,
        "capped": False,
        "only": [{"encounter": "FOLLOWED", "count": 4}, {"encounter": "RECORDED", "count": 3}],
    }
    assert people["crm:1"]["id"] != people["crm:2"]["id"]
    juan = people["crm:2"]["id"]
    await stage.does(FORBID, "ContactChanged", contactId=juan, doNotContact=True, reason="asked us on the phone", network="telegram")
    await imported(stage, "name=crm.csv&map=verified+e-mail=verified_email", CRM)
    again = await stage.people(7)
    assert [each["network"] for each in again["crm:2"]["doNotContact"]] == ["telegram"]
    assert again["crm:1"]["doNotContact"] == []


async def imported(stage: Stage, query: str, content: str) -> None:
    headers = await stage.desk.headers(**{"content-type": "application/octet-stream"})
    begun = await stage.product.http.post(f"/v1/imports?{query}", content=content.encode(), headers=headers)
    assert begun.status_code == 201, begun.text

    async def done() -> dict[str, Any] | None:
        found: dict[str, Any] = await stage.desk.read(f"/v1/imports/{begun.json()['id']}")
        return found if found["finished_at"] else None

    job = await until(done) or {}
    assert (job["state"], job["rows_refused"]) == ("done", 0), job


async def a_signed_in_visitor_is_maria(stage: Stage) -> None:
    """Whom the site vouches for by a verified address is the one of the CRM."""
    visitor = Visitor(stage.product.http, stage.chat)
    writing = visitor.write(
        "Is the blue bowl back?", subject="cust-9", copies=stage.post.copies, email="maria.lopez@example.com", name="Maria"
    )
    await asyncio.gather(writing, stage.struck("identity"))

    async def linked() -> dict[str, Any] | None:
        maria = (await stage.asks(PEOPLE, after=None))["contacts"]["nodes"]
        return next((each for each in maria if {"crm", "webchat"} == {one["network"] for one in each["profiles"]}), None)

    await until(linked, seconds=SEE_SECONDS)
    maria = (await stage.people(7))["crm:1"]
    (chat,) = [each for each in maria["profiles"] if each["network"] == "webchat"]
    assert "e-mail" in chat["explanation"], chat
    assert maria["knownBy"] == ["WROTE", "RECORDED"]


async def three_strangers_write(stage: Stage) -> None:
    """Two of them look like people whom the company knows, and are not joined: a first name, and a mailbox of a function."""
    at = stage.began
    writing = stage.post.send(
        telegram(stage.telegram, update=7001, person={"id": 551, "first_name": "Maria", "last_name": "L"}, text="hola!", at=at - 40),
        facebook_comment(stage.facebook, id_="31", post="77", person={"id": "90210", "name": "Ana"}, text="So pretty", at=at - 30),
        inlet(
            stage.inlet,
            {
                "id": "n-1",
                "kind": "direct",
                "occurred_at": datetime.fromtimestamp(at - 20, tz=UTC).isoformat(),
                "text": "Please send us your catalogue",
                "author": {"network": "shop", "external_id": "c-1", "emails": [{"value": "info@acme-supplier.example", "verified": False}]},
            },
        ),
    )
    await asyncio.gather(writing, stage.struck("engagement", "gateway-1"))
    people = await stage.people(10)
    assert all(len(each["profiles"]) == 1 for key, each in people.items() if key != "crm:1")
    (mailbox,) = people["shop:c-1"]["profiles"][0]["identifiers"]
    assert "role mailbox" in mailbox["unfit"].lower()
    assert people["telegram:551"]["name"] == "Maria L"


async def the_follower_is_maria(stage: Stage) -> str:
    """What is proposed is accepted; her history then holds what lists said and what she said, in order of time."""
    asked = await proposed(stage)
    assert 0 < asked["score"] < 1
    assert asked["evidence"]
    assert asked["explanation"]
    between = sorted(each["externalId"] for each in (asked["profile"], asked["otherProfile"]))
    stage.told["suggestion"] = [asked["score"], asked["evidence"], asked["explanation"], between]
    sides = {each["id"] for each in (asked["contact"], asked["otherContact"])}
    maria = (await stage.people(10))["crm:1"]["id"]
    assert maria in sides
    await stage.does(ACCEPT, "ContactsRedrawn", suggestionId=asked["id"], survivorId=maria, reason="Same shop, same bowls")
    people = await stage.people(9)
    assert people["crm:1"]["id"] == maria
    history = await stage.timeline(maria, 3)
    assert [(each["kind"], each["profile"]["network"]) for each in history] == [
        ("DIRECT", "webchat"),
        ("FOLLOW", "instagram"),
        ("RECORD", "crm"),
    ]
    assert all(each["contact"]["name"] == "Maria Lopez" for each in history)
    return str(maria)


async def proposed(stage: Stage) -> dict[str, Any]:
    """The suggestion about the follower and the row of the CRM."""
    wanted = {("instagram", "maria_lopez_art"), ("crm", "1")}

    async def there() -> dict[str, Any] | None:
        for each in (await stage.asks(SUGGESTIONS))["suggestions"]["nodes"]:
            if {(one["network"], one["externalId"]) for one in (each["profile"], each["otherProfile"])} == wanted:
                return dict(each)
        return None

    return await until(there, seconds=SEE_SECONDS) or {}


async def a_mistake_and_its_end(stage: Stage, maria: str) -> None:
    """The stranger of the same first name is taken for her, is answered, writes on, and is parted again."""
    before = await stage.timeline(maria, 3)
    stranger = (await stage.people(9))["telegram:551"]["id"]
    preview = (await stage.asks(PREVIEW, one=maria, other=stranger))["mergePreview"]
    assert {"1", "551", "maria_lopez_art"} < {each["externalId"] for each in preview["profiles"]}
    merge = await stage.does(MERGE, "ContactsRedrawn", contactId=maria, otherContactId=stranger, survivorId=maria, reason="Surely her")
    people = await stage.people(8)
    assert people["crm:1"]["doNotContact"] == []
    await reply_to_551(stage, maria)
    await old_id_answers(stage, stranger, maria)
    person = {"id": 551, "first_name": "Maria", "last_name": "L"}
    writing = stage.post.send(
        telegram(stage.telegram, update=7002, person=person, text="gracias!", at=stage.began - 3),
        telegram(stage.telegram, update=7003, person=person, text="and by when?", at=stage.began - 2),
    )
    await asyncio.gather(writing, stage.struck("routing", "gateway-2"))
    await stage.timeline(maria, 7)
    await stage.does(UNDO, "ContactsRedrawn", mergeId=merge["merge"]["id"], reason="Another Maria")
    people = await stage.people(9)
    assert await stage.timeline(maria, 3) == before
    parted = await stage.timeline(people["telegram:551"]["id"], 4)
    assert people["telegram:551"]["id"] == stranger
    assert sorted(each["text"] for each in parted) == ["We send it on Monday.", "and by when?", "gracias!", "hola!"]
    assert sorted(people["crm:1"].items()) == sorted(before_people(stage)["crm:1"].items())
    await journal(stage, maria, stranger)
    await not_proposed_again(stage)
    sent = [each for each in sends(stage.desk, stage.telegram) if each["accepted"]]
    assert [each["text"] for each in sent] == ["We send it on Monday."]


def before_people(stage: Stage) -> dict[str, dict[str, Any]]:
    """The contacts as they were listed last before the mistake."""
    listed = [value for key, value in stage.told.items() if key.startswith("people")]
    return dict(next(each for counts, each in listed if counts["total"] == 9))


async def reply_to_551(stage: Stage, maria: str) -> None:
    """In Maria's timeline, to the account of the stranger."""
    person = {"id": 551, "first_name": "Maria", "last_name": "L"}
    await stage.product.platforms.drop_telegram_message(stage.telegram.account, person=person, text="the chat is known there")

    async def thread() -> str | None:
        found = (await stage.asks(THREADS, id=maria))["contact"]["conversations"]
        return next((str(each["id"]) for each in found if each["platform"] == "telegram"), None)

    conversation = await until(thread, seconds=SEE_SECONDS)
    await stage.does(REPLY, "ReplyPosted", conversationId=conversation, text="We send it on Monday.")
    await stage.timeline(maria, 5)


async def old_id_answers(stage: Stage, stranger: str, maria: str) -> None:
    assert (await stage.asks(TIMELINE, id=stranger))["contact"]["id"] == maria
    ids = {each["id"]: each["name"] for each in await stage.desk.list_all("/v1/contacts")}
    assert len(ids) == 8


async def journal(stage: Stage, *contacts: str) -> None:
    """Who, when, why, and who took it back."""
    for contact in contacts:
        merges = (await stage.asks(JOURNAL, id=contact))["contact"]["merges"]["nodes"]
        mistake = next(each for each in merges if each["reason"] == "Surely her")
        assert (mistake["kind"], mistake["by"]["name"], mistake["undoneBy"]["name"]) == ("merge", "Sol", "Sol")
        assert mistake["createdAt"] < mistake["undoneAt"]
        assert mistake["profiles"] == [{"network": "telegram", "externalId": "551"}]
        stage.told[f"journal {len(stage.told)}"] = merges


async def not_proposed_again(stage: Stage) -> None:
    asked = (await stage.asks(SUGGESTIONS))["suggestions"]["nodes"]
    pairs = [{one["externalId"] for one in (each["profile"], each["otherProfile"])} for each in asked]
    assert not any("551" in pair and pair & {"1", "maria_lopez_art"} for pair in pairs)


async def the_partner_heard(stage: Stage) -> None:
    """Of the accepted suggestion, the mistake and its end: once each."""

    async def all_of_it() -> bool:
        return len(stage.partner.events) >= 3

    await until(all_of_it, seconds=SEE_SECONDS)
    merged, split = (stage.partner.of_type(f"identity.contact.{each}") for each in ("merged", "split"))
    assert (len(merged), len(split)) == (2, 1)
    assert split[0]["data"]["merge_id"] in {each["data"]["merge_id"] for each in merged}
    await old_ids_have_the_history(stage, merged)


async def old_ids_have_the_history(stage: Stage, merged: Sequence[dict[str, Any]]) -> None:
    """By REST: 200, and a Link to the contact that answers."""
    (kept,) = [each["data"] for each in merged if await is_old(stage, each["data"]["absorbed_id"])]
    old = await stage.desk.request("GET", f"/v1/contacts/{kept['absorbed_id']}/timeline")
    present = await stage.desk.request("GET", f"/v1/contacts/{kept['survivor_id']}/timeline")
    assert (old.status_code, old.headers["link"]) == (200, f'</v1/contacts/{kept["survivor_id"]}/timeline>; rel="canonical"')
    assert old.json() == present.json()
    assert old.json()["items"]


async def is_old(stage: Stage, contact: str) -> bool:
    """Whether another contact answers for it."""
    return bool((await stage.desk.read(f"/v1/contacts/{contact}"))["id"] != contact)
