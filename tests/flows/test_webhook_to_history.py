"""Webhooks come in at the gateway and become one person's history, once, whatever their order and number."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.flows.product import Desk, Product
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]

MARIA = {"id": 77_001, "first_name": "Maria", "last_name": "Lund", "language_code": "en"}
EMAIL = {"value": "maria@lund.example", "verified": True}
CONTACTS = """
{ contacts(first: 10) { nodes {
    name
    profiles { network externalId linkedBy }
    timeline(first: 10) { nodes { platform kind text ledger channel { platform } triage { discipline } task { why } } }
} } }
"""


async def test_two_networks_become_one_contacts_history(desk: Desk) -> None:
    bot, partner = await desk.connect_telegram(), await desk.connect_inlet()
    platforms = desk.product.platforms
    sent = await platforms.telegram_message(bot.account, person=MARIA, text="My order has not arrived, please help.")
    author = {"network": "crm", "external_id": "m-lund", "name": "Maria Lund", "emails": [EMAIL]}
    written = await platforms.inlet_events(partner.account, events=[event("mail-1", text="Still waiting for my order!", author=author)])
    assert (sent["acked"], written["acked"]) == (True, True)
    vouched = {"network": "telegram", "external_id": str(MARIA["id"]), "name": "Maria Lund", "emails": [EMAIL]}
    assert (await desk.request("POST", "/v1/profiles", vouched)).status_code == 200

    async def united() -> dict[str, Any] | None:
        contacts = (await desk.graphql(CONTACTS))["contacts"]["nodes"]
        complete = len(contacts) == 1 and all(node["task"] and node["triage"] for node in contacts[0]["timeline"]["nodes"])
        return contacts[0] if complete and len(contacts[0]["timeline"]["nodes"]) == 2 else None

    contact = await until(united) or {}
    assert contact["name"] == "Maria Lund"
    assert {(profile["network"], profile["externalId"]) for profile in contact["profiles"]} == {("crm", "m-lund"), ("telegram", "77001")}
    timeline = contact["timeline"]["nodes"]
    assert {(node["platform"], node["channel"]["platform"], node["kind"], node["text"]) for node in timeline} == {
        ("telegram", "telegram", "DIRECT", "My order has not arrived, please help."),
        ("inlet", "inlet", "DIRECT", "Still waiting for my order!"),
    }
    assert [node["ledger"] for node in timeline] == ["OWED", "OWED"]


@pytest.mark.parametrize(("times", "at_once"), [(5, 1), (20, 20)])
async def test_e2_redelivery_is_one_message_and_one_event(desk: Desk, times: int, at_once: int) -> None:
    bot = await desk.connect_telegram()
    update = {"update_id": 4_200, "message": message(1, "Do you ship to Oslo?")}
    slots = asyncio.Semaphore(at_once)

    async def deliver() -> int:
        async with slots:
            headers = {"x-telegram-bot-api-secret-token": bot.secret}
            return (await desk.product.http.post(bot.webhook_url, json=update, headers=headers)).status_code

    assert await asyncio.gather(*(deliver() for _ in range(times))) == [200] * times
    await desk.product.platforms.telegram_message(bot.account, person=MARIA, text="the last one")

    async def texts() -> list[str] | None:
        found = [each["text"] for each in await desk.messages()]
        return found if "the last one" in found else None

    assert sorted(await until(texts) or []) == ["Do you ship to Oslo?", "the last one"]
    assert await received_events(desk) == 2


async def test_every_order_of_edits_and_deletion_converges(desk: Desk) -> None:
    partner = await desk.connect_inlet()

    async def tell(name: str, order: Sequence[int]) -> None:
        story = [
            event(name, text="first words"),
            change("edit", name, 1, text="second words"),
            change("edit", name, 2, text="third words"),
            change("deletion", name, 3),
        ]
        for place in order:
            assert (await desk.product.platforms.inlet_events(partner.account, events=[story[place]]))["acked"]

    edited = {f"edited-{n}": order for n, order in enumerate(itertools.permutations(range(3)))}
    deleted = {f"deleted-{n}": order for n, order in enumerate(itertools.permutations(range(4)))}
    await asyncio.gather(*(tell(name, order) for name, order in (edited | deleted).items()))

    async def settled() -> dict[str, tuple[str | None, bool]] | None:
        if await desk.journal_states() != {"done"}:
            return None
        return {each["external_id"]: (each["text"], each["deleted_at"] is not None) for each in await desk.messages()}

    assert await until(settled) == dict.fromkeys(edited, ("third words", False)) | dict.fromkeys(deleted, (None, True))


async def test_e2_foreign_signature_and_unknown_address_store_nothing(desk: Desk, everything: Product) -> None:
    bot = await desk.connect_telegram()
    update = {"update_id": 1, "message": message(1, "forged")}
    forged = await everything.http.post(bot.webhook_url, json=update, headers={"x-telegram-bot-api-secret-token": "wrong"})
    nowhere = await everything.http.post("/webhooks/no-such-channel", json=update)
    assert (forged.status_code, nowhere.status_code) == (401, 404)
    assert (await desk.read("/v1/journal"))["items"] == []


def message(number: int, text: str) -> dict[str, Any]:
    """A private message of Maria's as the Bot API writes it."""
    chat = {"id": MARIA["id"], "type": "private", "first_name": "Maria"}
    return {
        "message_id": number,
        "date": int(datetime.now(UTC).timestamp()),
        "chat": chat,
        "from": {**MARIA, "is_bot": False},
        "text": text,
    }


def event(name: str, **parts: Any) -> dict[str, Any]:
    """A direct message as the inlet takes it."""
    author = {"network": "crm", "external_id": "kim-1", "name": "Kim"}
    return {"id": name, "kind": "direct", "occurred_at": datetime.now(UTC).isoformat(), "author": author, **parts}


def change(kind: str, target: str, seconds: int, **parts: Any) -> dict[str, Any]:
    """An edit or a deletion, as many seconds after now."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"id": f"{kind}-{target}-{seconds}", "kind": kind, "occurred_at": at.isoformat(), "target": target, **parts}


async def received_events(desk: Desk) -> int:
    """How many interactions engagement has told the others of, in this workspace."""
    owner = await asyncpg.connect(desk.product.environment["DATABASE_URL_ENGAGEMENT"], timeout=10)
    try:
        counted: int = await owner.fetchval(
            "SELECT count(*) FROM engagement.outbox WHERE workspace_id = $1 AND type = 'engagement.interaction.received'",
            desk.workspace_id,
        )
    finally:
        await owner.close()
    return counted
