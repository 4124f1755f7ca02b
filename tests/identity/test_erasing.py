"""W13 in identity: what goes with a person, what stays of them, and that no table is forgotten."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from services.contracts.vocabulary import Role
from services.identity.statements import erasing as identity
from tests.identity.service import Service

_NAMING = """
SELECT DISTINCT c.table_name AS name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = 'identity' AND c.column_name ~ '(^|_)(profile|contact|survivor|absorbed)_id$'
"""


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def test_w13_no_table_that_names_a_person_is_forgotten(owner: asyncpg.Connection) -> None:
    """Whoever adds one adds the statement that empties it, or says why it may stay."""
    named = {row["name"] for row in await owner.fetch(_NAMING)}
    known = {table for _, table, _ in (*identity.REMOVALS, *identity.OF_CONTACTS)} | identity.KEPT.keys()
    assert named - known == set(), "put it into services/identity/statements/erasing.py"
    # What goes to partners names people only inside.
    assert known - named <= {"profile", "contact", "webhook_delivery"}, "these are gone"


async def test_w13_who_is_held_is_not_erased_and_who_is_not_is_gone_at_once(service: Service) -> None:
    """The refusal says who set the hold; lifted, the contact goes with its profiles, and a repetition is answered as the first time."""
    token = await service.begin("acme")
    known = {"network": "crm", "external_id": "7", "name": "Kim", "emails": [{"value": "kim@lund.example", "verified": True}]}
    contact = (await service.ask("POST", "/v1/profiles", known, token=token)).body["contact_id"]
    path = f"/v1/contacts/{contact}"
    me = (await service.ask("GET", "/v1/me", token=token)).body["member"]["id"]
    held = await service.ask("PUT", f"{path}/hold", {"reason": "a dispute"}, token=token)
    assert (held.status, held.body["set_by"]) == (200, me)

    refused = await service.ask("POST", f"{path}/erasures", {}, token=token)

    assert (refused.status, refused.body["code"], refused.body["set_by"]) == (409, "contact_held", me)
    assert (await service.ask("GET", path, token=token)).status == 200
    assert (await service.ask("DELETE", f"{path}/hold", token=token)).status == 204
    assert (await service.ask("GET", f"{path}/hold", token=token)).status == 404
    asked = [await service.ask("POST", f"{path}/erasures", {}, token=token, headers=[("idempotency-key", "k-1")]) for _ in range(2)]
    assert [each.status for each in asked] == [202, 202]
    assert asked[0].body["id"] == asked[1].body["id"]
    assert {each["service"] for each in asked[0].body["services"]} == {"identity", "engagement", "routing"}
    assert (await service.ask("GET", path, token=token)).status == 404
    assert (await service.ask("GET", "/v1/contacts?q=kim@lund.example", token=token)).body["items"] == []


async def test_w13_only_administrators_erase_export_and_hold(service: Service) -> None:
    """Agents see people; they do not take them out."""
    await service.begin("bolt")
    await service.add_member("bolt", "ana", Role.AGENT)
    token = await service.token("bolt", "ana")
    nobody = f"/v1/contacts/{UUID(int=1)}"

    for method, path in (
        ("POST", f"{nobody}/erasures"),
        ("GET", f"{nobody}/export"),
        ("DELETE", f"{nobody}/hold"),
        ("GET", "/v1/erasures"),
    ):
        assert (await service.ask(method, path, {} if method == "POST" else None, token=token)).status == 403
