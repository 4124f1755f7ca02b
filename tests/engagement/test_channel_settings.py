"""What a channel may be told: settings of the right form and no others, at the beginning and later; its secret shown once, kept sealed."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.contracts.ids import ChannelId
from services.engagement.registry import bound_to
from services.engagement.settings import EngagementSettings
from services.kit.crypto import Vault
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled

ODD: list[tuple[dict[str, str], str]] = [
    ({"reply_url": "ftp://shop.example/replies"}, "setting_malformed"),
    ({"reply_url": "shop.example"}, "setting_malformed"),
    ({"lookup": "perhaps"}, "setting_malformed"),
    ({"reply_urll": "https://shop.example/replies"}, "credentials_missing"),
]


@pytest.mark.parametrize(("config", "code"), ODD)
async def test_a_setting_that_cannot_be_one_connects_nothing(service: Service, config: dict[str, str], code: str) -> None:
    refused = await service.post("/v1/channels", {"platform": "inlet", "name": "Shop", "config": config})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert next(iter(config)) in refused.json()["detail"]
    assert (await service.get("/v1/channels")).json() == []


@pytest.mark.parametrize(("config", "code"), ODD)
async def test_a_setting_that_cannot_be_one_changes_nothing(service: Service, config: dict[str, str], code: str) -> None:
    partner = await Partner.connected(service)
    before = (await service.get(f"/v1/channels/{partner.channel_id}")).json()
    refused = await service.http.patch(f"/v1/channels/{partner.channel_id}", json={"config": config}, headers=service.headers())
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await service.get(f"/v1/channels/{partner.channel_id}")).json() == before


async def test_a_platform_may_be_written_with_a_dash_and_is_one(service: Service) -> None:
    connected = await service.connect("google-business", credentials={"refresh_token": "1//not-real"})
    channel: Any = connected["channel"]
    assert channel["platform"] == "google_business"
    begun = await service.post("/v1/authorizations", {"platform": "google-business"})
    assert "OAUTH_GOOGLE_CLIENT_ID" in begun.text


async def test_a_change_cannot_take_away_what_a_platform_needs(service: Service) -> None:
    site = await service.connect("webchat", config={"origins": "https://shop.example"})
    channel: Any = site["channel"]
    refused = await service.http.patch(f"/v1/channels/{channel['id']}", json={"config": {"title": "Us"}}, headers=service.headers())
    assert (refused.status_code, refused.json()["missing"][0]["name"]) == (422, "origins")


async def test_the_secret_of_a_repeated_connection_is_the_same_and_lies_nowhere_open(
    service: Service, settings: EngagementSettings
) -> None:
    member, body = service.headers(member=uuid4()), {"platform": "inlet", "name": "Shop"}
    headers = {**member, "idempotency-key": "connect"}
    first, second = [await service.http.post("/v1/channels", json=body, headers=headers) for _ in range(2)]
    assert first.json()["signing_secret"].startswith("whsec_")
    assert (second.json(), second.headers["idempotency-replayed"]) == (first.json(), "true")
    owner = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=10)
    try:
        (kept,) = await owner.fetch("SELECT body FROM engagement.idempotency WHERE key = 'connect'")
    finally:
        await owner.close(timeout=5)
    assert first.json()["signing_secret"].encode() not in kept["body"]


async def test_what_can_be_connected_is_told_with_what_it_asks_for(service: Service) -> None:
    told = {each["platform"]: each for each in (await service.get("/v1/connectors")).json()}
    assert {"email", "inlet", "telegram", "webchat"} <= told.keys()
    telegram = {each["name"]: each for each in told["telegram"]["fields"]}
    assert (telegram["token"]["secret"], telegram["token"]["required"]) == (True, True)
    assert (telegram["signing_secret"]["required"], telegram["api_base"]["form"]) == (False, "address")
    assert {"check", "edit", "delete", "like", "subscribe"} == set(told["telegram"]["abilities"])
    assert {"listen", "backfill", "check", "look_up"} == set(told["email"]["abilities"])
    assert "signing_secret" not in {each["name"] for each in told["email"]["fields"]}


async def test_a_disconnected_channel_forgets_its_credentials_and_keeps_its_history(service: Service, settings: EngagementSettings) -> None:
    partner = await Partner.connected(service, reply_url="http://127.0.0.1:9/replies")
    path = f"/v1/channels/{partner.channel_id}"
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    waiting = (await service.post(f"/v1/conversations/{thread['id']}/replies", {"text": "Yes?", "delay_seconds": 30})).json()["reply"]
    refused = await service.http.delete(path, headers=service.headers())
    assert (refused.status_code, refused.json()["code"], refused.json()["waiting"]) == (409, "replies_waiting", 1)
    assert (await service.get(path)).json()["active"]
    assert (await service.http.delete(path, headers=service.headers(role="agent"))).status_code == 403

    assert (await service.post(f"/v1/replies/{waiting['id']}/cancel", {})).status_code == 200
    ended = await service.http.delete(path, headers=service.headers())
    assert (ended.status_code, ended.json()["active"]) == (200, False)
    assert (await service.http.delete(path, headers=service.headers())).json() == ended.json() == (await service.get(path)).json()
    again = await service.http.patch(path, json={"active": True}, headers=service.headers())
    assert (again.status_code, again.json()["code"]) == (409, "channel_disconnected")
    assert (await partner.deliver(event(2))).status_code == 404
    assert len(await conversations(service)) == 1
    assert (await service.http.delete(f"/v1/channels/{uuid4()}", headers=service.headers())).status_code == 404

    owner = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=10)
    try:
        row = await owner.fetchrow("SELECT * FROM engagement.channel WHERE id = $1", UUID(partner.channel_id))
    finally:
        await owner.close(timeout=5)
    vault = Vault(settings.key_for("channel-credentials"))
    opened = vault.open(row["credentials"], bound_to=bound_to(service.workspace, ChannelId(row["id"])))
    assert (opened, row["config"]) == (b"{}", "{}")
