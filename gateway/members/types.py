"""Team, Invitation, AuditEntry. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from gateway.members import fields
from gateway.relay import Node, shows
from gateway.vocabulary import Discipline, InvitationState, Role
from services.contracts.views import AuditEntryView, InvitationView, TeamView

if TYPE_CHECKING:
    from gateway.access.types import Member

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]


@shows(TeamView, description="Members who work together, whatever their disciplines. It grants nothing.")
class Team(Node):
    """See TeamView."""

    name: str = strawberry.field(description="Its name, unique however it is written; at most 200 characters.")
    created_at: datetime = strawberry.field(description="When it was made; UTC.")
    version: int = strawberry.field(description="Grows with every change of the team.")
    members = strawberry.field(
        resolver=fields.members_of_team,
        graphql_type=list[LazyMember],
        description="Who is in it, in the order in which they joined the company; at most 100.",
    )
    lead = strawberry.field(resolver=fields.lead_of, graphql_type=LazyMember | None, description="Who leads it; one of its members.")


@shows(InvitationView, description="Somebody who was asked to join. For administrators.")
class Invitation(Node):
    """See InvitationView."""

    email: str = strawberry.field(description="Who was asked; at most 254 characters.")
    role: Role = strawberry.field(description="What the person will be allowed to do.")
    disciplines: list[Discipline] = strawberry.field(description="What the person will work on; at most seven.")
    languages: list[str] = strawberry.field(description="Languages the person answers in, as BCP 47 tags; at most 20.")
    state: InvitationState = strawberry.field(description="Whether it can still be accepted.")
    sendings: int = strawberry.field(description="How often the link was sent; only the last one works.")
    created_at: datetime = strawberry.field(description="When the person was first asked; UTC.")
    sent_at: datetime = strawberry.field(description="When the link was last sent; UTC.")
    expires_at: datetime = strawberry.field(description="Until when the link works; UTC.")
    team = strawberry.field(resolver=fields.team_of_invitation, graphql_type=Team | None, description="Which team the person will be in.")
    invited_by = strawberry.field(
        resolver=fields.inviter_of, graphql_type=LazyMember | None, description="Who asked; null for a program or the operator."
    )
    member = strawberry.field(
        resolver=fields.member_of_invitation, graphql_type=LazyMember | None, description="Who came of it, once it is accepted."
    )


def _subject(root: strawberry.Parent[AuditEntryView]) -> UUID:
    return root.subject_id


def _key(root: strawberry.Parent[AuditEntryView]) -> UUID | None:
    return root.by_key


@shows(AuditEntryView, description="What was done about members or access, and by whom. Nothing in the log is ever changed.")
class AuditEntry:
    """See AuditEntryView."""

    at: datetime = strawberry.field(description="When; UTC.")
    action: str = strawberry.field(description="What, such as member.deactivated, invitation.sent, team.changed, key.revoked.")
    detail: str = strawberry.field(description="The same for people, such as what was and what is; at most 1,000 characters.")
    subject_id = strawberry.field(
        resolver=_subject, graphql_type=UUID, description="The member, invitation, team or API key that it was done to: its bare id."
    )
    by_key = strawberry.field(resolver=_key, graphql_type=UUID | None, description="The API key that did it, by its bare id.")
    by = strawberry.field(
        resolver=fields.actor_of_entry,
        graphql_type=LazyMember | None,
        description="The member who did it; null, without a key, for the operator.",
    )
