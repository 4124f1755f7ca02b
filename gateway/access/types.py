"""Viewer, Member, Workspace, Session. Called by the schema; values are the contract's views or the token's claims."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.context import Info
from gateway.members import fields
from gateway.relay import Node, shows
from gateway.vocabulary import Discipline, Role
from services.contracts.views import MemberView, WorkspaceView
from services.kit.access import Caller

if TYPE_CHECKING:
    from gateway.members.types import Team

LazyTeam = Annotated["Team", strawberry.lazy("gateway.members.types")]
LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]


@shows(WorkspaceView, description="One company that uses Rapport.")
class Workspace(Node):
    """See WorkspaceView."""

    slug: str = strawberry.field(description="Short name, used to sign in; at most 63 characters.")
    name: str = strawberry.field(description="The company's name; at most 200 characters.")
    created_at: datetime = strawberry.field(description="When it was created; UTC.")


@shows(MemberView, description="A person of the company.")
class Member(Node):
    """See MemberView."""

    name: str = strawberry.field(description="The person's name; at most 200 characters.")
    email: str = strawberry.field(description="The address by which the person signs in.")
    role: Role = strawberry.field(description="What the person may do.")
    disciplines: list[Discipline] = strawberry.field(description="What the person works on; at most seven.")
    languages: list[str] = strawberry.field(description="Languages the person answers in, as BCP 47 tags; at most 20.")
    active: bool = strawberry.field(description="Whether the person can sign in.")
    absent_from: datetime | None = strawberry.field(description="From when the person is away; null: is here. UTC.")
    absent_until: datetime | None = strawberry.field(description="Until when; null: until further notice. UTC.")
    deputy = strawberry.field(
        resolver=fields.deputy_of, graphql_type=LazyMember | None, description="Who gets new assignments and approvals meanwhile."
    )
    successor = strawberry.field(
        resolver=fields.successor_of, graphql_type=LazyMember | None, description="Who took over from somebody who left."
    )
    teams = strawberry.field(
        resolver=fields.teams_of_member, graphql_type=list[LazyTeam], description="The teams the person is in; all of them."
    )


def _member(root: strawberry.Parent[Caller], info: Info) -> Awaitable[MemberView | None] | None:
    return None if root.member_id is None else info.context.loaders.member_by_id.load(root.member_id)


def _workspace(info: Info) -> Awaitable[WorkspaceView]:
    return info.context.loaders.workspace_by_caller.load(None)


def _role(root: strawberry.Parent[Caller]) -> Role:
    return Role(root.role)


def _scopes(root: strawberry.Parent[Caller]) -> list[str]:
    return sorted(root.scopes)


@shows(Caller, description="Whoever asks: the signed-in member, or the API key in use.")
class Viewer:
    """See kit.access.Caller."""

    member = strawberry.field(resolver=_member, graphql_type=Member | None, description="The member; null for an API key.")
    workspace = strawberry.field(resolver=_workspace, graphql_type=Workspace, description="The company asked in.")
    role = strawberry.field(resolver=_role, graphql_type=Role, description="What the viewer may do.")
    scopes = strawberry.field(resolver=_scopes, graphql_type=list[str], description="The permissions that the token carries; at most 50.")
