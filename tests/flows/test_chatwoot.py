"""A Chatwoot moves in (W12): its file goes in at the public port, and its people have their history, and nobody any work."""

from typing import Any

import pytest

from tests import chatwoot
from tests.flows.product import Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]

CONTACTS = """
{ contacts(first: 10) { nodes {
    name
    profiles { network externalId }
    labels { name }
    timeline(first: 10) { nodes { kind direction text occurredAt ledger channel { name } triage { discipline } task { why } } }
} } }
"""


async def _import(desk: Desk) -> dict[str, Any]:
    headers = await desk.headers(**{"content-type": "application/octet-stream"})
    begun = await desk.product.http.post("/v1/imports?kind=chatwoot", content=chatwoot.lines(), headers=headers)
    assert begun.status_code == 201, begun.text

    async def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = await desk.read(f"/v1/imports/{begun.json()['id']}")
        return told if told["finished_at"] else None

    return await until(ended, seconds=30) or {}


async def test_w12_a_chatwoots_people_keep_their_history_and_nobody_has_work(desk: Desk) -> None:
    told = await _import(desk)
    assert (told["state"], told["rows_done"], told["rows_refused"]) == ("done", len(chatwoot.WHOLE), 0)

    async def whole() -> dict[str, dict[str, Any]] | None:
        found = {each["name"]: each for each in (await desk.graphql(CONTACTS))["contacts"]["nodes"]}
        said = [each for contact in found.values() for each in contact["timeline"]["nodes"]]
        spoken = [each for each in said if each["direction"] == "INBOUND" and each["text"]]
        return found if len(said) == 6 and spoken and all(each["triage"] for each in spoken) else None

    found = await until(whole, seconds=30) or {}
    kim = found["Kim Lu"]
    assert {each["network"] for each in kim["profiles"]} == {"chatwoot", "whatsapp", "webchat"}
    assert [each["name"] for each in kim["labels"]] == ["vip"]
    assert [(each["kind"], each["direction"], each["text"], each["channel"]["name"]) for each in kim["timeline"]["nodes"]] == [
        ("DIRECT", "INBOUND", "STOP", "Website (Chatwoot)"),
        ("DIRECT", "INBOUND", None, "Shop (Chatwoot)"),
        ("DIRECT", "OUTBOUND", "On its way", "Shop (Chatwoot)"),
        ("NOTE", "OUTBOUND", "Kim is a good customer", "Shop (Chatwoot)"),
        ("DIRECT", "INBOUND", "Where is my lamp?", "Shop (Chatwoot)"),
    ]
    assert all(each["task"] is None for contact in found.values() for each in contact["timeline"]["nodes"])
    assert (await desk.read("/v1/tasks"))["items"] == []
    assert (await desk.read("/v1/ledger"))["owed"] == 0

    await _import(desk)
    assert len(await desk.messages()) == 6
