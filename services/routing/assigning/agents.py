"""What members can take, and how a workspace wants tasks to be given. Called by edges and by `giving`, in their transaction.

Who somebody is, which languages they speak and what they work on is identity's; skills, capacity and whether they take work now are kept
here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, WeightView
from services.contracts.vocabulary import Discipline
from services.kit.db import Connection
from services.routing.errors import MemberNotFoundError, VersionConflictError
from services.routing.statements import assigning as statements


async def settings_of(connection: Connection, workspace: WorkspaceId) -> AssignmentSettingsView:
    """How the workspace wants tasks to be given."""
    row = await statements.settings_of(connection, workspace)
    if row is None:
        return AssignmentSettingsView()
    weights = msgspec.convert(row["weights"], tuple[WeightView, ...])
    return AssignmentSettingsView(
        pushes=row["pushes"], capacity=row["capacity"], weights=weights, version=row["version"], hand_off_days=row["hand_off_days"]
    )


async def replace_settings(
    connection: Connection, workspace: WorkspaceId, wanted: AssignmentSettingsView, *, by: UUID | None, now: datetime
) -> AssignmentSettingsView:
    """Let it be so from now on; `wanted.version` is the one that was read. Raises VersionConflictError."""
    written = await statements.replaced_settings(
        connection,
        workspace,
        pushes=wanted.pushes,
        capacity=wanted.capacity,
        weights=msgspec.json.encode(wanted.weights).decode(),
        hand_off_days=wanted.hand_off_days,
        version=wanted.version,
        by=by,
        now=now,
    )
    if written is None:
        present = await settings_of(connection, workspace)
        raise VersionConflictError("The settings were changed in the meantime; read them again.", version=present.version)
    return replace(wanted, version=written)


async def list_agents(connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[AgentView]:
    """Everybody who works here, by name."""
    return [_view(row) for row in await statements.agents_of(connection, workspace, now=now)]


async def change_agent(  # noqa: PLR0913 - each is one thing that may change
    connection: Connection,
    workspace: WorkspaceId,
    member: MemberId,
    *,
    skills: Sequence[str] | None,
    capacity: float | None,
    keep_capacity: bool,
    available: bool | None,
    version: int,
    now: datetime,
) -> AgentView:
    """Change what a member can take; None leaves it. Raises MemberNotFoundError, VersionConflictError."""
    present = await statements.agent_of(connection, workspace, member, now=now)
    if present is None:
        raise MemberNotFoundError("Name a member who works here now; GET /v1/members tells them.")
    written = await statements.kept_agent(
        connection,
        workspace,
        member,
        skills=present["skills"] if skills is None else sorted(set(skills)),
        capacity=present["capacity"] if keep_capacity else capacity,
        available=present["available"] if available is None else available,
        version=version,
        now=now,
    )
    if written is None:
        raise VersionConflictError("The member's settings were changed in the meantime; read them again.", version=present["version"])
    changed = await statements.agent_of(connection, workspace, member, now=now)
    return _view(changed if changed is not None else present)


def _view(row: asyncpg.Record) -> AgentView:
    return AgentView(
        member_id=MemberId(row["member_id"]),
        name=row["name"],
        disciplines=tuple(Discipline(each) for each in row["disciplines"]),
        languages=tuple(row["languages"]),
        skills=tuple(row["skills"]),
        capacity=row["capacity"],
        available=row["available"],
        absent=row["absent"],
        load=row["load"],
        open_tasks=row["open_tasks"],
        version=row["version"],
    )
