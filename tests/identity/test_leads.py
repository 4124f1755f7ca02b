"""A contact is handed over to an outside CRM, and its status comes back (W14): accepted, rejected and why, won, lost."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from services.contracts.ids import WorkspaceId
from services.kit.db import Database
from tests.identity.service import Service
from tests.identity.test_facts import changed, person


async def handed(service: Service, token: str, contact: str) -> dict[str, Any]:
    told = await service.ask("POST", f"/v1/contacts/{contact}/leads", {"system": "hubspot", "brief": " Forty people "}, token=token)
    assert told.status == 201, told.body
    return dict(told.body)


async def test_w14_a_lead_is_handed_over_and_its_status_comes_back(service: Service, database: Database) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)
    lead = await handed(service, token, contact)
    path = f"/v1/leads/{lead['id']}/status"

    accepted = await service.ask("POST", path, {"state": "accepted", "external_id": "77", "url": "https://crm.example/77"}, token=token)
    again = await service.ask("POST", path, {"state": "accepted", "external_id": "77"}, token=token)
    won = await service.ask("POST", path, {"state": "won"}, token=token)
    late = await service.ask("POST", path, {"state": "lost", "reason": "no"}, token=token)

    assert (lead["state"], lead["brief"], lead["contact_id"], lead["version"]) == ("handed_over", "Forty people", contact, 1)
    assert (accepted.body["state"], accepted.body["external_id"], accepted.body["version"]) == ("accepted", "77", 2)
    assert again.body == accepted.body
    assert (won.body["state"], won.body["external_id"], won.body["url"]) == ("won", "77", "https://crm.example/77")
    assert (late.status, late.body["code"], late.body["state"]) == (409, "lead_closed", "won")
    for shown in (f"/v1/contacts/{contact}/leads", "/v1/leads"):
        assert (await service.ask("GET", shown, token=token)).body["items"] == [won.body]
    assert (await service.ask("GET", f"/v1/leads/{lead['id']}", token=token)).headers["etag"] == '"3"'
    me = await service.ask("GET", "/v1/me", token=token)
    assert await _published(database, WorkspaceId(UUID(me.body["workspace"]["id"]))) == [
        ("identity.lead.handed_over", None, 1),
        ("identity.lead.status_changed", "accepted", 2),
        ("identity.lead.status_changed", "won", 3),
    ]


@pytest.mark.parametrize(
    ("body", "seen", "status"),
    [({"state": "rejected"}, None, 422), ({"state": "maybe"}, None, 422), ({"state": "accepted"}, 7, 412)],
)
async def test_a_status_that_cannot_be_changes_nothing(service: Service, body: object, seen: int | None, status: int) -> None:
    token = await service.begin("acme")
    lead = await handed(service, token, await person(service, token))

    told = await changed(service, token, "POST", f"/v1/leads/{lead['id']}/status", body, seen=seen)

    assert told.status == status
    assert (await service.ask("GET", f"/v1/leads/{lead['id']}", token=token)).body == lead


async def test_w14_a_rejected_lead_says_why_and_can_be_handed_over_anew(service: Service) -> None:
    token = await service.begin("acme")
    contact = await person(service, token)
    lead = await handed(service, token, contact)

    told = await service.ask("POST", f"/v1/leads/{lead['id']}/status", {"state": "rejected", "reason": "No budget"}, token=token)
    second = await handed(service, token, contact)

    assert (told.body["state"], told.body["reason"]) == ("rejected", "No budget")
    listed = await service.ask("POST", "/internal/leads/by-contact-ids", {"ids": [contact]}, token=token)
    assert [each["id"] for each in listed.body[0]] == [second["id"], lead["id"]]


async def _published(database: Database, workspace: WorkspaceId) -> list[tuple[str, str | None, int]]:
    async with database.transaction(workspace) as connection:
        rows = await connection.fetch("SELECT type, data FROM outbox WHERE type LIKE 'identity.lead%' ORDER BY id")
    told = [(row["type"], orjson.loads(row["data"])) for row in rows]
    return [(type_, data.get("state"), data["version"]) for type_, data in told]
