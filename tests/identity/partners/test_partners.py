"""Partner webhooks (G4): signed, tried again, given up, rotated, replayed; over HTTP on both sides, on a real database and broker."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from rapport.nats import EmbeddedNats
from services.contracts.vocabulary import Role
from services.identity.settings import IdentitySettings
from tests.databases import Databases
from tests.engagement.notifications.post import ChatRoom
from tests.flows.waiting import until
from tests.identity.service import NOW, Service, Told, running
from tests.serving import served

ASSIGNED = "identity.profile.assigned"


@pytest.fixture(scope="module")
async def near(databases: Databases, secret_key: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, str]]:
    """A service that may call this machine, and its database's name. Its broker is its own: what goes over it is looked at."""
    name = await databases.take()
    broker = EmbeddedNats(tmp_path_factory.mktemp("nats"))
    await broker.start()
    settings = IdentitySettings(database_url=databases.url(name), secret_key=secret_key, nats_url=broker.url, allow_private_addresses=True)
    async with running(settings) as started:
        yield started, name
    await broker.stop()
    await databases.give_back(name)


@pytest.fixture
async def service(near: tuple[Service, str], databases: Databases) -> Service:
    """It, at its first hour, with names of workspaces free again."""
    started, name = near
    started.clock.advance(NOW - started.clock.now())
    owner = await asyncpg.connect(databases.url(name), timeout=10)
    try:
        await owner.execute("UPDATE identity.workspace SET slug = workspace_id::text; DELETE FROM identity.webhook_endpoint")
    finally:
        await owner.close()
    return started


@dataclass
class Partner(ChatRoom):
    """What keeps the posts that it was given, at an address."""

    url: str = ""


@pytest.fixture
async def room() -> AsyncIterator[Partner]:
    made = Partner()
    async with served(made) as made.url:
        yield made


async def make(service: Service, token: str, room: Partner, *types: str) -> dict[str, Any]:
    told = await service.ask("POST", "/v1/webhook-endpoints", {"url": room.url, "types": types or ["*"]}, token=token)
    assert told.status == 201, told
    return dict(told.body)


async def secret(service: Service, token: str, endpoint: dict[str, Any]) -> Webhook:
    told = await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}/secret", token=token)
    return Webhook(told.body["secret"])


async def somebody(service: Service, token: str) -> str:
    """A new profile; its id."""
    told = await service.ask("POST", "/v1/profiles", {"network": "crm", "external_id": uuid4().hex, "name": "Ines"}, token=token)
    assert told.status == 200, told
    return str(told.body["id"])


async def deliveries(service: Service, token: str, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    told = await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}/deliveries", token=token)
    return list(told.body["items"])


async def settled(service: Service, token: str, endpoint: dict[str, Any], state: str) -> list[dict[str, Any]]:
    """All deliveries, once there are some and all are in this state."""

    async def there() -> list[dict[str, Any]]:
        found = await deliveries(service, token, endpoint)
        return found if found and all(each["state"] == state and each["attempts"] for each in found) else []

    return await until(there, seconds=30)


async def test_g4_what_can_be_told_is_listed_and_endpoints_answer_in_batches(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room, ASSIGNED)
    ids = {"ids": [str(uuid4()), endpoint["id"]]}

    types = await service.ask("GET", "/v1/webhook-endpoints/event-types", token=token)
    page = await service.ask("POST", "/internal/webhook-endpoints/page", {}, token=token)
    named = await service.ask("POST", "/internal/webhook-endpoints/by-ids", ids, token=token)
    told = await service.ask("POST", "/internal/webhook-deliveries/by-endpoint-ids", ids | {"state": "failed"}, token=token)

    by_name = {each["name"]: each["description"] for each in types.body["items"]}
    assert by_name["identity.lead.handed_over"]
    assert "identity.access.revoked" not in by_name
    assert (page.body["items"], named.body) == ([endpoint], [None, endpoint])
    assert [each["items"] for each in told.body] == [[], []]


async def test_g4_a_partner_is_told_of_what_it_asked_for_and_can_prove_it(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    other = Partner()
    async with served(other) as other.url:
        endpoint = await make(service, token, room, ASSIGNED)
        bolt = await service.begin("bolt")
        await make(service, bolt, other, ASSIGNED)
        await make(service, token, other, "identity.contact.merged")
        profile = await somebody(service, token)

        (delivery,) = await settled(service, token, endpoint, "delivered")

        ((headers, body),) = room.posts
        # Its own check compares with the real time, which is not ours here.
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=UTC)
        assert (await secret(service, token, endpoint)).sign(headers["webhook-id"], at, body.decode()) == headers["webhook-signature"]
        assert at == service.clock.now()
        told = orjson.loads(body)
        assert (told["type"], told["id"], told["data"]["profile_id"]) == (ASSIGNED, headers["webhook-id"], profile)
        assert (delivery["event_id"], delivery["status"], delivery["attempts"]) == (headers["webhook-id"], 200, 1)
        assert other.posts == []


async def test_g4_a_partner_that_is_away_is_told_later_under_the_same_id(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room, ASSIGNED)
    room.status = 503
    await somebody(service, token)
    (waiting,) = await settled(service, token, endpoint, "waiting")
    shown = (await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}", token=token)).body
    assert (waiting["trouble"], shown["failures"], shown["active"]) == ("answered with 503", 1, True)

    room.status = 200
    service.clock.advance(timedelta(minutes=1))
    await settled(service, token, endpoint, "delivered")

    first, second = (headers["webhook-id"] for headers, _ in room.posts)
    assert first == second
    shown = (await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}", token=token)).body
    assert (shown["failures"], shown["trouble"], shown["failing_since"]) == (0, "", None)


async def test_g4_after_three_days_an_event_is_given_up_and_after_five_the_endpoint(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room, ASSIGNED)
    room.status = 500
    await somebody(service, token)
    await settled(service, token, endpoint, "waiting")

    service.clock.advance(timedelta(days=3))
    token = await service.token("acme", "sol")
    await settled(service, token, endpoint, "failed")
    service.clock.advance(timedelta(days=2))
    token = await service.token("acme", "sol")
    await somebody(service, token)

    async def ended() -> bool:
        shown = await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}", token=token)
        return not shown.body["active"]

    await until(ended, seconds=30)
    room.status = 200
    version = (await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}", token=token)).body["version"]
    began = await service.ask("PATCH", f"/v1/webhook-endpoints/{endpoint['id']}", {"version": version, "active": True}, token=token)
    assert (began.body["active"], began.body["failures"]) == (True, 0)
    since = {"since": NOW.isoformat(), "which": "failed"}
    again = await service.ask("POST", f"/v1/webhook-endpoints/{endpoint['id']}/replays", since, token=token)
    assert (again.status, again.body["queued"] >= 1) == (202, True)
    # What was tried in vain a moment ago is due again only later.
    service.clock.advance(timedelta(hours=1))
    token = await service.token("acme", "sol")
    await settled(service, token, endpoint, "delivered")


async def test_g4_who_says_gone_is_not_called_again(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room, ASSIGNED)
    room.status = 410
    await somebody(service, token)
    (failed,) = await settled(service, token, endpoint, "failed")
    shown = (await service.ask("GET", f"/v1/webhook-endpoints/{endpoint['id']}", token=token)).body
    assert (failed["status"], shown["active"], shown["trouble"]) == (410, False, "answered with 410")


async def test_g4_after_a_rotation_both_secrets_sign_for_a_day(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room, "identity.contact.merged")
    old = await secret(service, token, endpoint)
    turned = await service.ask("POST", f"/v1/webhook-endpoints/{endpoint['id']}/rotations", {"version": 1}, token=token)
    assert (turned.status, turned.body["version"]) == (201, 2)
    new = await secret(service, token, endpoint)

    tried = await service.ask("POST", f"/v1/webhook-endpoints/{endpoint['id']}/tests", {}, token=token)
    assert tried.status == 202
    await settled(service, token, endpoint, "delivered")
    headers, body = room.posts[0]
    assert orjson.loads(body)["type"] == "webhook.tested"
    first, second = headers["webhook-signature"].split()
    assert old.sign(headers["webhook-id"], service.clock.now(), body.decode()) == second
    assert new.sign(headers["webhook-id"], service.clock.now(), body.decode()) == first


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "http://partner.example/hook"}, "webhook_url"),
        ({"url": "ftp://partner.example"}, "webhook_url"),
        ({"url": "https://user:word@partner.example"}, "webhook_url"),
        ({"url": "https://[::1"}, "webhook_url"),
        ({"types": ["identity.access.revoked"]}, "event_types"),
        ({"types": []}, "malformed"),
    ],
)
async def test_an_endpoint_that_cannot_be_is_refused(service: Service, wrong: dict[str, Any], code: str) -> None:
    token = await service.begin("acme")
    told = await service.ask("POST", "/v1/webhook-endpoints", {"url": "https://partner.example/hook", **wrong}, token=token)
    assert (told.status, told.body["code"]) == (422, code)
    listed = await service.ask("GET", "/v1/webhook-endpoints", token=token)
    assert listed.body["items"] == []


async def test_endpoints_are_the_administrators_and_of_one_workspace(service: Service, room: Partner) -> None:
    token = await service.begin("acme")
    endpoint = await make(service, token, room)
    await service.add_member("acme", "ana", Role.AGENT)
    ana, bolt = await service.token("acme", "ana"), await service.begin("bolt")
    at = f"/v1/webhook-endpoints/{endpoint['id']}"
    paths: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", at, None),
        ("GET", f"{at}/secret", None),
        ("GET", f"{at}/deliveries", None),
        ("PATCH", at, {"version": 1, "active": False}),
        ("POST", f"{at}/rotations", {"version": 1}),
        ("POST", f"{at}/tests", {}),
        ("POST", f"{at}/replays", {"since": NOW.isoformat()}),
        ("DELETE", at, None),
    ]

    async def asked(token: str) -> set[int]:
        return {(await service.ask(method, path, body, token=token)).status for method, path, body in paths}

    assert await asked(ana) == {403}
    assert await asked(bolt) == {404}

    stale: Told = await service.ask("PATCH", at, {"version": 7, "active": False}, token=token)
    assert (stale.status, stale.body["code"]) == (409, "webhook_endpoint_changed")
    assert (await service.ask("DELETE", at, token=token)).status == 204
    assert (await service.ask("GET", at, token=token)).status == 404
