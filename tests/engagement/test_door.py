"""The webhooks' door in a process of its own: it fills the same journal, needs no service beside it, and only the door may nudge."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import msgspec
import pytest

from services.engagement.door import compose
from services.engagement.nudging import PATH, PRESSURE_LASTS_SECONDS, PURPOSE, Arrivals, Nudged
from services.engagement.settings import EngagementSettings
from services.kit.http import Routes
from services.kit.port import Answer, Headers, PortUnavailableError, SocketPort
from services.kit.telemetry import Metrics
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, only_thread, until
from tests.kit.asgi import ask


class Recording:
    """A port to the service that notes what is told, and passes it on unless the service is `away`."""

    def __init__(self, url: str) -> None:
        self._port = SocketPort(url)
        self.away = False
        self.told: list[Arrivals] = []
        self.answers: list[int] = []

    async def call(self, method: str, path: str, *, body: bytes = b"", headers: Headers = (), timeout_seconds: float = 5) -> Answer:
        """See Port."""
        if self.away:
            raise PortUnavailableError("away")
        answer = await self._port.call(method, path, body=body, headers=headers, timeout_seconds=timeout_seconds)
        self.told.append(msgspec.json.decode(body, type=Arrivals))
        self.answers.append(answer.status)
        return answer

    async def close(self) -> None:
        """See Port."""
        await self._port.close()


@pytest.fixture
async def port(service: Service) -> AsyncIterator[Recording]:
    made = Recording(service.url)
    yield made
    await made.close()


@pytest.fixture
async def partner(service: Service, settings: EngagementSettings, port: Recording) -> AsyncIterator[Partner]:
    """A partner who reaches the door, while members reach the service."""
    connected = await Partner.connected(service)
    async with compose(settings, engagement=port, metrics=Metrics("gateway")) as routes:
        transport = httpx.ASGITransport(app=Routes({}, prefixes=routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
            yield replace(connected, service=replace(service, http=http))


async def test_what_comes_through_the_door_is_history(service: Service, port: Recording, partner: Partner) -> None:
    assert (await partner.deliver(event(1))).status_code == 200
    assert (await partner.deliver(event(1))).status_code == 200
    await journal_settled(service, count=1)
    assert [each["text"] for each in await only_thread(service)] == ["Hello"]

    async def told() -> bool:
        return bool(port.told)

    await until(told)
    assert {str(channel) for each in port.told for channel in each.channels} == {partner.channel_id}
    assert set(port.answers) == {200}


async def test_the_door_takes_deliveries_while_the_service_is_away(service: Service, port: Recording, partner: Partner) -> None:
    port.away = True
    assert (await partner.deliver(event(1))).status_code == 200
    await journal_settled(service, count=1)
    assert len(await only_thread(service)) == 1
    assert port.told == []


async def test_the_door_refuses_what_the_route_refuses(service: Service, partner: Partner) -> None:
    http = partner.service.http
    assert (await http.post(partner.path, content=b"{}")).status_code == 401
    assert (await http.post("/webhooks/nothing", content=b"{}")).status_code == 404
    assert (await http.put(partner.path, content=b"{}")).status_code == 405
    assert (await http.post(partner.path, content=b"x" * 2_000_000)).status_code == 413
    assert (await service.get("/v1/journal")).json()["items"] == []


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer " + "0" * 64}])
async def test_only_the_door_may_nudge(service: Service, headers: dict[str, str]) -> None:
    answer = await service.http.post(PATH, json={"channels": [], "pressed": True}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_nudge_that_cannot_be_read_is_refused(service: Service, settings: EngagementSettings) -> None:
    headers = {"authorization": f"Bearer {settings.key_for(PURPOSE).hex()}"}
    for body in ({"channels": ["x"]}, {"channels": 1}, {"channels": [], "more": 1}):
        assert (await service.http.post(PATH, json=body, headers=headers)).status_code == 422


async def test_pressure_at_the_door_is_believed_for_a_moment() -> None:
    nudged, woken = Nudged(key=b"k" * 32, pressed=lambda: False), list[object]()
    app = Routes({("POST", PATH): nudged.listens(woken.append)})
    headers = [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + (b"k" * 32).hex().encode())]
    assert not nudged.is_pressed()
    told = await ask(app, "POST", PATH, chunks=[b'{"channels":[],"pressed":true}'], headers=headers)
    assert told.status == 200
    assert nudged.is_pressed()

    async def over() -> bool:
        return not nudged.is_pressed()

    await until(over, within_seconds=PRESSURE_LASTS_SECONDS + 10)


async def test_pressure_in_the_service_itself_counts_as_well() -> None:
    assert Nudged(key=b"k" * 32, pressed=lambda: True).is_pressed()
