"""A mailbox and a service that is stopped in the middle: every mail is in the history once, whenever it came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.engagement.main import compose
from services.engagement.settings import EngagementSettings
from tests.engagement.conftest import Service
from tests.engagement.connectors.mail import ADDRESS, PASSWORD, Mail, Mailboxes, mail_of
from tests.engagement.waiting import conversations, messages, until
from tests.serving import http_client, served
from tests.tokens import TokenIssuer

PATIENCE = 30.0
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def boxes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mailboxes]:
    async with Mailboxes.running(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
async def mail(boxes: Mailboxes) -> AsyncIterator[Mail]:
    async with boxes.anew() as servers:
        yield servers


@asynccontextmanager
async def running(settings: EngagementSettings, like: Service | None = None) -> AsyncIterator[Service]:
    """The service in a life of its own; the workspace is that of the life before."""
    issuer = TokenIssuer()
    async with (
        compose(settings, ports={"identity": issuer}) as app,
        served(app) as url,
        http_client(url) as http,
    ):
        made = Service(url, issuer, http)
        if like is not None:
            made.workspace = like.workspace
        yield made


async def texts(service: Service, *, count: int) -> list[str]:
    """The texts of the whole history, sorted, once there are so many."""

    async def there() -> list[str] | None:
        found = [each["text"] for thread in await conversations(service) for each in await messages(service, thread["id"])]
        return sorted(found) if len(found) >= count else None

    found: list[str] = await until(there, within_seconds=PATIENCE)
    assert len(found) == count
    return found


async def knock(service: Service, mail: Mail) -> None:
    """Until the mailbox is listened to: the same mail again and again is one."""

    async def heard() -> bool:
        await mail.put(mail_of("Knock.", Subject="", Message_ID="<knock@door.example>"))
        return bool(await conversations(service))

    await until(heard, within_seconds=PATIENCE)


def numbered(*numbers: int) -> list[bytes]:
    return [mail_of(f"mail {number}", Subject="Re: x", Message_ID=f"<{number}@x.example>") for number in numbers]


async def test_a_restart_in_the_middle_loses_and_doubles_nothing(settings: EngagementSettings, mail: Mail) -> None:
    async with running(settings) as first:
        await first.connect("email", credentials={"password": PASSWORD}, config=mail.config)
        await knock(first, mail)
        await mail.put(*numbered(*range(15)))
    await mail.put(*numbered(15, 16), *numbered(0, 1))
    async with running(settings, first) as second:
        expected = sorted(["Knock.", *(f"mail {number}" for number in range(17))])
        assert await texts(second, count=18) == expected
        await mail.put(*numbered(17))
        assert "mail 17" in await texts(second, count=19)


async def test_a_wrong_password_is_the_channels_trouble_until_it_is_changed(settings: EngagementSettings, mail: Mail) -> None:
    async with running(settings) as service:
        wrong = {"platform": "email", "name": "Help", "credentials": {"password": "wrong"}, "config": mail.config, "check": True}
        refused = await service.post("/v1/channels", wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "credentials_refused")
        assert (await service.get("/v1/channels")).json() == []
        made = await service.connect("email", credentials={"password": "wrong"}, config=mail.config)
        path = f"/v1/channels/{made['channel']['id']}"  # type: ignore[index] # an answer's JSON

        async def trouble() -> str:
            return str((await service.get(f"{path}/health")).json()["trouble"])

        await until(trouble, within_seconds=PATIENCE)
        assert "credentials" in await trouble()
        changed = await service.http.patch(path, json={"credentials": {"password": PASSWORD}}, headers=service.headers())
        assert changed.status_code == 200, changed.text
        await knock(service, mail)
        assert await trouble() == ""


async def test_mails_of_one_batch_find_the_thread_of_one_another(settings: EngagementSettings, mail: Mail) -> None:
    async with running(settings) as service:
        await service.connect("email", credentials={"password": PASSWORD}, config=mail.config)
        await knock(service, mail)
        first = mail_of("one", Subject="A", Message_ID="<a1@x.example>")
        second = mail_of("two", Subject="B", Message_ID="<a2@x.example>", References="<a1@x.example>", From="Ben <ben@x.example>")
        third = mail_of("three", Subject="C", Message_ID="<a3@x.example>", References="<a0@x.example> <a2@x.example>")
        alone = mail_of("four", Subject="A", Message_ID="<a4@x.example>", From="Zoe <zoe@x.example>")
        await asyncio.gather(mail.put(first, second, third, alone))
        await texts(service, count=5)
        sizes = sorted(thread["message_count"] for thread in await conversations(service))
        assert sizes == [1, 1, 3]
        assert ADDRESS in mail.config.values()
