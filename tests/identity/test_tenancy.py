"""Another workspace's ids answer exactly like unknown ids, on every route (T1, T2); the sweep fails on a route it does not know."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from services.contracts.envelope import subject_of
from services.contracts.ids import WorkspaceId
from services.identity.main import describe
from services.identity.settings import IdentitySettings
from services.kit import dead_letters
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.people import author, learn, proposed, sighting
from tests.identity.service import PASSWORD, Service, Told
from tests.identity.transfer.importing import upload

# What names a thing by id, and whose id it is. Everything else names nothing but the caller's own workspace.
BY_PATH = {
    ("GET", "/v1/members/{member_id}"): "member",
    ("PATCH", "/v1/members/{member_id}"): "member",
    ("PUT", "/v1/members/{member_id}/absence"): "member",
    ("DELETE", "/v1/members/{member_id}/absence"): "member",
    ("POST", "/v1/members/{member_id}/deactivate"): "member",
    ("POST", "/v1/members/{member_id}/reactivate"): "member",
    ("GET", "/v1/teams/{team_id}"): "team",
    ("PATCH", "/v1/teams/{team_id}"): "team",
    ("DELETE", "/v1/teams/{team_id}"): "team",
    ("DELETE", "/v1/invitations/{invitation_id}"): "invitation",
    ("POST", "/v1/invitations/{invitation_id}/resend"): "invitation",
    ("GET", "/v1/imports/{import_id}"): "import",
    ("GET", "/v1/imports/{import_id}/report"): "import",
    ("POST", "/v1/imports/{import_id}/cancel"): "import",
    ("GET", "/v1/webhook-endpoints/{endpoint_id}"): "endpoint",
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}"): "endpoint",
    ("DELETE", "/v1/webhook-endpoints/{endpoint_id}"): "endpoint",
    ("GET", "/v1/webhook-endpoints/{endpoint_id}/secret"): "endpoint",
    ("GET", "/v1/webhook-endpoints/{endpoint_id}/deliveries"): "endpoint",
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/rotations"): "endpoint",
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/tests"): "endpoint",
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/replays"): "endpoint",
    ("DELETE", "/v1/api-keys/{key_id}"): "key",
    ("GET", "/v1/contacts/{contact_id}"): "contact",
    ("GET", "/v1/contacts/{contact_id}/export"): "contact",
    ("POST", "/v1/contacts/{contact_id}/erasures"): "contact",
    ("POST", "/v1/contacts/{contact_id}/exports"): "contact",
    ("GET", "/v1/erasures/{erasure_id}"): "erasure",
    ("GET", "/v1/person-exports/{export_id}"): "export",
    **{(method, "/v1/contacts/{contact_id}/hold"): "contact" for method in ("GET", "PUT", "DELETE")},
    ("GET", "/v1/profiles/{profile_id}"): "profile",
    ("GET", "/v1/profiles/{profile_id}/values"): "profile",
    ("POST", "/v1/contacts/{contact_id}/profiles"): "contact",
    ("POST", "/v1/identity/dead-letters/{letter_id}/redrive"): "letter",
    ("GET", "/v1/contacts/{contact_id}/kinds"): "contact",
    ("GET", "/v1/contacts/{contact_id}/labels"): "contact",
    ("GET", "/v1/contacts/{contact_id}/attributes"): "contact",
    ("GET", "/v1/contacts/{contact_id}/notes"): "contact",
    ("PUT", "/v1/contacts/{contact_id}/kinds/press"): "contact",
    ("DELETE", "/v1/contacts/{contact_id}/kinds/press"): "contact",
    ("PUT", "/v1/contacts/{contact_id}/labels/{label_id}"): "contact",
    ("DELETE", "/v1/contacts/{contact_id}/labels/{label_id}"): "contact",
    ("PATCH", "/v1/contacts/{contact_id}/attributes"): "contact",
    ("POST", "/v1/contacts/{contact_id}/notes"): "contact",
    ("PATCH", "/v1/contacts/{contact_id}/notes/{note_id}"): "contact",
    ("DELETE", "/v1/contacts/{contact_id}/notes/{note_id}"): "contact",
    ("PATCH", "/v1/contact-labels/{label_id}"): "label",
    ("DELETE", "/v1/contact-labels/{label_id}"): "label",
    ("PATCH", "/v1/contact-attributes/{key}"): "attribute",
    ("DELETE", "/v1/contact-attributes/{key}"): "attribute",
    ("GET", "/v1/contacts/{contact_id}/references"): "contact",
    ("PUT", "/v1/contacts/{contact_id}/references/{system}/{type}/{external_id}"): "contact",
    ("DELETE", "/v1/contacts/{contact_id}/references/{system}/{type}/{external_id}"): "contact",
    ("GET", "/v1/contacts/{contact_id}/companies"): "contact",
    ("GET", "/v1/contacts/{contact_id}/relations"): "contact",
    ("POST", "/v1/contacts/{contact_id}/leads"): "contact",
    ("GET", "/v1/contacts/{contact_id}/leads"): "contact",
    ("GET", "/v1/leads/{lead_id}"): "lead",
    ("POST", "/v1/leads/{lead_id}/status"): "lead",
    ("GET", "/v1/companies/{company_id}"): "company",
    ("PATCH", "/v1/companies/{company_id}"): "company",
    ("DELETE", "/v1/companies/{company_id}"): "company",
    ("GET", "/v1/companies/{company_id}/people"): "company",
    ("PUT", "/v1/companies/{company_id}/people/{contact_id}"): "company",
    ("DELETE", "/v1/companies/{company_id}/people/{contact_id}"): "company",
    ("GET", "/v1/contacts/{contact_id}/merges"): "contact",
    ("POST", "/v1/contacts/{contact_id}/merges"): "contact",
    ("POST", "/v1/contacts/{contact_id}/detach"): "contact",
    ("GET", "/v1/contacts/{contact_id}/merge-preview/{other_id}"): "contact",
    ("POST", "/v1/merges/{merge_id}/undo"): "merge",
    ("GET", "/v1/suggestions/{suggestion_id}"): "suggestion",
    ("POST", "/v1/suggestions/{suggestion_id}/accept"): "suggestion",
    ("POST", "/v1/suggestions/{suggestion_id}/reject"): "suggestion",
    ("POST", "/v1/suggestions/{suggestion_id}/reopen"): "suggestion",
    ("GET", "/v1/contacts/{contact_id}/consent"): "contact",
    ("GET", "/v1/contacts/{contact_id}/consent/history"): "contact",
    ("POST", "/v1/contacts/{contact_id}/consent"): "contact",
    ("POST", "/v1/contacts/{contact_id}/do-not-contact"): "contact",
    ("POST", "/v1/contacts/{contact_id}/do-not-contact/lift"): "contact",
    ("PUT", "/v1/contacts/{contact_id}/preference-link"): "contact",
    ("DELETE", "/v1/contacts/{contact_id}/preference-link"): "contact",
}
# What a request needs beside its ids, to be refused for nothing but them.
SENT: Mapping[str, object] = {
    "/v1/members/{member_id}/absence": {},
    "/v1/members/{member_id}/deactivate": {},
    "/v1/teams/{team_id}": {"version": 1, "name": "Mine now"},
    "/v1/contacts/{contact_id}/erasures": {},
    "/v1/contacts/{contact_id}/profiles": {"network": "crm", "external_id": "1"},
    "/v1/contacts/{contact_id}/hold": {"reason": "x"},
    "/v1/webhook-endpoints/{endpoint_id}": {"version": 1, "active": False},
    "/v1/webhook-endpoints/{endpoint_id}/rotations": {"version": 1},
    "/v1/webhook-endpoints/{endpoint_id}/tests": {},
    "/v1/webhook-endpoints/{endpoint_id}/replays": {"since": "2026-03-01T00:00:00Z"},
    "/v1/contacts/{contact_id}/kinds/press": {},
    "/v1/contacts/{contact_id}/attributes": {"values": {}},
    "/v1/contacts/{contact_id}/notes": {"text": "x"},
    "/v1/contacts/{contact_id}/notes/{note_id}": {"pinned": True},
    "/v1/contact-attributes/{key}": {"label": "x"},
    "/v1/contacts/{contact_id}/references/{system}/{type}/{external_id}": {},
    "/v1/companies/{company_id}/people/{contact_id}": {},
    "/v1/contacts/{contact_id}/leads": {"system": "crm"},
    "/v1/leads/{lead_id}/status": {"state": "accepted"},
    "/v1/contacts/{contact_id}/merges": {"contact_id": str(UUID(int=1))},
    "/v1/contacts/{contact_id}/detach": {"profile_id": str(UUID(int=1))},
    "/v1/merges/{merge_id}/undo": {},
    "/v1/suggestions/{suggestion_id}/accept": {},
    "/v1/suggestions/{suggestion_id}/reject": {},
    "/v1/suggestions/{suggestion_id}/reopen": {},
    "/v1/contacts/{contact_id}/consent": {"purpose": "marketing", "state": "granted", "how": "x"},
    "/v1/contacts/{contact_id}/do-not-contact": {"reason": "x"},
    "/v1/contacts/{contact_id}/do-not-contact/lift": {"reason": "x"},
}
BY_BODY = {
    "/internal/contacts/by-ids": "contact",
    "/internal/holds/by-contact-ids": "contact",
    "/internal/contacts/by-profile-ids": "profile",
    "/internal/profiles/by-ids": "profile",
    "/internal/profiles/by-contact-ids": "contact",
    "/internal/members/by-ids": "member",
    "/internal/teams/by-ids": "team",
    "/internal/teams/by-member-ids": "member",
    "/internal/invitations/by-ids": "invitation",
    "/internal/kinds/by-contact-ids": "contact",
    "/internal/contact-labels/by-contact-ids": "contact",
    "/internal/attributes/by-contact-ids": "contact",
    "/internal/notes/by-contact-ids": "contact",
    "/internal/consent/by-contact-ids": "contact",
    "/internal/notes/by-ids": "note",
    "/internal/suggestions/by-ids": "suggestion",
    "/internal/suggestions/by-contact-ids": "contact",
    "/internal/references/by-contact-ids": "contact",
    "/internal/leads/by-contact-ids": "contact",
    "/internal/leads/by-ids": "lead",
    "/internal/relations/by-contact-ids": "contact",
    "/internal/employments/by-contact-ids": "contact",
    "/internal/companies/by-ids": "company",
}


def test_every_route_with_an_id_is_swept() -> None:
    described = describe().openapi()["paths"]

    with_ids = {
        (method.upper(), path.replace("{kind}", "press"))
        for path, methods in described.items()
        for method in methods
        # Which names what the caller's own systems call somebody; which is for whoever has the link.
        if "{" in path and "/by-reference/" not in path and "{token}" not in path
    }

    assert with_ids == BY_PATH.keys()


async def test_ids_of_another_workspace_are_unknown(service: Service, database: Database) -> None:
    token, theirs = await _two_workspaces(service, database)

    for (method, path), kind in BY_PATH.items():
        body = None if method in {"GET", "DELETE"} else SENT.get(path, {"name": "Mine now"} if method == "PATCH" else None)
        foreign = await service.ask(method, _filled(path, theirs[kind]), body, token=token)
        unknown = await service.ask(method, _filled(path, str(new_id())), body, token=token)
        assert _without_request(foreign) == _without_request(unknown)
        assert foreign.status == 404
    for path, kind in BY_BODY.items():
        foreign = await service.ask("POST", path, {"ids": [theirs[kind]]}, token=token)
        unknown = await service.ask("POST", path, {"ids": [str(new_id())]}, token=token)
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
        assert foreign.body in ([None], [[]])


async def test_the_other_workspace_is_untouched_by_the_sweep(service: Service, database: Database) -> None:
    token, theirs = await _two_workspaces(service, database)
    await service.ask("PATCH", f"/v1/members/{theirs['member']}", {"name": "Mine", "active": False}, token=token)
    await service.ask("DELETE", f"/v1/api-keys/{theirs['key']}", token=token)

    (member,) = await service.admin.list_members(workspace="bolt")
    (key,) = await service.admin.list_api_keys(workspace="bolt")

    assert (member.name, member.active) == ("Sol", True)
    assert key.revoked_at is None


async def test_lists_show_the_caller_s_workspace_only(service: Service, database: Database) -> None:
    token, theirs = await _two_workspaces(service, database)

    for path in ("/v1/members", "/v1/api-keys", "/v1/contacts", "/v1/contacts?q=kim", "/internal/snapshot/profiles"):
        told = await service.ask("GET", path, token=token)
        assert told.status == 200
        assert not set(theirs.values()) & {str(value) for item in told.body["items"] for value in item.values()}
    page = await service.ask("POST", "/internal/contacts/page", {}, token=token)
    assert page.body == {"items": [], "cursors": [], "has_next": False, "resume": None}


async def test_without_a_where_clause_nothing_of_others_is_seen(service: Service, database: Database, database_url: str) -> None:
    await _two_workspaces(service, database)
    acme = await service.admin.find_workspace("acme")
    tables = await _tenant_tables(database_url)

    async with database.transaction(acme) as connection:
        for table in tables:
            others = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE workspace_id <> $1", acme)
            assert others == 0, table
    async with database.transaction() as connection:
        for table in tables:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_the_app_role_reads_no_signing_key_and_writes_into_no_other_workspace(service: Service, database: Database) -> None:
    await service.begin("acme")
    for statement in ("SELECT * FROM signing_key", "SELECT * FROM sign_in_attempt"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction() as connection:
                await connection.fetch(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(WorkspaceId(new_id())) as connection:
            await connection.execute(
                "INSERT INTO blocked_identifier (workspace_id, type, key, reason, created_at) VALUES ($1, 'email', '', '', now())",
                new_id(),
            )


async def test_the_worker_role_sees_no_people(worker_database: Database, settings: IdentitySettings) -> None:
    for table in ("member", "api_key", "profile", "contact", "membership", "profile_identifier"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with worker_database.transaction() as connection:
                await connection.fetch(f"SELECT * FROM {table}")


@pytest.mark.parametrize("token", [None, "", "x", "eyJhbGciOiJub25lIn0.e30."])
async def test_without_a_token_nothing_is_answered(service: Service, token: str | None) -> None:
    asked = [(method, _filled(path, str(new_id()))) for method, path in BY_PATH]
    asked += [("POST", path) for path in BY_BODY]
    asked += [("GET", path) for path in ("/v1/me", "/v1/workspace", "/v1/members", "/v1/contacts")]

    for method, path in asked:
        body = {"ids": []} if method == "POST" else {} if method in {"PATCH", "PUT"} else None
        assert (await service.ask(method, path, body, token=token)).status == 401, path


async def _two_workspaces(service: Service, database: Database) -> tuple[str, Mapping[str, str]]:
    """A token of acme's administrator, and ids of what bolt has."""
    token = await service.begin("acme")
    other = await service.begin("bolt")
    key = await service.admin.create_api_key(workspace="bolt", name="k", scopes=["contacts:read"])
    me = await service.ask("GET", "/v1/me", token=other)
    workspace = WorkspaceId(UUID(me.body["workspace"]["id"]))
    event, second = await learn(database, workspace, sighting(author("Kim", "kim@example.com")), sighting(author("Ana"), minute=1))
    assert (await service.sign_in(workspace="bolt", email="sol@bolt.example", password=PASSWORD)).status == 200
    subject = subject_of("engagement.interaction.received", version=1, workspace=workspace)
    at = datetime.now(UTC)
    await dead_letters.bury(database, consumer="identity-profiles", payload=b"{}", subject=subject, reason="", attempts=8, now=at)
    (letter,) = await service.admin.list_dead_letters(workspace)
    label = await service.ask("POST", "/v1/contact-labels", {"name": "Theirs"}, token=other)
    lead = await service.ask("POST", f"/v1/contacts/{event.contact_id}/leads", {"system": "crm"}, token=other)
    company = await service.ask("POST", "/v1/companies", {"name": "Theirs"}, token=other)
    note = await service.ask("POST", f"/v1/contacts/{event.contact_id}/notes", {"text": "x"}, token=other)
    await service.ask("POST", "/v1/contact-attributes", {"key": "theirs", "label": "Theirs", "type": "text"}, token=other)
    merge = await service.ask("POST", f"/v1/contacts/{event.contact_id}/merges", {"contact_id": str(second.contact_id)}, token=other)
    endpoint = await service.ask("POST", "/v1/webhook-endpoints", {"url": "https://partner.example/hook"}, token=other)
    suggestion = await proposed(database, workspace, event.profile_id, second.profile_id)
    inside = [me.body["member"]["id"]]
    team = await service.ask("POST", "/v1/teams", {"name": "Theirs", "member_ids": inside}, token=other)
    invitation = await service.ask("POST", "/v1/invitations", {"email": "x@bolt.example", "role": "agent"}, token=other)
    export = await service.ask("POST", f"/v1/contacts/{event.contact_id}/exports", token=other)
    gone = await service.ask("POST", "/v1/profiles", {"network": "crm", "external_id": "gone"}, token=other)
    erasure = await service.ask("POST", f"/v1/contacts/{gone.body['contact_id']}/erasures", {}, token=other)
    brought = await upload(service, other, b"network,external_id\ncrm,1\n")
    return token, {
        "team": team.body["id"],
        "invitation": invitation.body["invitation"]["id"],
        "endpoint": endpoint.body["id"],
        "import": brought.body["id"],
        "erasure": erasure.body["id"],
        "export": export.body["id"],
        "merge": merge.body["id"],
        "suggestion": str(suggestion),
        "member": me.body["member"]["id"],
        "key": str(key.key.id),
        "contact": str(event.contact_id),
        "profile": str(event.profile_id),
        "letter": str(letter.id),
        "label": label.body["id"],
        "attribute": "theirs",
        "company": company.body["id"],
        "lead": lead.body["id"],
        "note": note.body["id"],
    }


async def _tenant_tables(database_url: str) -> list[str]:
    owner = await asyncpg.connect(database_url, timeout=10)
    try:
        rows = await owner.fetch(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'identity' AND column_name = 'workspace_id' AND table_name !~ '_(default|[0-9]{2})$'"
        )
    finally:
        await owner.close()
    tables = [row["table_name"] for row in rows]
    assert len(tables) >= 28
    return tables


def _filled(path: str, identifier: str) -> str:
    return re.sub(r"{\w+}", identifier, path)


def _without_request(told: Told) -> tuple[int, object, dict[str, str]]:
    return told.status, told.body, {name: value for name, value in told.headers.items() if name != "x-request-id"}
