"""One app of a platform serves the accounts of several workspaces by one address: each hears of its own, and of nothing else."""

import hashlib
import hmac
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services.engagement.addresses import app_at, delivery_path
from services.engagement.connectors import connectors
from services.engagement.registry import ChannelRegistry
from services.kit.crypto import Vault
from services.kit.db import Database, DatabaseUnavailableError
from tests.engagement.conftest import Service
from tests.engagement.waiting import until

APP, OTHER_APP = "secret-of-our-app", "secret-of-another-app"
PLATFORMS = {"facebook": "page", "instagram": "instagram"}


async def connected(
    service: Service, workspace: UUID, *, page: str, secret: str, platform: str = "facebook", app: str = "", word: str = ""
) -> str:
    """A Page of a workspace; gives its webhook address."""
    body = {
        "platform": platform,
        "name": f"Page {page}",
        "config": {name: value for name, value in (("account", page), ("app_id", app)) if value},
        "credentials": {"token": f"token of {page}", "signing_secret": secret, **({"verify_token": word} if word else {})},
    }
    answer = await service.http.post("/v1/channels", json=body, headers=service.headers(workspace))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["channel"]["webhook_path"])


async def deliver(service: Service, address: str, *pages: str, secret: str = APP, object_: str = "page", status: int = 200) -> None:
    """A message to each of these Pages, in one delivery."""
    person, at = "6200000000000001", 1777888800000
    said = {
        page: {"sender": {"id": person}, "recipient": {"id": page}, "timestamp": at, "message": {"mid": f"m_{page}", "text": page}}
        for page in pages
    }
    body = orjson.dumps({"object": object_, "entry": [{"id": page, "time": at, "messaging": [each]} for page, each in said.items()]})
    signature = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    answer = await service.http.post(address, content=body, headers={"x-hub-signature-256": signature})
    assert answer.status_code == status, answer.text


async def journal(service: Service, workspace: UUID, *, rows: int) -> list[tuple[str, str]]:
    """State and reason of a workspace's items, once there are so many and none waits."""

    async def settled() -> tuple[list[dict[str, Any]]] | None:
        items = (await service.http.get("/v1/journal?limit=100", headers=service.headers(workspace))).json()["items"]
        return (items,) if len(items) == rows and all(each["state"] != "waiting" for each in items) else None

    (found,) = await until(settled, within_seconds=25)
    return sorted((each["state"], each["reason"] or "") for each in found)


async def test_a_delivery_for_several_workspaces_reaches_each_of_them(service: Service) -> None:
    ours, theirs, strangers = uuid4(), uuid4(), uuid4()
    address = await connected(service, ours, page="1001", secret=APP)
    await connected(service, theirs, page="1002", secret=APP)
    await connected(service, strangers, page="1003", secret=OTHER_APP)
    await deliver(service, address, "1001", "1002", "1003", "1004")
    assert await journal(service, theirs, rows=1) == [("done", "")]
    assert await journal(service, ours, rows=1) == [("done", "")]
    assert await journal(service, strangers, rows=0) == []


@pytest.mark.parametrize(("platform", "ours", "strangers"), [("facebook", "1101", "1102"), ("instagram", "1103", "1104")])
async def test_of_accounts_without_a_channel_nothing_is_kept(service: Service, platform: str, ours: str, strangers: str) -> None:
    workspace = uuid4()
    address = await connected(service, workspace, page=ours, secret=APP, platform=platform)
    await deliver(service, address, strangers, object_=PLATFORMS[platform])
    await deliver(service, address, strangers, ours, object_=PLATFORMS[platform])
    assert await journal(service, workspace, rows=1) == [("done", "")]


async def test_a_channel_that_does_not_say_its_account_keeps_what_comes(service: Service) -> None:
    workspace = uuid4()
    address = await connected(service, workspace, page="", secret=APP)
    await deliver(service, address, "1201")
    assert await journal(service, workspace, rows=1) == [("done", "")]


async def test_a_workspace_hears_of_its_own_account_first(service: Service) -> None:
    ours, theirs = uuid4(), uuid4()
    await connected(service, theirs, page="2002", secret=APP)
    address = await connected(service, ours, page="2001", secret=APP)
    await connected(service, ours, page="2002", secret=APP)
    await deliver(service, address, "2002")
    assert await journal(service, ours, rows=1) == [("done", "")]
    assert await journal(service, theirs, rows=0) == []


async def test_nobody_takes_over_an_account_by_writing_it_into_a_channel(service: Service) -> None:
    ours, theirs = uuid4(), uuid4()
    await connected(service, theirs, page="3002", secret=APP)
    address = await connected(service, ours, page="3001", secret=APP)
    (channel,) = (await service.http.get("/v1/channels", headers=service.headers(ours))).json()
    path, headers = f"/v1/channels/{channel['id']}", service.headers(ours)

    taken = await service.http.patch(path, json={"config": {"account": "3002"}}, headers=headers)
    without = await service.http.patch(path, json={"config": {}}, headers=headers)
    then = await service.http.patch(path, json={"config": {"account": "3002"}}, headers=headers)

    assert (taken.status_code, taken.json()["code"]) == (409, "account_kept")
    assert without.status_code == 200, without.text
    assert then.status_code == 409
    await deliver(service, address, "3002")
    assert await journal(service, theirs, rows=1) == [("done", "")]
    assert await journal(service, ours, rows=0) == []


async def test_a_secret_that_somebody_chose_proves_nothing_to_others(service: Service) -> None:
    ours, theirs = uuid4(), uuid4()
    await connected(service, theirs, page="4002", secret=APP)
    address = await connected(service, ours, page="4001", secret=APP)
    (channel,) = (await service.http.get("/v1/channels", headers=service.headers(ours))).json()
    rotated = {"credentials": {"signing_secret": "chosen-by-an-administrator"}}
    changed = await service.http.patch(f"/v1/channels/{channel['id']}", json=rotated, headers=service.headers(ours))
    assert changed.status_code == 200, changed.text
    await deliver(service, address, "4002", "4001", secret="chosen-by-an-administrator")
    assert await journal(service, ours, rows=1) == [("done", "")]
    assert await journal(service, theirs, rows=0) == []


async def test_a_channel_made_for_somebody_elses_account_hears_nothing(service: Service) -> None:
    ours, theirs = uuid4(), uuid4()
    await connected(service, theirs, page="5002", secret=APP)
    address = await connected(service, ours, page="5001", secret=APP)
    await connected(service, ours, page="5002", secret="chosen-by-an-administrator")
    await deliver(service, address, "5002")
    assert await journal(service, theirs, rows=1) == [("done", "")]
    assert await journal(service, ours, rows=0) == []


async def test_what_is_for_a_paused_channel_is_kept_by_nobody(service: Service) -> None:
    ours, theirs = uuid4(), uuid4()
    await connected(service, theirs, page="6002", secret=APP)
    address = await connected(service, ours, page="6001", secret=APP)
    (channel,) = (await service.http.get("/v1/channels", headers=service.headers(theirs))).json()
    paused = await service.http.patch(f"/v1/channels/{channel['id']}", json={"active": False}, headers=service.headers(theirs))
    assert paused.status_code == 200, paused.text
    await deliver(service, address, "6001", "6002")
    assert [state for state, _ in await journal(service, ours, rows=1)] == ["done"]
    assert await journal(service, theirs, rows=0) == []


@pytest.mark.parametrize("ends", [False, True])
async def test_a_channel_that_rests_passes_on_what_is_for_others(service: Service, ends: bool) -> None:
    ours, theirs = uuid4(), uuid4()
    pages = ("7001", "7002") if ends else ("7003", "7004")
    address = await connected(service, ours, page=pages[0], secret=APP)
    await connected(service, theirs, page=pages[1], secret=APP)
    (channel,) = (await service.http.get("/v1/channels", headers=service.headers(ours))).json()
    path, headers = f"/v1/channels/{channel['id']}", service.headers(ours)
    if ends:
        answer = await service.http.delete(path, headers=headers)
    else:
        answer = await service.http.patch(path, json={"active": False}, headers=headers)
    assert answer.status_code in {200, 204}, answer.text

    await deliver(service, address, *pages)
    assert await journal(service, theirs, rows=1) == [("done", "")]
    assert await journal(service, ours, rows=0) == []

    body = orjson.dumps({"object": "page", "entry": [{"id": pages[1], "time": 1, "messaging": []}]})
    forged = await service.http.post(address, content=body, headers={"x-hub-signature-256": "sha256=" + "0" * 64})
    assert forged.status_code == 404


async def test_an_app_has_one_address_whichever_channel_goes(service: Service) -> None:
    ours, theirs, liars = uuid4(), uuid4(), uuid4()
    await connected(service, ours, page="8001", secret=APP, app="700100", word="word-1")
    address = await connected(service, theirs, page="8002", secret=APP, app="700100", word="word-2")
    await connected(service, liars, page="8001", secret="chosen-by-an-administrator", app="700100")
    (channel,) = (await service.http.get("/v1/channels", headers=service.headers(ours))).json()
    assert (channel["app_webhook_path"], address.startswith("/webhooks/apps/")) == ("/webhooks/apps/facebook/700100", False)
    shared = channel["app_webhook_path"]

    await deliver(service, shared, "8001", "8002", "8003")
    assert await journal(service, ours, rows=1) == [("done", "")]
    assert await journal(service, theirs, rows=1) == [("done", "")]
    await deliver(service, shared, "8001", "8002", secret="chosen-by-an-administrator")
    assert await journal(service, liars, rows=1) == [("done", "")]
    await deliver(service, shared, "8001", secret="of nobody", status=401)
    await deliver(service, "/webhooks/apps/facebook/700101", "8001", status=404)
    await deliver(service, "/webhooks/apps/instagram/700100", "8001", status=404)

    for word, answered in (("word-1", 200), ("word-2", 200), ("word-3", 403)):
        asked = {"hub.mode": "subscribe", "hub.challenge": "114", "hub.verify_token": word}
        assert (await service.http.get(shared, params=asked)).status_code == answered

    path, headers = f"/v1/channels/{channel['id']}", service.headers(ours)
    assert (await service.http.patch(path, json={"active": False}, headers=headers)).status_code == 200
    await deliver(service, shared, "8001", "8002")
    assert (await service.http.delete(path, headers=headers)).is_success
    await deliver(service, shared, "8002")
    assert await journal(service, ours, rows=1) == [("done", "")]
    assert await journal(service, theirs, rows=1) == [("done", "")], "the same message, told again"


async def test_a_channel_that_does_not_say_its_account_gets_nothing_at_an_apps_address(service: Service) -> None:
    workspace = uuid4()
    await connected(service, workspace, page="", secret=APP, app="700200")
    await deliver(service, "/webhooks/apps/facebook/700200", "9001")
    assert await journal(service, workspace, rows=0) == []


def test_a_platform_is_told_the_address_of_the_app_where_that_is_known() -> None:
    facebook, whatsapp = (connectors()[each].declaration for each in ("facebook", "whatsapp"))
    assert delivery_path(facebook, {"app_id": "7"}, path_token="t") == "/webhooks/apps/facebook/7"
    assert delivery_path(facebook, {"app_id": "../7"}, path_token="t") == "/webhooks/t"
    assert delivery_path(facebook, {}, path_token="t") == delivery_path(whatsapp, {"app_id": "7"}, path_token="t") == "/webhooks/t"
    assert (app_at("apps/facebook/7"), app_at("apps/facebook/7/8"), app_at("apps"), app_at("x/facebook/7")) == (
        ("facebook", "7"),
        None,
        None,
        None,
    )


async def test_while_the_database_is_away_no_address_is_taken_for_unknown() -> None:
    """A platform that is told 404 may not come again; at 503 it does."""
    away = Database("postgresql://nobody@127.0.0.1:1/nothing", name="away", size=1)
    registry, app = ChannelRegistry(away, vault=Vault(bytes(32))), ("facebook", "1")

    for ask in (registry.find_by_token("t"), registry.find_by_token("t"), registry.find_by_app(app), registry.find_by_app(app)):
        with pytest.raises(DatabaseUnavailableError):
            await ask
