"""Snapshots for projections of other services, and who may read them: whoever holds the deployment's secret, for one workspace."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from services.contracts.events import MemberChanged
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import Role
from services.identity.settings import IdentitySettings
from services.kit.access import WorkerTokens, proof_of, workers
from services.kit.port import PortUnavailableError
from tests.identity.service import Service, Told


async def members(service: Service, token: str, query: str = "") -> Told:
    return await service.ask("GET", f"/internal/snapshot/members{query}", token=token)


async def workspace_of(service: Service, token: str) -> WorkspaceId:
    return WorkspaceId(UUID((await service.ask("GET", "/v1/workspace", token=token)).body["id"]))


def tokens_of(service: Service, settings: IdentitySettings) -> WorkerTokens:
    return WorkerTokens(service.port, key=settings.key_for(workers.PURPOSE), clock=service.clock)


async def test_a_service_of_ours_reads_all_members_as_last_told(service: Service, settings: IdentitySettings) -> None:
    admin = await service.begin("acme")
    workspace = await workspace_of(service, admin)
    for name in ("ana", "bo"):
        await service.add_member("acme", name, Role.AGENT)
    await service.begin("bolt")
    listed = (await service.ask("GET", "/v1/members", token=admin)).body["items"]
    ana = next(each for each in listed if each["name"] == "Ana")
    change = {"disciplines": ["sales"], "languages": ["en"]}
    assert (await service.ask("PATCH", f"/v1/members/{ana['id']}", change, token=admin)).status == 200

    worker = await tokens_of(service, settings).token(workspace)
    first = await members(service, worker, "?limit=2")
    rest = await members(service, worker, f"?limit=2&after={first.body['cursors'][-1]}")

    told = msgspec.convert([*first.body["items"], *rest.body["items"]], list[MemberChanged])
    assert [(each.name, each.email, each.version) for each in told] == [
        ("Sol", "sol@acme.example", 1),
        ("Ana", "ana@acme.example", 2),
        ("Bo", "bo@acme.example", 1),
    ]
    assert (told[1].disciplines, told[1].languages, told[1].active) == (("sales",), ("en",), True)
    assert (first.body["has_next"], rest.body["has_next"]) == (True, False)


async def test_a_workers_token_reads_snapshots_and_nothing_else(service: Service, settings: IdentitySettings) -> None:
    workspace = await workspace_of(service, await service.begin("acme"))
    worker = await tokens_of(service, settings).token(workspace)

    assert (await members(service, worker)).status == 200
    assert (await service.ask("GET", "/v1/members", token=worker)).status == 403
    assert (await service.ask("GET", "/v1/contacts", token=worker)).status == 403


async def test_a_member_is_no_worker(service: Service) -> None:
    await service.begin("acme")
    await service.add_member("acme", "ana", Role.AGENT)
    assert (await members(service, await service.token("acme", "ana"))).status == 403


@pytest.mark.parametrize("wrong", ["other key", "other workspace", "old", "early", "no proof"])
async def test_without_a_fresh_proof_there_is_no_token(service: Service, settings: IdentitySettings, wrong: str) -> None:
    workspace, other = UUID(int=1), UUID(int=2)
    ages = {"old": timedelta(seconds=-61), "early": timedelta(seconds=61)}
    at = int((service.clock.now() + ages.get(wrong, timedelta())).timestamp())
    key = settings.key_for("something else" if wrong == "other key" else workers.PURPOSE)
    proof = proof_of(key, workspace=other if wrong == "other workspace" else workspace, at=at)
    body = {"workspace_id": str(workspace), "at": at, "proof": "" if wrong == "no proof" else proof}

    refused = await service.ask("POST", workers.PATH, body)

    assert (refused.status, refused.body["code"]) == (401, "worker_refused")


async def test_a_service_with_another_secret_gets_no_token(service: Service) -> None:
    tokens = WorkerTokens(service.port, key=b"k" * 32, clock=service.clock)
    with pytest.raises(PortUnavailableError):
        await tokens.token(WorkspaceId(UUID(int=1)))


async def test_a_token_is_asked_for_once_while_it_is_good(service: Service, settings: IdentitySettings) -> None:
    tokens = tokens_of(service, settings)
    first = await tokens.token(WorkspaceId(UUID(int=1)))
    assert await tokens.token(WorkspaceId(UUID(int=1))) == first
    service.clock.advance(timedelta(minutes=5))
    second = await tokens.token(WorkspaceId(UUID(int=1)))
    assert second != first
    # A token from before the clock was set back begins in the future, where nobody would take it.
    service.clock.advance(timedelta(minutes=-10))
    third = await tokens.token(WorkspaceId(UUID(int=1)))
    assert third not in {first, second}
    assert (await service.ask("GET", "/internal/snapshot/members", token=third)).status == 200
