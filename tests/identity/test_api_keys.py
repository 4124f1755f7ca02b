"""API keys (G5, T6): shown once, hashed, scoped, ended by time or hand."""

from datetime import timedelta

import pytest

from services.contracts.vocabulary import Role
from services.kit.access import SCOPES
from services.kit.db import Database
from tests.identity.service import NOW, Service, Told

KEY = {"name": "crm", "scopes": ["contacts:read", "contacts:write"]}


async def test_a_key_is_exchanged_for_a_token_with_its_scopes_only(service: Service) -> None:
    token = await service.begin("acme")
    made = await service.ask("POST", "/v1/api-keys", KEY, token=token)

    exchanged = await _exchange(service, made.body["token"])
    me = await service.ask("GET", "/v1/me", token=exchanged.body["access_token"])
    contacts = await service.ask("GET", "/v1/contacts", token=exchanged.body["access_token"])
    members = await service.ask("GET", "/v1/members", token=exchanged.body["access_token"])

    assert made.status == 201
    assert exchanged.body["expires_in"] == 300
    assert me.body["member"] is None
    assert me.body["key_id"] == made.body["key"]["id"]
    assert me.body["scopes"] == KEY["scopes"]
    assert (contacts.status, members.status) == (200, 403)


@pytest.mark.parametrize("scope", sorted(SCOPES.keys() - {"projection:read"}))
async def test_every_scope_survives_the_exchange(service: Service, scope: str) -> None:
    await service.begin("acme")
    key = await service.admin.create_api_key(workspace="acme", name="k", scopes=[scope])

    exchanged = await _exchange(service, key.token)

    me = await service.ask("GET", "/v1/me", token=exchanged.body["access_token"])
    assert me.body["scopes"] == [scope]


async def test_a_listed_key_shows_its_beginning_and_last_use(service: Service) -> None:
    token = await service.begin("acme")
    made = await service.ask("POST", "/v1/api-keys", KEY, token=token)
    unused = await service.ask("GET", "/v1/api-keys", token=token)
    service.clock.advance(timedelta(minutes=1))

    await _exchange(service, made.body["token"])

    (listed,) = (await service.ask("GET", "/v1/api-keys", token=token)).body["items"]
    assert unused.body["items"] == [made.body["key"]]
    assert listed["last_used_at"] == (NOW + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert "token" not in listed
    assert "hash" not in listed
    assert len(listed["prefix"]) == 11
    assert made.body["token"][25:33] == listed["prefix"][3:]


async def test_a_key_ends_when_it_expires_and_so_do_its_tokens(service: Service) -> None:
    token = await service.begin("acme")
    ends = NOW + timedelta(seconds=100)
    made = await service.ask("POST", "/v1/api-keys", KEY | {"expires_at": ends.isoformat()}, token=token)

    exchanged = await _exchange(service, made.body["token"])
    service.clock.advance(timedelta(seconds=100))

    assert exchanged.body["expires_in"] == 100
    assert (await service.ask("GET", "/v1/contacts", token=exchanged.body["access_token"])).status == 401
    assert (await _exchange(service, made.body["token"])).status == 401


async def test_a_revoked_key_and_its_tokens_are_refused_at_once(service: Service, database: Database) -> None:
    token = await service.begin("acme")
    made = await service.ask("POST", "/v1/api-keys", KEY, token=token)
    exchanged = await _exchange(service, made.body["token"])
    path = f"/v1/api-keys/{made.body['key']['id']}"

    ended = [(await service.ask("DELETE", path, token=token)).status for _ in range(2)]

    assert ended == [204, 204]
    assert (await service.ask("GET", "/v1/contacts", token=exchanged.body["access_token"])).status == 401
    refused = await _exchange(service, made.body["token"])
    assert (refused.status, refused.body["code"]) == (401, "key_refused")
    me = await service.ask("GET", "/v1/me", token=token)
    async with database.transaction(me.body["workspace"]["id"]) as connection:
        told = await connection.fetchval("SELECT count(*) FROM outbox WHERE type = 'identity.access.revoked'")
    assert told == 1


@pytest.mark.parametrize("key", ["rk_", "rk_" + "A" * 65, "rr_" + "A" * 65, "rk_" + "A" * 21 + "_" + "A" * 43, "x"])
async def test_what_is_no_key_is_refused(service: Service, key: str) -> None:
    refused = await _exchange(service, key)

    assert (refused.status, refused.body["code"]) == (401, "key_refused")


async def test_a_key_s_secret_is_no_key_elsewhere(service: Service) -> None:
    await service.begin("acme")
    await service.begin("bolt")
    ours = await service.admin.create_api_key(workspace="acme", name="k", scopes=["contacts:read"])
    theirs = await service.admin.create_api_key(workspace="bolt", name="k", scopes=["contacts:read"])

    mixed = theirs.token[:25] + ours.token[25:]

    assert (await _exchange(service, mixed)).status == 401


async def test_nobody_gives_away_what_they_do_not_have(service: Service) -> None:
    token = await service.begin("acme")
    keeper = await service.ask("POST", "/v1/api-keys", {"name": "k", "scopes": ["keys:write"]}, token=token)
    keeper_token = (await _exchange(service, keeper.body["token"])).body["access_token"]

    own = await service.ask("POST", "/v1/api-keys", {"name": "k", "scopes": ["keys:write"]}, token=keeper_token)
    more = await service.ask("POST", "/v1/api-keys", KEY, token=keeper_token)
    inner = await service.ask("POST", "/v1/api-keys", {"name": "k", "scopes": ["projection:read"]}, token=token)

    assert own.status == 201
    assert (more.status, more.body["code"]) == (403, "scope_not_yours")
    assert (inner.status, inner.body["code"]) == (403, "scope_not_yours")


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"scopes": ["everything"]}, {"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at": "2030-01-01"}]
)
async def test_a_malformed_key_is_refused(service: Service, wrong: dict[str, object]) -> None:
    token = await service.begin("acme")

    told = await service.ask("POST", "/v1/api-keys", KEY | wrong, token=token)

    assert told.status == 422
    assert (await service.ask("GET", "/v1/api-keys", token=token)).body["items"] == []


async def test_a_repeated_request_shows_the_same_key_though_it_is_stored_nowhere(service: Service, database: Database) -> None:
    token = await service.begin("acme")
    headers = [("idempotency-key", "one")]

    first = await service.ask("POST", "/v1/api-keys", KEY, token=token, headers=headers)
    again = await service.ask("POST", "/v1/api-keys", KEY, token=token, headers=headers)
    other = await service.ask("POST", "/v1/api-keys", KEY | {"name": "x"}, token=token, headers=headers)

    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status == 422
    assert (await _exchange(service, again.body["token"])).status == 200
    me = await service.ask("GET", "/v1/me", token=token)
    async with database.transaction(me.body["workspace"]["id"]) as connection:
        kept = await connection.fetchval("SELECT body FROM idempotency")
    assert first.body["token"].encode() not in kept
    assert first.body["token"][25:].encode() not in kept


async def test_a_key_has_no_session_to_sign_out_of(service: Service) -> None:
    await service.begin("acme", Role.AGENT)
    key = await service.admin.create_api_key(workspace="acme", name="k", scopes=["contacts:read"])
    token = (await _exchange(service, key.token)).body["access_token"]

    told = await service.ask("POST", "/v1/auth/sign-out", token=token)

    assert (told.status, told.body["code"]) == (403, "not_a_session")


async def _exchange(service: Service, key: str) -> Told:
    return await service.ask("POST", "/v1/auth/exchange", token=key)


async def test_the_gateway_s_page_shows_what_the_list_shows(service: Service) -> None:
    token = await service.begin("acme")
    for name in ("one", "two", "three"):
        assert (await service.ask("POST", "/v1/api-keys", {"name": name, "scopes": ["contacts:read"]}, token=token)).status == 201
    whole = (await service.ask("GET", "/v1/api-keys", token=token)).body["items"]
    first = (await service.ask("POST", "/internal/api-keys/page", {"limit": 2}, token=token)).body
    rest = (await service.ask("POST", "/internal/api-keys/page", {"limit": 2, "after": first["cursors"][-1]}, token=token)).body

    assert [each["name"] for each in whole] == ["three", "two", "one"]
    assert ([*first["items"], *rest["items"]], first["has_next"], rest["has_next"]) == (whole, True, False)
