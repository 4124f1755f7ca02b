"""What a channel may be told: settings of the right form and no others, at the beginning and later; its secret shown once, kept sealed."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner

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
