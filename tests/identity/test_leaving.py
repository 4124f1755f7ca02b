"""Deputies, absence, leaving with a successor, coming back, teams, and the log of it all (G5): over HTTP, on a real database."""

from typing import Any

import orjson
import pytest

from services.contracts.vocabulary import Role
from services.kit.db import Database
from tests.identity.service import Service, Told

UNTIL = "2026-03-15T00:00:00Z"


async def people(service: Service, *names: str) -> tuple[str, dict[str, str]]:
    """A workspace with sol, its administrator, and agents of these names; the token of sol, and everybody's id."""
    token = await service.begin("acme")
    for name in names:
        await service.add_member("acme", name, Role.AGENT)
    listed = (await service.ask("GET", "/v1/members", token=token)).body["items"]
    return token, {member["name"].lower(): member["id"] for member in listed}


def outcome(told: Told) -> tuple[int, str]:
    return told.status, told.body.get("code", "")


async def test_a_member_says_when_they_are_away_and_who_stands_in(service: Service) -> None:
    _, ids = await people(service, "ana", "bo")
    ana = await service.token("acme", "ana")

    away = await service.ask("PUT", f"/v1/members/{ids['ana']}/absence", {"absent_until": UNTIL, "deputy_id": ids["bo"]}, token=ana)
    shown = await service.ask("GET", f"/v1/members/{ids['ana']}", token=ana)
    here = await service.ask("DELETE", f"/v1/members/{ids['ana']}/absence", token=ana)

    assert away.body == shown.body
    assert (away.body["deputy_id"], away.body["absent_from"], away.body["absent_until"]) == (ids["bo"], "2026-03-01T12:00:00Z", UNTIL)
    assert [here.body[each] for each in ("deputy_id", "absent_from", "absent_until")] == [None] * 3
    # Nobody is signed out by it.
    assert (await service.ask("GET", "/v1/me", token=ana)).status == 200


@pytest.mark.parametrize(
    ("absence", "expected"),
    [
        ({"absent_until": "2026-03-01T12:00:00Z"}, (422, "absence")),
        ({"absent_from": "2026-03-20T00:00:00Z", "absent_until": UNTIL}, (422, "absence")),
        ({"deputy_id": "ana"}, (422, "absence")),
        ({"deputy_id": "gone"}, (422, "absence")),
        ({"deputy_id": "01a2f7c0-0000-7000-8000-000000000000"}, (422, "absence")),
        ({"absent_until": "tomorrow"}, (422, "malformed")),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(service: Service, absence: dict[str, str], expected: tuple[int, str]) -> None:
    token, ids = await people(service, "ana", "gone")
    await service.admin.set_active(workspace="acme", email="gone@acme.example", active=False)

    body = {name: ids.get(value, value) for name, value in absence.items()}
    told = await service.ask("PUT", f"/v1/members/{ids['ana']}/absence", body, token=token)

    assert outcome(told) == expected
    assert (await service.ask("GET", f"/v1/members/{ids['ana']}", token=token)).body["absent_from"] is None


async def test_only_administrators_say_that_somebody_else_is_away(service: Service) -> None:
    token, ids = await people(service, "ana", "bo")
    path = f"/v1/members/{ids['ana']}/absence"
    assert (await service.ask("PUT", path, {}, token=await service.token("acme", "bo"))).status == 403
    assert (await service.ask("PUT", path, {}, token=token)).status == 200


async def test_who_leaves_has_a_successor_and_comes_back_without(service: Service, database: Database) -> None:
    """The sessions end, and what is told names the successor, so that others hand over."""
    token, ids = await people(service, "ana", "bo")
    ana = await service.token("acme", "ana")
    path = f"/v1/members/{ids['ana']}"
    await service.ask("PUT", f"{path}/absence", {"deputy_id": ids["sol"]}, token=token)

    left = await service.ask("POST", f"{path}/deactivate", {"successor_id": ids["bo"]}, token=token)
    refused = await service.ask("GET", "/v1/me", token=ana)
    back = await service.ask("POST", f"{path}/reactivate", token=token)

    assert (left.status, left.body["active"], left.body["successor_id"], left.body["deputy_id"]) == (200, False, ids["bo"], None)
    assert refused.status == 401
    assert (back.body["active"], back.body["successor_id"]) == (True, None)
    told = [each for each in await _told(service, database, token) if each["member_id"] == ids["ana"]]
    assert [(each["active"], each.get("successor_id")) for each in told] == [(True, None)] * 2 + [(False, ids["bo"]), (True, None)]
    assert [each["version"] for each in told] == [1, 2, 3, 4]


@pytest.mark.parametrize("successor", ["ana", "gone", "01a2f7c0-0000-7000-8000-000000000000"])
async def test_a_successor_works_here_and_is_somebody_else(service: Service, successor: str) -> None:
    token, ids = await people(service, "ana", "gone")
    await service.admin.set_active(workspace="acme", email="gone@acme.example", active=False)

    body = {"successor_id": ids.get(successor, successor)}
    told = await service.ask("POST", f"/v1/members/{ids['ana']}/deactivate", body, token=token)

    assert outcome(told) == (422, "successor")
    assert (await service.ask("GET", f"/v1/members/{ids['ana']}", token=token)).body["active"] is True


async def test_the_last_administrator_cannot_be_deactivated(service: Service) -> None:
    token, ids = await people(service, "ana")
    told = await service.ask("POST", f"/v1/members/{ids['sol']}/deactivate", {"successor_id": ids["ana"]}, token=token)
    assert outcome(told) == (409, "last_admin")


async def test_a_member_is_in_several_teams_and_one_leads(service: Service) -> None:
    token, ids = await people(service, "ana", "bo")
    madrid = await service.ask(
        "POST", "/v1/teams", {"name": "Madrid", "member_ids": [ids["ana"], ids["bo"]], "lead_id": ids["ana"]}, token=token
    )
    night = await service.ask("POST", "/v1/teams", {"name": "Night", "member_ids": [ids["ana"]]}, token=token)

    of_both = await service.ask("POST", "/internal/teams/by-member-ids", {"ids": [ids["bo"], ids["ana"], ids["sol"]]}, token=token)
    page = await service.ask("GET", "/v1/teams?limit=1", token=token)
    rest = await service.ask("GET", f"/v1/teams?limit=1&after={page.body['next_cursor']}", token=token)

    assert madrid.body["member_ids"] == [ids["ana"], ids["bo"]]
    assert [[team["name"] for team in teams] for teams in of_both.body] == [["Madrid"], ["Madrid", "Night"], []]
    assert [page.body["items"], rest.body["items"]] == [[madrid.body], [night.body]]


async def test_teams_are_renamed_changed_and_deleted_at_the_version_seen(service: Service) -> None:
    token, ids = await people(service, "ana", "bo")
    made = await service.ask("POST", "/v1/teams", {"name": "Madrid", "member_ids": [ids["ana"]], "lead_id": ids["ana"]}, token=token)
    await service.ask("POST", "/v1/teams", {"name": "Night"}, token=token)
    path = f"/v1/teams/{made.body['id']}"

    taken = await service.ask("PATCH", path, {"version": 1, "name": " NIGHT "}, token=token)
    outsider = await service.ask("PATCH", path, {"version": 1, "lead_id": ids["bo"]}, token=token)
    changed = await service.ask("PATCH", path, {"version": 1, "name": "Day", "member_ids": [ids["bo"]]}, token=token)
    stale = await service.ask("PATCH", path, {"version": 1, "name": "Dusk"}, token=token)
    deleted = await service.ask("DELETE", path, token=token)

    assert [outcome(told) for told in (taken, outsider, stale)] == [
        (409, "team_name_taken"),
        (422, "team_members"),
        (409, "team_changed"),
    ]
    assert (changed.body["name"], changed.body["member_ids"], changed.body["lead_id"], changed.body["version"]) == (
        "Day",
        [ids["bo"]],
        None,
        2,
    )
    assert (deleted.status, (await service.ask("GET", path, token=token)).status) == (204, 404)


async def test_who_leads_a_team_hands_it_over(service: Service) -> None:
    token, ids = await people(service, "ana", "bo")
    inside = {"member_ids": [ids["ana"], ids["bo"]], "lead_id": ids["ana"]}
    made = await service.ask("POST", "/v1/teams", {"name": "Madrid"} | inside, token=token)
    alone = await service.ask("POST", "/v1/teams", {"name": "Night", "member_ids": [ids["ana"]], "lead_id": ids["ana"]}, token=token)

    await service.ask("POST", f"/v1/members/{ids['ana']}/deactivate", {"successor_id": ids["bo"]}, token=token)

    leads = [(await service.ask("GET", f"/v1/teams/{team.body['id']}", token=token)).body["lead_id"] for team in (made, alone)]
    assert leads == [ids["bo"], None]


async def test_all_of_it_is_in_the_log(service: Service) -> None:
    """G5: who did what to whom; roles apart from disciplines; nothing in it changes."""
    token, ids = await people(service, "ana", "bo")
    path = f"/v1/members/{ids['ana']}"
    await service.ask("PATCH", path, {"role": "marketer", "disciplines": ["pr", "sales"]}, token=token)
    await service.ask("PUT", f"{path}/absence", {"deputy_id": ids["bo"]}, token=token)
    await service.ask("POST", f"{path}/deactivate", {"successor_id": ids["bo"]}, token=token)

    log = await service.ask("GET", f"/v1/audit-log?subject={ids['ana']}", token=token)
    first = await service.ask("GET", "/v1/audit-log?limit=2", token=token)
    rest = await service.ask("GET", f"/v1/audit-log?after={first.body['next_cursor']}", token=token)

    assert [(entry["action"], entry["by_member"]) for entry in log.body["items"]] == [
        ("member.deactivated", ids["sol"]),
        ("member.absence_set", ids["sol"]),
        ("member.changed", ids["sol"]),
        ("member.added", None),
    ]
    assert log.body["items"][2]["detail"] == "role: agent -> marketer; disciplines: none -> pr, sales"
    assert len(first.body["items"]) + len(rest.body["items"]) == 6


async def _told(service: Service, database: Database, token: str) -> list[Any]:
    workspace = (await service.ask("GET", "/v1/workspace", token=token)).body["id"]
    async with database.transaction(workspace) as connection:
        rows = await connection.fetch("SELECT data FROM outbox WHERE type = 'identity.member.changed' ORDER BY id")
    return [orjson.loads(row["data"]) for row in rows]
