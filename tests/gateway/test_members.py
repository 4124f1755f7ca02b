"""Members, teams, invitations and the log in GraphQL (G5): read in one call each, changed with typed errors."""

from dataclasses import asdict, replace
from typing import Any
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.ids import AuditEntryId, InvitationId, MemberId, TeamId
from services.contracts.views import AuditEntryView, InvitationView, SentInvitationView, TeamView
from services.contracts.vocabulary import Discipline, InvitationState, Role
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, page, problem

BO = MemberId(uuid4())
INVITATION = InvitationView(
    id=InvitationId(uuid4()),
    email="ana@acme.example",
    role=Role.AGENT,
    disciplines=(Discipline.SALES,),
    languages=("es",),
    state=InvitationState.OPEN,
    sendings=1,
    created_at=MORNING,
    sent_at=MORNING,
    expires_at=MORNING,
)


def team_of(world: World) -> TeamView:
    return TeamView(
        id=TeamId(uuid4()), name="Madrid", lead_id=world.member.id, member_ids=(world.member.id,), created_at=MORNING, version=3
    )


def serve(world: World, method: str, path: str, document: object) -> list[Any]:
    """Let identity answer so; gives what it is asked with."""
    asked: list[Any] = []

    def respond(body: Any) -> object:
        asked.append(body)
        return document

    world.identity.responders[method, path] = respond
    return asked


async def test_members_show_who_stands_in_and_their_teams_in_one_call_each(graphql: GraphqlClient, world: World) -> None:
    team = team_of(world)
    away = replace(world.member, deputy_id=world.member.id, absent_from=MORNING)
    serve(world, "POST", "/internal/members/page", page([away, away], {"limit": 20}))
    world.identity.responders["POST", "/internal/teams/by-member-ids"] = lambda asked: [[team] for _ in asked["ids"]]

    data = await graphql.ask(
        """{ members { nodes { absentFrom absentUntil deputy { name } successor { name }
          teams { id name lead { name } members { name } } } } }"""
    )

    sol = {"name": "Sol"}
    assert data["members"]["nodes"][1] == {
        "absentFrom": MORNING.isoformat(),
        "absentUntil": None,
        "deputy": sol,
        "successor": None,
        "teams": [{"id": global_id("Team", team.id), "name": "Madrid", "lead": sol, "members": [sol]}],
    }
    assert sorted(world.asked()) == sorted(
        ["identity POST /internal/members/by-ids", "identity POST /internal/members/page", "identity POST /internal/teams/by-member-ids"]
    )


async def test_teams_invitations_and_the_log_are_connections(graphql: GraphqlClient, world: World) -> None:
    team = team_of(world)
    entry = AuditEntryView(
        id=AuditEntryId(uuid4()),
        at=MORNING,
        action="member.deactivated",
        subject_id=BO,
        detail="active: yes -> no",
        by_member=world.member.id,
    )
    serve(world, "POST", "/internal/teams/page", page([team], {"limit": 20}))
    serve(world, "POST", "/internal/invitations/page", page([replace(INVITATION, invited_by=world.member.id)], {"limit": 20}))
    asked = serve(world, "POST", "/internal/audit-log/page", page([entry], {"limit": 20}))

    data = await graphql.ask(
        """query($who: UUID!) { teams { nodes { name version } }
          invitations { nodes { email state sendings invitedBy { name } member { name } } }
          auditLog(subject: $who) { nodes { action detail subjectId byKey by { name } } } }""",
        who=str(BO),
    )

    assert data == {
        "teams": {"nodes": [{"name": "Madrid", "version": 3}]},
        "invitations": {
            "nodes": [{"email": "ana@acme.example", "state": "OPEN", "sendings": 1, "invitedBy": {"name": "Sol"}, "member": None}]
        },
        "auditLog": {
            "nodes": [
                {"action": "member.deactivated", "detail": "active: yes -> no", "subjectId": str(BO), "byKey": None, "by": {"name": "Sol"}}
            ]
        },
    }
    assert asked == [{"limit": 20, "after": None, "subject": str(BO)}]


SENT = "... on InvitationSent { token link invitation { email } } ... on Problem { code }"


async def test_somebody_is_invited_again_and_no_more(graphql: GraphqlClient, world: World) -> None:
    sent = SentInvitationView(invitation=INVITATION, token="ri_secret", link="https://app.example/ri_secret")
    asked = serve(world, "POST", "/v1/invitations", sent)
    serve(world, "POST", f"/v1/invitations/{INVITATION.id}/resend", sent)
    serve(world, "DELETE", f"/v1/invitations/{INVITATION.id}", answer(None, status=204))
    team, invitation = uuid4(), global_id("Invitation", INVITATION.id)
    shown = {"token": "ri_secret", "link": "https://app.example/ri_secret", "invitation": {"email": "ana@acme.example"}}

    invite = f"""mutation {{ inviteMember(input: {{email: "ana@acme.example", role: AGENT, disciplines: [SALES, PR],
      teamId: "{global_id("Team", team)}"}}) {{ {SENT} }} }}"""
    assert await graphql.ask(invite) == {"inviteMember": shown}
    assert asked == [{"email": "ana@acme.example", "role": "agent", "disciplines": ["sales", "pr"], "languages": [], "team_id": str(team)}]
    again = f'mutation {{ resendInvitation(input: {{invitationId: "{invitation}"}}) {{ {SENT} }} }}'
    assert await graphql.ask(again) == {"resendInvitation": shown}
    revoke = f'mutation {{ revokeInvitation(input: {{invitationId: "{invitation}"}}) {{ ... on InvitationRevoked {{ invitationId }} }} }}'
    assert await graphql.ask(revoke) == {"revokeInvitation": {"invitationId": invitation}}


@pytest.mark.parametrize(("status", "code", "kind"), [(409, "email_taken", "Conflict"), (422, "not_an_email", "InvalidInput")])
async def test_an_invitation_that_cannot_be_is_a_typed_error(
    graphql: GraphqlClient, world: World, status: int, code: str, kind: str
) -> None:
    serve(world, "POST", "/v1/invitations", problem(status, code, "No."))
    data = await graphql.ask('mutation { inviteMember(input: {email: "x", role: AGENT}) { __typename ... on Problem { code } } }')
    assert data["inviteMember"] == {"__typename": kind, "code": code.upper()}


async def test_whoever_has_the_link_joins_and_is_signed_in(graphql: GraphqlClient, world: World) -> None:
    asked = serve(world, "POST", "/v1/auth/accept-invitation", world.identity.responders["POST", "/v1/auth/refresh"](None))
    graphql.token = None
    join = """mutation { acceptInvitation(input: {token: "ri_1", name: "Ana", password: "correct horse"}) {
      ... on SignedIn { member { name } } ... on Problem { code } } }"""

    assert await graphql.ask(join) == {"acceptInvitation": {"member": {"name": "Sol"}}}
    assert asked == [{"token": "ri_1", "name": "Ana", "password": "correct horse"}]
    serve(world, "POST", "/v1/auth/accept-invitation", problem(401, "invitation_refused", "No."))
    assert await graphql.ask(join) == {"acceptInvitation": {"code": "SIGN_IN_REFUSED"}}


CHANGES = [
    ("updateMember", "role: MARKETER, disciplines: [SALES]", "PATCH", "", {"role": "marketer", "disciplines": ["sales"]}),
    (
        "setAbsence",
        f'absentUntil: "2026-06-01T00:00:00Z", deputyId: "{global_id("Member", BO)}"',
        "PUT",
        "/absence",
        {"absent_from": None, "absent_until": "2026-06-01T00:00:00Z", "deputy_id": str(BO)},
    ),
    ("endAbsence", "", "DELETE", "/absence", None),
    ("deactivateMember", f'successorId: "{global_id("Member", BO)}"', "POST", "/deactivate", {"successor_id": str(BO)}),
    ("deactivateMember", "", "POST", "/deactivate", {"successor_id": None}),
    ("reactivateMember", "", "POST", "/reactivate", None),
]


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: str(row[0]))
async def test_members_are_changed_with_typed_errors(graphql: GraphqlClient, world: World, row: tuple[str, str, str, str, object]) -> None:
    name, arguments, method, path, sent = row
    whole = f"/v1/members/{world.member.id}{path}"
    asked = serve(world, method, whole, world.member)
    change = f"""mutation {{ {name}(input: {{memberId: "{global_id("Member", world.member.id)}" {arguments}}}) {{
      ... on MemberUpdated {{ member {{ name }} }} ... on Problem {{ __typename code }} }} }}"""

    assert await graphql.ask(change) == {name: {"member": {"name": "Sol"}}}
    assert asked == [sent]
    serve(world, method, whole, problem(409, "last_admin", "One has to stay."))
    assert await graphql.ask(change) == {name: {"__typename": "Conflict", "code": "LAST_ADMIN"}}


async def test_teams_are_made_changed_and_deleted(graphql: GraphqlClient, world: World) -> None:
    team = team_of(world)
    id_, sol = global_id("Team", team.id), global_id("Member", world.member.id)
    made = serve(world, "POST", "/v1/teams", answer(asdict(team), status=201))
    changed = serve(world, "PATCH", f"/v1/teams/{team.id}", team)
    serve(world, "DELETE", f"/v1/teams/{team.id}", answer(None, status=204))
    saved = "{ ... on TeamSaved { team { id } } ... on Problem { code } }"

    make = f'mutation {{ saveTeam(input: {{name: "Madrid", memberIds: ["{sol}"], leadId: "{sol}"}}) {saved} }}'
    assert await graphql.ask(make) == {"saveTeam": {"team": {"id": id_}}}
    await graphql.ask(f'mutation {{ saveTeam(input: {{teamId: "{id_}", version: 3, leadId: null}}) {saved} }}')
    unversioned = await graphql.ask(f'mutation {{ saveTeam(input: {{teamId: "{id_}", name: "x"}}) {saved} }}')
    deleted = await graphql.ask(f'mutation {{ deleteTeam(input: {{teamId: "{id_}"}}) {{ ... on TeamDeleted {{ teamId }} }} }}')

    assert made == [{"name": "Madrid", "member_ids": [str(world.member.id)], "lead_id": str(world.member.id)}]
    assert changed == [{"version": 3, "lead_id": None}]
    assert unversioned["saveTeam"]["code"].startswith(("MALFORMED", "INVALID", "BAD"))
    assert deleted == {"deleteTeam": {"teamId": id_}}
