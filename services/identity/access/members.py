"""Members: who works for the company here, with which role and disciplines. Runs in the caller's transaction.

Called by `api` and `admin`. Ends the sessions of whoever loses a right; never sees a password, only its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.events import AccessRevoked, MemberChanged
from services.contracts.ids import MemberId, SessionId, WorkspaceId
from services.contracts.views import MemberView
from services.contracts.vocabulary import Discipline, Role
from services.identity.errors import EmailTakenError, LastAdminError, MemberNotFoundError, NotAnEmailError
from services.identity.matching import normalise_email
from services.identity.statements import credentials, workspaces
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id

FIRST_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Somebody to add; the password comes as its hash."""

    email: str
    name: str
    role: Role
    password_hash: str
    disciplines: tuple[Discipline, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """What is to be different; None leaves it."""

    name: str | None = None
    role: Role | None = None
    disciplines: tuple[Discipline, ...] | None = None
    languages: tuple[str, ...] | None = None
    active: bool | None = None
    password_hash: str | None = None


def sign_in_key(email: str) -> str:
    """The form of an address by which a member signs in. Raises NotAnEmailError."""
    key = normalise_email(email)
    if key is None:
        raise NotAnEmailError
    return key


async def add_member(connection: Connection, workspace: WorkspaceId, new: NewMember, *, now: datetime) -> MemberView:
    """Raises NotAnEmailError, EmailTakenError."""
    key = sign_in_key(new.email)
    member = MemberView(
        id=MemberId(new_id()),
        name=new.name,
        email=new.email.strip(),
        role=new.role,
        disciplines=_once(new.disciplines),
        languages=new.languages,
        active=True,
    )
    written = await workspaces.inserted_member(connection, workspace, member, email_key=key, password_hash=new.password_hash, now=now)
    if not written:
        raise EmailTakenError
    await outbox.append(connection, workspace, [_changed(member, version=FIRST_VERSION)], now=now)
    return member


async def change_member(
    connection: Connection, workspace: WorkspaceId, member: MemberId, change: MemberChange, *, now: datetime
) -> tuple[MemberView, list[SessionId]]:
    """The member as it is then, and the sessions that this ended: a new role, password or deactivation ends them all.

    Raises MemberNotFoundError, LastAdminError.
    """
    admins = await workspaces.locked_admins(connection, workspace)
    before = await workspaces.member_for_change(connection, workspace, member)
    if before is None:
        raise MemberNotFoundError
    after = _apply(before, change)
    if admins == {member} and not (after.active and after.role is Role.ADMIN):
        raise LastAdminError
    version = await workspaces.changed_member(connection, workspace, after, password_hash=change.password_hash, now=now)
    ended: list[SessionId] = []
    if (after.role, after.active) != (before.role, before.active) or change.password_hash is not None:
        ended = await credentials.revoked_sessions_of_member(connection, workspace, member, because="member changed", now=now)
    events: list[Event] = [] if after == before else [_changed(after, version=version)]
    await outbox.append(connection, workspace, [*events, *(AccessRevoked(session_id=each) for each in ended)], now=now)
    return after, ended


async def get_member(connection: Connection, workspace: WorkspaceId, member: MemberId) -> MemberView:
    """Raises MemberNotFoundError."""
    found = await list_members_by_ids(connection, workspace, [member])
    if found[0] is None:
        raise MemberNotFoundError
    return found[0]


async def snapshot_members(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[MemberChanged]:
    """Every member as the event that last told of it, in the order of ids."""
    found = await workspaces.page_of_versions(connection, workspace, after=after, limit=limit)
    return [_changed(member, version=version) for member, version in found]


async def list_members_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[MemberView | None]:
    """Aligned with `ids`."""
    found = await workspaces.members_of_ids(connection, workspace, ids)
    return [found.get(each) for each in ids]


def _apply(member: MemberView, change: MemberChange) -> MemberView:
    return replace(
        member,
        name=member.name if change.name is None else change.name,
        role=member.role if change.role is None else change.role,
        disciplines=member.disciplines if change.disciplines is None else _once(change.disciplines),
        languages=member.languages if change.languages is None else change.languages,
        active=member.active if change.active is None else change.active,
    )


def _once(disciplines: tuple[Discipline, ...]) -> tuple[Discipline, ...]:
    return tuple(dict.fromkeys(disciplines))


def _changed(member: MemberView, *, version: int) -> MemberChanged:
    return MemberChanged(
        member_id=member.id,
        name=member.name,
        role=member.role,
        disciplines=member.disciplines,
        active=member.active,
        email=member.email,
        languages=member.languages,
        version=version,
    )
