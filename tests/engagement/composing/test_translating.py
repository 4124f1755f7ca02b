"""The translation slot: asks the provider that is set up, keeps nothing, and names the setting where there is none."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, only_thread
from tests.serving import http_client, served
from tests.tokens import TokenIssuer


class Provider:
    """A provider in the form of LibreTranslate, over real HTTP on loopback."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.body: Any = {"translatedText": "Where is my lamp?", "detectedLanguage": {"language": "es", "confidence": 90}}

    async def translate(self, request: web.Request) -> web.Response:
        """POST /translate."""
        self.asked.append(await request.json())
        return web.json_response(self.body, status=self.status)


@pytest.fixture
async def provider() -> AsyncIterator[tuple[Provider, str]]:
    held, app = Provider(), web.Application()
    app.router.add_post("/translate", held.translate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield held, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def translating(settings: EngagementSettings, provider: tuple[Provider, str]) -> AsyncIterator[Service]:
    issuer = TokenIssuer()
    told = settings.model_copy(update={"translation_url": provider[1]})
    async with (
        compose(told, ports={"identity": issuer}) as app,
        served(app) as url,
        http_client(url) as http,
    ):
        yield Service(url, issuer, http)


async def test_e19_texts_and_interactions_are_translated(translating: Service, provider: tuple[Provider, str]) -> None:
    partner = await Partner.connected(translating)
    await partner.deliver(event(1, "¿Dónde está mi lámpara?"))
    await journal_settled(translating, count=1)
    (said,) = await only_thread(translating)
    found = await translating.post(f"/v1/interactions/{said['id']}/translation", {"to": "en"})
    assert found.json() == {"text": "Where is my lamp?", "language": "es"}
    assert (await translating.post("/v1/translations", {"text": "Hola", "to": "en"})).status_code == 200
    assert [each["q"] for each in provider[0].asked] == ["¿Dónde está mi lámpara?", "Hola"]
    assert provider[0].asked[0] == {"q": "¿Dónde está mi lámpara?", "source": "auto", "target": "en", "format": "text"}
    nowhere = await translating.post("/v1/interactions/0197a000-0000-7000-8000-00000000ffff/translation", {"to": "en"})
    assert nowhere.status_code == 404


async def test_a_translation_asked_for_twice_with_one_key_is_paid_once(translating: Service, provider: tuple[Provider, str]) -> None:
    partner = await Partner.connected(translating)
    await partner.deliver(event(1, "Hola"))
    await journal_settled(translating, count=1)
    (said,) = await only_thread(translating)
    member = translating.headers(member=uuid4())
    for path, body in ((f"/v1/interactions/{said['id']}/translation", {"to": "en"}), ("/v1/translations", {"text": "Hola", "to": "en"})):
        headers = {**member, "idempotency-key": path}
        answers = [await translating.http.post(path, json=body, headers=headers) for _ in range(2)]
        assert [each.json() for each in answers] == [{"text": "Where is my lamp?", "language": "es"}] * 2
        other = await translating.http.post(path, json={**body, "to": "de"}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "malformed")
    assert len(provider[0].asked) == 2


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "xx is not supported"}, (422, "translation_refused")),
        (500, {}, (503, "translation_unavailable")),
        (200, {"something": "else"}, (503, "translation_unavailable")),
        (200, {"translatedText": 7}, (503, "translation_unavailable")),
    ],
)
async def test_a_provider_that_fails_is_told_apart_from_one_that_refuses(
    translating: Service, provider: tuple[Provider, str], status: int, body: Any, expected: tuple[int, str]
) -> None:
    provider[0].status, provider[0].body = status, body
    answer = await translating.post("/v1/translations", {"text": "Hola", "to": "xx"})
    assert (answer.status_code, answer.json()["code"]) == expected


async def test_without_a_provider_the_refusal_names_the_setting(service: Service) -> None:
    refused = await service.post("/v1/translations", {"text": "Hola", "to": "en"})
    assert (refused.status_code, refused.json()["code"]) == (409, "translation_not_configured")
    assert "TRANSLATION_URL" in refused.json()["detail"]
    for odd in ({"text": "", "to": "en"}, {"text": "x", "to": "en;drop"}, {"text": "x"}):
        assert (await service.post("/v1/translations", odd)).status_code == 422
