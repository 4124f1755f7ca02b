"""What members decide about pairs that may be one person (W5), and taking it back."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.interaction import Author
from services.identity.sightings import Sighting
from services.identity.suggesting import suggest_everywhere
from services.kit.clock import FixedClock
from services.kit.db import Database
from tests.identity.people import NOON, author, known_people, learn, new_workspace, proposed, sighting
from tests.identity.service import Service


async def test_w5_an_accepted_suggestion_is_a_merge_and_reopens_when_that_is_undone(service: Service, database: Database) -> None:
    token, workspace, path = await _asked(service, database)
    (listed,) = (await service.ask("GET", "/v1/suggestions", token=token)).body["items"]

    merged = await service.ask("POST", f"{path}/accept", {"reason": "Same voice"}, token=token)

    assert (listed["score"], listed["explanation"], listed["evidence"]) == (
        0.7,
        "They have the same name.",
        [{"rule": "name", "bits": 9.5}],
    )
    assert (merged.status, merged.body["kind"]) == (200, "merge")
    assert len((await known_people(database, workspace)).groups) == 1
    assert (await service.ask("GET", "/v1/suggestions", token=token)).body["items"] == []
    assert (await service.ask("POST", f"{path}/reject", {}, token=token)).body["code"] == "suggestion_decided"
    undone = await service.ask("POST", f"/v1/merges/{merged.body['id']}/undo", {}, token=token)
    assert (undone.status, len((await known_people(database, workspace)).groups)) == (200, 2)
    assert (await service.ask("GET", "/v1/suggestions", token=token)).body["items"] == [listed]


async def test_w5_a_rejection_is_remembered_against_certain_evidence(service: Service, database: Database) -> None:
    token, workspace, path = await _asked(service, database)

    rejected = await service.ask("POST", f"{path}/reject", {"reason": "Father and son"}, token=token)
    await learn(database, workspace, *(sighting(author(each, "kim@example.com"), minute=5) for each in ("Kim Lu", "Kim L.")))

    assert (rejected.status, rejected.body["state"]) == (200, "rejected")
    assert len((await known_people(database, workspace)).groups) == 2
    reopened = await service.ask("POST", f"{path}/reopen", {}, token=token)
    assert (reopened.status, reopened.body["state"]) == (200, "open")
    assert len((await known_people(database, workspace)).groups) == 1


async def test_w5_the_sweep_asks_about_names_that_agree_and_withdraws_what_no_longer_holds(
    database: Database, worker_database: Database
) -> None:
    workspace = new_workspace()
    kim = Author(network="x", external_id="1", name="Kimberley Quigginson", handle="kq")
    same = Author(network="youtube", external_id="2", name="Kimberley Quigginson", handle="quiggs")
    await learn(database, workspace, *(Sighting(author=each, at=NOON, source="x", location="Leeds") for each in (kim, same)))

    looked_at = await suggest_everywhere(database, worker_database, clock=FixedClock(NOON))
    asked = (await known_people(database, workspace)).suggestions
    await learn(database, workspace, sighting(replace(same, name="Pedro Fernandez"), minute=1))
    await suggest_everywhere(database, worker_database, clock=FixedClock(NOON))

    assert (looked_at, asked) == (2, frozenset({("1", "2")}))
    assert (await known_people(database, workspace)).suggestions == frozenset()
    assert await suggest_everywhere(database, worker_database, clock=FixedClock(NOON)) == 0


async def _asked(service: Service, database: Database) -> tuple[str, WorkspaceId, str]:
    """A workspace with two people and a suggestion that they are one; the suggestion's path."""
    token = await service.begin("acme")
    me: Any = await service.ask("GET", "/v1/me", token=token)
    workspace = WorkspaceId(UUID(me.body["workspace"]["id"]))
    events = await learn(database, workspace, sighting(author("Kim Lu")), sighting(author("Kim L."), minute=1))
    one, other = (ProfileId(each.profile_id) for each in events)
    return token, workspace, f"/v1/suggestions/{await proposed(database, workspace, one, other)}"
