"""Members and their roles (G5, T7): over HTTP, on a real database."""

import asyncio
from datetime import timedelta

import pytest

from services.contracts.vocabulary import Role
from services.kit.db import Database
from tests.identity.service import PASSWORD, Service

NEW = {
    "email": "max@acme.example",
    "name": " Max ",
    "role": "agent",
    "password": PASSWORD,
    "disciplines": ["sales", "sales"],
    "languages": ["es", "pt-BR"],
}


async def test_an_administrator_adds_a_member_who_can_sign_in(service: Service) -> None:
    token = await service.begin("acme")

    made = await service.ask("POST", "/v1/members", NEW, token=token)
    seen = await service.ask("GET", f"/v1/members/{made.body['id']}", token=await service.token("acme", "max"))

    assert made.status == 201
    assert seen.body == made.body
    assert made.body | {"id": 0} == {
        "id": 0,
        "name": "Max",
        "email": "max@acme.example",
        "role": "agent",
        "disciplines": ["sales"],
        "languages": ["es", "pt-BR"],
        "active": True,
        "deputy_id": None,
        "absent_from": None,
        "absent_until": None,
        "successor_id": None,
    }


async def test_members_are_listed_page_by_page(service: Service) -> None:
    token = await service.begin("acme")
    for name in ("ana", "bo", "cy"):
        await service.add_member("acme", name, Role.AGENT)

    first = await service.ask("GET", "/v1/members?limit=3", token=token)
    second = await service.ask("GET", f"/v1/members?limit=3&after={first.body['next_cursor']}", token=token)

    assert [member["name"] for member in first.body["items"]] == ["Sol", "Ana", "Bo"]
    assert [member["name"] for member in second.body["items"]] == ["Cy"]
    assert second.body["next_cursor"] is None
    page = await service.ask("POST", "/internal/members/page", {"limit": 3}, token=token)
    rest = await service.ask("POST", "/internal/members/page", {"limit": 3, "after": page.body["cursors"][-1]}, token=token)
    assert page.body["items"] == first.body["items"]
    assert (rest.body["items"], page.body["has_next"], rest.body["has_next"]) == (second.body["items"], True, False)


async def test_an_address_belongs_to_one_member_of_a_workspace(service: Service) -> None:
    token = await service.begin("acme")
    other = await service.begin("bolt")
    await service.ask("POST", "/v1/members", NEW, token=token)

    again = await service.ask("POST", "/v1/members", NEW | {"email": " MAX@acme.example"}, token=token)
    elsewhere = await service.ask("POST", "/v1/members", NEW, token=other)

    assert (again.status, again.body["code"]) == (409, "email_taken")
    assert elsewhere.status == 201


async def test_a_repeated_request_adds_one_member(service: Service) -> None:
    token = await service.begin("acme")
    headers = [("idempotency-key", "one")]

    answers = [await service.ask("POST", "/v1/members", NEW, token=token, headers=headers) for _ in range(2)]

    assert answers[0].status == answers[1].status == 201
    assert answers[0].body == answers[1].body
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert len((await service.ask("GET", "/v1/members", token=token)).body["items"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "max"},
        {"email": "max@localhost"},
        {"name": "  "},
        {"role": "owner"},
        {"password": "short"},
        {"password": "x" * 201},
        {"disciplines": ["cooking"]},
        {"languages": ["Spanish!"]},
        {"workspace_id": "01a2f7c0-0000-7000-8000-000000000000"},
        {"active": True},
    ],
)
async def test_a_malformed_member_is_refused_and_not_added(service: Service, wrong: dict[str, object]) -> None:
    token = await service.begin("acme")

    told = await service.ask("POST", "/v1/members", NEW | wrong, token=token)

    assert told.status == 422
    assert PASSWORD not in str(told.body)
    assert len((await service.ask("GET", "/v1/members", token=token)).body["items"]) == 1


@pytest.mark.parametrize("change", [{"active": False}, {"role": "marketer"}, {"password": "another password"}])
async def test_losing_or_changing_rights_ends_all_sessions(service: Service, database: Database, change: dict[str, object]) -> None:
    token = await service.begin("acme")
    made = await service.ask("POST", "/v1/members", NEW, token=token)
    sessions = [await service.sign_in(workspace="acme", email="max@acme.example") for _ in range(2)]

    changed = await service.ask("PATCH", f"/v1/members/{made.body['id']}", change, token=token)

    assert changed.status == 200
    for told in sessions:
        refreshed = await service.ask("POST", "/v1/auth/refresh", {"refresh_token": told.body["refresh_token"]})
        assert refreshed.status == 401
        assert (await service.ask("GET", "/v1/me", token=told.body["access_token"])).status == 401
    assert await _events(database, made.body["id"], sessions[0].body["workspace"]["id"]) == (
        {"active": 2, "role": 2, "password": 1}[next(iter(change))],
        2,
    )


async def test_a_change_of_name_ends_nothing(service: Service) -> None:
    token = await service.begin("acme")
    made = await service.ask("POST", "/v1/members", NEW, token=token)
    max_token = await service.token("acme", "max")

    changed = await service.ask("PATCH", f"/v1/members/{made.body['id']}", {"name": "Maxine"}, token=token)

    assert changed.body == made.body | {"name": "Maxine"}
    assert (await service.ask("GET", "/v1/me", token=max_token)).body["member"]["name"] == "Maxine"


@pytest.mark.parametrize("change", [{"active": False}, {"role": "agent"}])
async def test_the_last_administrator_stays(service: Service, change: dict[str, object]) -> None:
    token = await service.begin("acme")
    me = await service.ask("GET", "/v1/me", token=token)

    told = await service.ask("PATCH", f"/v1/members/{me.body['member']['id']}", change, token=token)

    assert (told.status, told.body["code"]) == (409, "last_admin")
    assert (await service.ask("GET", "/v1/me", token=token)).body == me.body


async def test_two_administrators_cannot_both_leave_at_once(service: Service) -> None:
    token = await service.begin("acme")
    await service.add_member("acme", "max", Role.ADMIN)
    ids = [member["id"] for member in (await service.ask("GET", "/v1/members", token=token)).body["items"]]

    leaving = [service.ask("PATCH", f"/v1/members/{each}", {"role": "agent"}, token=token) for each in ids]
    statuses = [told.status for told in await asyncio.gather(*leaving)]

    assert sorted(statuses) in ([200, 401], [200, 409])
    assert len([m for m in await service.admin.list_members(workspace="acme") if m.role is Role.ADMIN]) == 1


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.ADMIN, {"members": 200, "add": 201, "keys": 200, "contacts": 200, "profile": 200, "snapshot": 200}),
        (Role.MARKETER, {"members": 200, "add": 403, "keys": 403, "contacts": 200, "profile": 200, "snapshot": 403}),
        (Role.AGENT, {"members": 200, "add": 403, "keys": 403, "contacts": 200, "profile": 200, "snapshot": 403}),
        (Role.PARTNER, {"members": 403, "add": 403, "keys": 403, "contacts": 200, "profile": 403, "snapshot": 403}),
    ],
)
async def test_what_each_role_may_do(service: Service, role: Role, expected: dict[str, int]) -> None:
    token = await service.begin("acme", role)
    profile = {"network": "crm", "external_id": "1"}

    found = {
        "members": await service.ask("GET", "/v1/members", token=token),
        "add": await service.ask("POST", "/v1/members", NEW, token=token),
        "keys": await service.ask("GET", "/v1/api-keys", token=token),
        "contacts": await service.ask("GET", "/v1/contacts", token=token),
        "profile": await service.ask("POST", "/v1/profiles", profile, token=token),
        "snapshot": await service.ask("GET", "/internal/snapshot/profiles", token=token),
    }

    assert {name: told.status for name, told in found.items()} == expected


async def test_an_access_token_ends_after_five_minutes(service: Service) -> None:
    token = await service.begin("acme")

    service.clock.advance(timedelta(seconds=299))
    assert (await service.ask("GET", "/v1/me", token=token)).status == 200
    service.clock.advance(timedelta(seconds=1))
    assert (await service.ask("GET", "/v1/me", token=token)).status == 401


async def _events(database: Database, member: str, workspace: str) -> tuple[int, int]:
    """How often the member is told to have changed, and how many sessions to have ended."""
    async with database.transaction(workspace) as connection:
        changed = await connection.fetchval("SELECT count(*) FROM outbox WHERE subject = $1", member)
        ended = await connection.fetchval("SELECT count(*) FROM outbox WHERE type = 'identity.access.revoked'")
    return changed, ended
