"""W13 in identity: rules and holds as they are set and told, what would go by them, and what goes."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.vocabulary import Role
from services.identity.retention.activity import keep_activity
from services.kit.db import Database
from tests.flows.waiting import until
from tests.identity.service import NOW, Service

PATH = "/v1/retention"


async def known(service: Service, token: str, name: str) -> str:
    """The contact of somebody of whom a list of ours knows."""
    told = await service.ask("POST", "/v1/profiles", {"network": "crm", "external_id": name, "name": name}, token=token)
    assert told.status == 200, told
    return str(told.body["contact_id"])


async def test_w13_rules_are_set_by_version_and_refused_where_they_make_no_sense(service: Service) -> None:
    token = await service.begin("elm")
    rules = [{"kind": "messages", "days": 365}, {"kind": "people", "days": 30, "stakeholder": "press"}, {"kind": "people", "days": 90}]

    saved = await service.ask("PUT", PATH, {"rules": rules, "version": 0}, token=token)
    stale = await service.ask("PUT", PATH, {"rules": [], "version": 0}, token=token)
    shown = await service.ask("GET", PATH, token=token)

    assert (saved.status, saved.body["version"], saved.body["held"]) == (200, 1, 0)
    assert [(each["kind"], each["action"]) for each in shown.body["rules"]] == [
        ("messages", "anonymise"),
        ("people", "remove"),
        ("people", "remove"),
    ]
    assert (stale.status, stale.body["code"], stale.body["version"]) == (409, "retention_changed", 1)
    log = (await service.ask("GET", "/v1/audit-log", token=token)).body["items"]
    assert "messages: 365 days; people (press): 30 days" in log[0]["detail"]


@pytest.mark.parametrize(
    "rules",
    [
        [{"kind": "messages", "days": 3}],
        [{"kind": "messages", "days": 30, "action": "remove"}],
        [{"kind": "notes", "days": 30, "stakeholder": "press"}],
        [{"kind": "notes", "days": 30}, {"kind": "notes", "days": 60}],
        [{"kind": "everything", "days": 30}],
    ],
)
async def test_w13_a_rule_that_cannot_be_kept_is_refused(service: Service, rules: list[dict[str, object]]) -> None:
    token = await service.begin("fir")
    told = await service.ask("PUT", PATH, {"rules": rules, "version": 0}, token=token)
    assert told.status == 422, told
    assert (await service.ask("GET", f"{PATH}/preview?rule=messages:3", token=token)).status == 422
    assert (await service.ask("GET", f"{PATH}/preview?rule=everything", token=token)).status == 422


async def test_w13_only_administrators_set_how_long_things_are_kept(service: Service) -> None:
    await service.begin("gum")
    await service.add_member("gum", "ana", Role.AGENT)
    token = await service.token("gum", "ana")
    assert (await service.ask("GET", PATH, token=token)).status == 403
    assert (await service.ask("GET", f"{PATH}/runs", token=token)).status == 403


async def test_w13_strangers_people_and_notes_go_by_age_and_who_is_held_stays(service: Service, database: Database) -> None:
    """A dry run names them before; strangers are those who never wrote and of whom nobody said anything."""
    token = await service.begin("oak")
    workspace = WorkspaceId(UUID((await service.ask("GET", "/v1/me", token=token)).body["workspace"]["id"]))
    people = {name: await known(service, token, name) for name in ("stranger", "writer", "noted", "held")}
    writer = (await service.ask("GET", f"/v1/contacts/{people['writer']}", token=token)).body["profiles"][0]["id"]
    async with database.transaction(workspace) as connection:
        await keep_activity(connection, workspace, [(ProfileId(UUID(writer)), NOW)], now=NOW)
    for name in ("noted", "held"):
        noted = await service.ask("POST", f"/v1/contacts/{people[name]}/notes", {"text": "a note"}, token=token)
        assert noted.status == 201, noted
        assert (await service.ask("PUT", f"/v1/contacts/{people[name]}/kinds/press", {}, token=token)).status == 200
    assert (await service.ask("PUT", f"/v1/contacts/{people['held']}/hold", {"reason": "a dispute"}, token=token)).status == 200
    service.clock.advance(timedelta(days=3650))
    fresh = await service.token("oak", "sol")
    rules = [{"kind": kind, "days": 30} for kind in ("strangers", "notes")]

    tried = await service.ask("GET", f"{PATH}/preview?rule=strangers:30&rule=notes:30", token=fresh)

    found = {each["what"]: (each["count"], each["contact_ids"]) for each in tried.body["items"]}
    assert found["strangers"] == (1, [people["stranger"]])
    assert found["notes"] == (1, [people["noted"]])

    saved = await service.ask("PUT", PATH, {"rules": rules, "version": 0}, token=fresh)
    assert saved.body["held"] == 1

    async def gone() -> bool:
        return (await service.ask("GET", f"/v1/contacts/{people['stranger']}", token=fresh)).status == 404

    await until(gone)
    for name in ("writer", "noted", "held"):
        assert (await service.ask("GET", f"/v1/contacts/{people[name]}", token=fresh)).status == 200, name

    async def told() -> list[object] | None:
        runs = (await service.ask("GET", f"{PATH}/runs", token=fresh)).body["items"]
        return runs if len(runs) == len(rules) else None

    runs = await until(told) or []
    assert sorted((each["kind"], each["service"], each["removed"][0]["count"]) for each in runs) == [  # type: ignore[index] # any JSON
        ("notes", "identity", 1),
        ("strangers", "identity", 1),
    ]
    certificates = (await service.ask("GET", "/v1/erasures", token=fresh)).body["items"]
    assert [each["reason"] for each in certificates] == ["no_longer_needed"]
    left = await service.ask("GET", f"/v1/contacts/{people['held']}/notes", token=fresh)
    assert len(left.body["items"]) == 1
    everybody = await service.ask("PUT", PATH, {"rules": [{"kind": "people", "days": 30}], "version": 1}, token=fresh)
    assert everybody.status == 200

    async def only_held() -> bool:
        there = (await service.ask("GET", "/v1/contacts", token=fresh)).body["items"]
        return [each["id"] for each in there] == [people["held"]]

    await until(only_held)
    assert (await service.ask("DELETE", f"/v1/contacts/{people['held']}/hold", token=fresh)).status == 204
    await until(lambda: nobody(service, fresh))


async def nobody(service: Service, token: str) -> bool:
    return not (await service.ask("GET", "/v1/contacts", token=token)).body["items"]
