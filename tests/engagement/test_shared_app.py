"""One app of a platform serves the accounts of several workspaces by one address: each hears of its own, and of nothing else."""

import hashlib
import hmac
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from tests.engagement.conftest import Service
from tests.engagement.waiting import until

APP, OTHER_APP = "secret-of-our-app", "secret-of-another-app"
PLATFORMS = {"facebook": "page", "instagram": "instagram"}


async def connected(service: Service, workspace: UUID, *, page: str, secret: str, platform: str = "facebook") -> str:
    """A Page of a workspace; gives its webhook address."""
    body = {
        "platform": platform,
        "name": f"Page {page}",
        "config": {"account": page} if page else {},
        "credentials": {"token": f"token of {page}", "signing_secret": secret},
    }
    answer = await service.http.post("/v1/channels", json=body, headers=service.headers(workspace))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["channel"]["webhook_path"])


async def deliver(service: Service, address: str, *pages: str, secret: str = APP, object_: str = "page") -> None:
    """A message to each of these Pages, in one delivery."""
    person, at = "6200000000000001", 1777888800000
    said = {
        page: {"sender": {"id": person}, "recipient": {"id": page}, "timestamp": at, "message": {"mid": f"m_{page}", "text": page}}
        for page in pages
    }
    body = orjson.dumps({"object": object_, "entry": [{"id": page, "time": at, "messaging": [each]} for page, each in said.items()]})
    signature = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    answer = await service.http.post(address, content=body, headers={"x-hub-signature-256": signature})
    assert answer.status_code == 200, answer.text


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
