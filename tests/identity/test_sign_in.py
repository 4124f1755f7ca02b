"""Signing in, staying in, signing out (G5, T5, T8): over HTTP, on a real database."""

import asyncio
import time
from datetime import timedelta

import asyncpg
import orjson
import pytest
from joserfc.util import urlsafe_b64decode

from services.contracts.vocabulary import Role
from services.kit.db import Database
from tests.identity.service import PASSWORD, Service, Told

SOL = "sol@acme.example"


async def test_a_member_signs_in_and_is_known(service: Service) -> None:
    await service.begin("acme")

    told = await service.sign_in(workspace=" ACME ", email=" Sol@Acme.Example ")
    me = await service.ask("GET", "/v1/me", token=told.body["access_token"])

    assert told.status == 200
    assert told.body["expires_in"] == 300
    assert told.body["workspace"]["slug"] == "acme"
    assert me.body["member"] == told.body["member"]
    assert me.body["member"]["email"] == SOL
    assert me.body["role"] == "admin"
    assert "members:write" in me.body["scopes"]


@pytest.mark.parametrize(
    ("workspace", "email", "password"),
    [
        ("acme", SOL, "wrong password"),
        ("acme", "nobody@acme.example", PASSWORD),
        ("nowhere", SOL, PASSWORD),
        ("acme", "off@acme.example", PASSWORD),
        ("acme", "not an address", PASSWORD),
    ],
)
async def test_whatever_is_wrong_the_refusal_is_the_same(service: Service, workspace: str, email: str, password: str) -> None:
    await service.begin("acme")
    await service.add_member("acme", "off", Role.AGENT)
    await service.admin.set_active(workspace="acme", email="off@acme.example", active=False)

    told = await service.sign_in(workspace=workspace, email=email, password=password)

    assert told.status == 401
    assert told.body == {
        "type": "urn:rapport:problem:sign_in_refused",
        "title": "Workspace, e-mail or password is wrong",
        "status": 401,
        "detail": "Workspace, e-mail or password is wrong",
        "code": "sign_in_refused",
    }


async def test_an_unknown_member_takes_as_long_as_a_wrong_password(careful_service: Service) -> None:
    """In time of the processor: what else runs meanwhile on the machine takes none of it from this process."""
    await careful_service.begin("acme")
    await careful_service.sign_in(workspace="acme", email="warm@acme.example")

    spans: dict[tuple[str, str], list[float]] = {}
    for _ in range(6):
        for workspace, email in (("acme", SOL), ("acme", "nobody@acme.example"), ("nowhere", SOL)):
            began = time.process_time()
            await careful_service.sign_in(workspace=workspace, email=email, password="wrong password")
            spans.setdefault((workspace, email), []).append(time.process_time() - began)

    fastest = [min(each) for each in spans.values()]
    assert max(fastest) < 2 * min(fastest)


@pytest.mark.parametrize(("workspace", "email"), [("acme", SOL), ("acme", "nobody@acme.example"), ("nowhere", SOL)])
async def test_after_ten_tries_nobody_gets_in_for_a_while(service: Service, workspace: str, email: str) -> None:
    await service.begin("acme")
    for _ in range(10):
        assert (await service.sign_in(workspace=workspace, email=email, password="wrong password")).status == 401

    locked = await service.sign_in(workspace=workspace, email=email)
    service.clock.advance(timedelta(minutes=15))
    later = await service.sign_in(workspace=workspace, email=email)

    assert locked.status == 429
    assert locked.body["code"] == "too_many_sign_ins"
    assert locked.headers["retry-after"] == "900"
    assert later.status == (200 if email == SOL and workspace == "acme" else 401)


async def test_tries_at_once_do_not_slip_past_the_limit(service: Service) -> None:
    await service.begin("acme")

    tries = [service.sign_in(workspace="acme", email=SOL, password="wrong password") for _ in range(25)]
    statuses = [told.status for told in await asyncio.gather(*tries)]

    assert sorted(statuses) == [401] * 10 + [429] * 15


async def test_a_success_forgets_the_failures_before(service: Service) -> None:
    await service.begin("acme")
    for _ in range(9):
        await service.sign_in(workspace="acme", email=SOL, password="wrong password")
    assert (await service.sign_in(workspace="acme", email=SOL)).status == 200

    assert (await service.sign_in(workspace="acme", email=SOL, password="wrong password")).status == 401
    assert (await service.sign_in(workspace="acme", email=SOL)).status == 200


async def test_a_refresh_token_works_once_and_gives_the_next(service: Service) -> None:
    await service.begin("acme")
    first = await service.sign_in(workspace="acme", email=SOL)

    second = await _refresh(service, first)
    third = await _refresh(service, second)

    assert second.status == third.status == 200
    assert len({each.body["refresh_token"] for each in (first, second, third)}) == 3
    assert (await service.ask("GET", "/v1/me", token=third.body["access_token"])).status == 200


async def test_a_refresh_token_used_twice_ends_the_session(service: Service, database: Database) -> None:
    await service.begin("acme")
    first = await service.sign_in(workspace="acme", email=SOL)
    second = await _refresh(service, first)

    stolen = await _refresh(service, first)
    after = await _refresh(service, second)
    access = await service.ask("GET", "/v1/me", token=second.body["access_token"])

    assert stolen.status == after.status == access.status == 401
    assert stolen.body["code"] == after.body["code"] == "session_ended"
    assert await _published(database, first, "identity.access.revoked") == 1


async def test_two_refreshes_at_once_are_one_use_too_many(service: Service) -> None:
    await service.begin("acme")
    first = await service.sign_in(workspace="acme", email=SOL)

    both = await asyncio.gather(_refresh(service, first), _refresh(service, first))

    assert sorted(told.status for told in both) == [200, 401]
    assert [(await _refresh(service, told)).status for told in both if told.status == 200] == [401]


async def test_a_refresh_token_and_a_session_end_by_time(own_service: Service) -> None:
    await own_service.begin("acme")
    told = await own_service.sign_in(workspace="acme", email=SOL)
    idle = await own_service.sign_in(workspace="acme", email=SOL)

    for _ in range(8):
        own_service.clock.advance(timedelta(days=11))
        told = await _refresh(own_service, told)
        assert told.status == 200
    own_service.clock.advance(timedelta(days=2))

    assert (await _refresh(own_service, told)).status == 401
    assert (await _refresh(own_service, idle)).status == 401


@pytest.mark.parametrize("token", ["", "rr_", "rr_" + "A" * 65, "rk_" + "A" * 65, "rr_" + "\u00e9" * 65, "x" * 200])
async def test_what_is_no_refresh_token_is_refused(service: Service, token: str) -> None:
    told = await service.ask("POST", "/v1/auth/refresh", {"refresh_token": token})

    assert told.status == 401
    assert told.body["code"] == "session_ended"


async def test_signing_out_ends_access_at_once(service: Service) -> None:
    await service.begin("acme")
    told = await service.sign_in(workspace="acme", email=SOL)
    token = told.body["access_token"]

    out = await service.ask("POST", "/v1/auth/sign-out", token=token)

    assert (out.status, out.body) == (204, None)
    assert (await service.ask("GET", "/v1/me", token=token)).status == 401
    assert (await _refresh(service, told)).status == 401


async def test_tokens_are_signed_by_a_published_key_and_keys_rotate(own_service: Service) -> None:
    await own_service.begin("acme")
    before = await own_service.sign_in(workspace="acme", email=SOL)
    own_service.clock.advance(timedelta(days=30))
    after = await own_service.sign_in(workspace="acme", email=SOL)

    published = await own_service.ask("GET", "/.well-known/jwks.json")

    names = [_header(before)["kid"], _header(after)["kid"]]
    assert [key["kid"] for key in published.body["keys"]] == names
    assert names[0] != names[1]
    assert _header(after)["alg"] == "Ed25519"
    assert all("d" not in key for key in published.body["keys"])
    own_service.clock.advance(timedelta(hours=1))
    assert [key["kid"] for key in (await own_service.ask("GET", "/.well-known/jwks.json")).body["keys"]] == [names[1]]


async def test_nothing_that_lets_anybody_in_is_stored_readable(careful_service: Service, database_url: str) -> None:
    token = await careful_service.begin("acme")
    added = {"email": "ana@acme.example", "name": "Ana", "role": "agent", "password": PASSWORD}
    assert (await careful_service.ask("POST", "/v1/members", added, token=token)).status == 201
    told = await careful_service.sign_in(workspace="acme", email=SOL)
    key = await careful_service.admin.create_api_key(workspace="acme", name="k", scopes=["contacts:read"])

    dump = await _everything(database_url)

    for secret in (PASSWORD, told.body["refresh_token"], told.body["access_token"], key.token, '"d":'):
        assert secret not in dump
        assert secret.encode().hex() not in dump
    assert dump.count("$argon2id$v=19$m=19456,t=2,p=1$") == 2, "of the operator's and of the service's making"


async def _refresh(service: Service, told: Told) -> Told:
    return await service.ask("POST", "/v1/auth/refresh", {"refresh_token": told.body["refresh_token"]})


async def _published(database: Database, told: Told, kind: str) -> int:
    async with database.transaction(told.body["workspace"]["id"]) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox WHERE type = $1", kind))


def _header(told: Told) -> dict[str, str]:
    return dict(orjson.loads(urlsafe_b64decode(told.body["access_token"].split(".")[0].encode())))


async def _everything(database_url: str) -> str:
    """All rows of all tables of the schema, as text."""
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'identity'")
        rows = [
            await owner.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM identity.{table['tablename']} AS t")
            for table in tables
        ]
    finally:
        await owner.close()
    return "\n".join(rows)
