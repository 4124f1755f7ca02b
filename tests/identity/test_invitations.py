"""Invitations (G5): asked, sent again, revoked, accepted once; over HTTP, on a real database."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.contracts.ids import InvitationId, WorkspaceId
from services.contracts.invitations import invitation_token
from services.contracts.vocabulary import Role
from services.identity.settings import IdentitySettings
from services.kit.db import Database
from tests.identity.service import PASSWORD, Service, Told

ASKED = {"email": "ana@acme.example", "role": "agent", "disciplines": ["sales", "service"], "languages": ["es"]}
REFUSED = (401, "invitation_refused")


async def invite(service: Service, token: str, **more: object) -> Any:
    told = await service.ask("POST", "/v1/invitations", ASKED | more, token=token)
    assert told.status == 201, told
    return told.body


async def accept(service: Service, link_token: str, *, name: str = "Ana") -> Told:
    return await service.ask("POST", "/v1/auth/accept-invitation", {"token": link_token, "name": name, "password": PASSWORD})


def outcome(told: Told) -> tuple[int, str]:
    return told.status, told.body.get("code", "")


async def test_whoever_accepts_an_invitation_is_a_member_and_signed_in(service: Service) -> None:
    """G5: role, disciplines, languages and team are those of the invitation; the link works once."""
    token = await service.begin("acme")
    team = await service.ask("POST", "/v1/teams", {"name": "Madrid"}, token=token)
    sent = await invite(service, token, team_id=team.body["id"])

    joined = await accept(service, sent["token"])

    assert joined.status == 200
    member = joined.body["member"]
    assert (member["email"], member["role"], member["disciplines"], member["languages"]) == (
        "ana@acme.example",
        "agent",
        ["sales", "service"],
        ["es"],
    )
    me = await service.ask("GET", "/v1/me", token=joined.body["access_token"])
    assert me.body["member"]["name"] == "Ana"
    assert (await service.sign_in(workspace="acme", email="ana@acme.example")).status == 200
    assert (await service.ask("GET", f"/v1/teams/{team.body['id']}", token=token)).body["member_ids"] == [member["id"]]
    assert outcome(await accept(service, sent["token"])) == REFUSED
    (listed,) = (await service.ask("GET", "/v1/invitations", token=token)).body["items"]
    assert (listed["state"], listed["member_id"], "token" in listed) == ("accepted", member["id"], False)


async def test_two_who_accept_at_once_make_one_member(service: Service) -> None:
    token = await service.begin("acme")
    sent = await invite(service, token)

    answers = await asyncio.gather(*(accept(service, sent["token"], name=name) for name in ("Ana", "Eve")))

    assert sorted(told.status for told in answers) == [200, 401]
    assert len((await service.ask("GET", "/v1/members", token=token)).body["items"]) == 2


async def test_a_link_ends_with_its_time_its_revocation_and_the_next_sending(service: Service) -> None:
    token = await service.begin("acme")
    first = await invite(service, token)
    again = await service.ask("POST", f"/v1/invitations/{first['invitation']['id']}/resend", token=token)
    assert (again.status, again.body["invitation"]["sendings"]) == (200, 2)
    assert outcome(await accept(service, first["token"])) == REFUSED

    service.clock.advance(timedelta(days=7))
    token = await service.token("acme", "sol")
    assert outcome(await accept(service, again.body["token"])) == REFUSED
    (expired,) = (await service.ask("GET", "/v1/invitations", token=token)).body["items"]
    assert expired["state"] == "expired"

    third = await service.ask("POST", f"/v1/invitations/{first['invitation']['id']}/resend", token=token)
    revoked = await service.ask("DELETE", f"/v1/invitations/{first['invitation']['id']}", token=token)
    assert (third.body["invitation"]["state"], revoked.status) == ("open", 204)
    assert outcome(await accept(service, third.body["token"])) == REFUSED
    late = await service.ask("POST", f"/v1/invitations/{first['invitation']['id']}/resend", token=token)
    assert outcome(late) == (409, "invitation_settled")
    assert len((await service.ask("GET", "/v1/members", token=token)).body["items"]) == 1


async def test_guessing_is_refused_alike_and_counted(service: Service) -> None:
    """T8: a token of nobody, of another workspace, changed by a letter: one answer; many tries of one token have to wait."""
    token = await service.begin("acme")
    sent = (await invite(service, token))["token"]
    changed = sent[:-1] + ("A" if sent[-1] != "A" else "Q")

    answers = [await accept(service, guess) for guess in ("", "ri_x", sent[:10], changed, sent.replace("ri_", "rr_"))]
    answers += [await accept(service, changed) for _ in range(9)]
    beyond = await accept(service, changed)

    assert {(told.status, told.body["code"], told.body["title"]) for told in answers} == {
        (401, "invitation_refused", "This invitation is not valid, or not any more; ask for another one")
    }
    assert outcome(beyond) == (429, "too_many_sign_ins")
    assert (await accept(service, sent)).status == 200


async def test_an_address_is_invited_once_and_never_a_member_again(service: Service) -> None:
    token = await service.begin("acme")
    sent = await invite(service, token)

    again = await service.ask("POST", "/v1/invitations", ASKED | {"email": " ANA@acme.example"}, token=token)
    member = await service.ask("POST", "/v1/invitations", ASKED | {"email": "sol@acme.example"}, token=token)

    assert (*outcome(again), again.body["invitation_id"]) == (409, "invited_already", sent["invitation"]["id"])
    assert outcome(member) == (409, "email_taken")
    await service.add_member("acme", "ana", Role.AGENT)
    assert outcome(await accept(service, sent["token"])) == REFUSED


async def test_a_repeated_invitation_answers_the_same_link(service: Service) -> None:
    token = await service.begin("acme")
    headers = [("idempotency-key", "one")]

    first, second = [await service.ask("POST", "/v1/invitations", ASKED, token=token, headers=headers) for _ in range(2)]

    assert first.body == second.body
    assert second.headers["idempotency-replayed"] == "true"
    assert (await accept(service, first.body["token"])).status == 200


async def test_no_token_is_at_rest(service: Service, database: Database, settings: IdentitySettings) -> None:
    """Neither the invitation nor the event nor the stored answer holds what opens the door."""
    token = await service.begin("acme")
    told = await service.ask("POST", "/v1/invitations", ASKED, token=token, headers=[("idempotency-key", "one")])
    workspace = (await service.ask("GET", "/v1/workspace", token=token)).body["id"]

    async with database.transaction(workspace) as connection:
        held = [
            str([tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")])
            for table in ("invitation", "outbox", "idempotency", "audit_entry")
        ]

    secret = told.body["token"][-43:]
    assert not any(secret in each for each in held)
    assert "identity.member.invited" in held[1]
    assert settings.invitation_link == ""
    assert told.body["link"] is None


@pytest.mark.parametrize("role", [Role.MARKETER, Role.AGENT, Role.PARTNER])
async def test_only_administrators_invite(service: Service, role: Role) -> None:
    token = await service.begin("acme", role)
    told = await service.ask("POST", "/v1/invitations", ASKED, token=token)
    assert told.status == 403
    assert (await service.ask("GET", "/v1/invitations", token=token)).status == 403
    assert (await service.ask("GET", "/v1/audit-log", token=token)).status == 403


async def test_another_workspaces_invitations_are_not_there(service: Service) -> None:
    token, other = await service.begin("acme"), await service.begin("bolt")
    sent = await invite(service, token)
    path = f"/v1/invitations/{sent['invitation']['id']}"

    answers = [await service.ask("POST", f"{path}/resend", token=other), await service.ask("DELETE", path, token=other)]

    assert [outcome(told) for told in answers] == [(404, "invitation_not_found")] * 2
    assert (await service.ask("GET", "/v1/invitations", token=other)).body["items"] == []


def test_the_token_has_its_place_and_changes_with_every_sending() -> None:
    """The vectors: engagement computes the same token as identity, in every release."""
    place, invitation = WorkspaceId(UUID(int=1)), InvitationId(UUID(int=2))
    tokens = [invitation_token(b"k" * 32, workspace=place, invitation=invitation, sendings=n) for n in (1, 2)]
    assert tokens[0].startswith("ri_AAAAAAAAAAAAAAAAAAAAAQ")
    assert tokens[0] != tokens[1]


async def test_what_an_administrator_offered_ends_with_their_rights(service: Service) -> None:
    """Whoever may invite nobody any more lets nobody in by what was sent before."""
    token = await service.begin("acme")
    await service.add_member("acme", "eva", Role.ADMIN)
    sent = await invite(service, await service.token("acme", "eva"))
    kept = await invite(service, token, email="tom@acme.example")
    members = (await service.ask("GET", "/v1/members", token=token)).body["items"]
    eva = next(each["id"] for each in members if each["name"] == "Eva")

    changed = await service.ask("PATCH", f"/v1/members/{eva}", {"role": "agent"}, token=token)

    assert changed.status == 200
    assert outcome(await accept(service, sent["token"])) == REFUSED
    assert (await accept(service, kept["token"], name="Tom")).status == 200
