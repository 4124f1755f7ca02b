"""Members: who works for the company here, with which role and disciplines. Runs in the caller's transaction.

Called by `api` and `admin`. Ends the sessions of whoever loses a right; never sees a password, only its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from services.contracts.envelope import Event
from services.contracts.events import AccessRevoked, MemberChanged
from services.contracts.ids import MemberId, SessionId, WorkspaceId
from services.contracts.views import MemberView
from services.contracts.vocabulary import Discipline, Role
from services.identity.access.errors import AbsenceError, NotActiveError, SuccessorError
from services.identity.audit import Actor, record
from services.identity.errors import EmailTakenError, LastAdminError, MemberNotFoundError, NotAnEmailError
from services.identity.matching import normalise_email
from services.identity.statements import credentials, invitations, teams, workspaces
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
    """What is to be different; None leaves it. `successor` takes over from a member who becomes inactive by this."""

    name: str | None = None
    role: Role | None = None
    disciplines: tuple[Discipline, ...] | None = None
    languages: tuple[str, ...] | None = None
    active: bool | None = None
    password_hash: str | None = None
    successor: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """From when (None: not at all) until when (None: until further notice), and who gets what is new (None: nobody else)."""

    begins_at: datetime | None
    ends_at: datetime | None = None
    deputy: MemberId | None = None


_HERE = Absence(begins_at=None)


def sign_in_key(email: str) -> str:
    """The form of an address by which a member signs in. Raises NotAnEmailError."""
    key = normalise_email(email)
    if key is None:
        raise NotAnEmailError
    return key


async def add_member(connection: Connection, workspace: WorkspaceId, new: NewMember, *, by: Actor, now: datetime) -> MemberView:
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
    await record(connection, workspace, "member.added", subject=member.id, by=by, now=now, detail=f"role {member.role.value}")
    await outbox.append(connection, workspace, [_changed(member, version=FIRST_VERSION)], now=now)
    return member


async def change_member(
    connection: Connection, workspace: WorkspaceId, member: MemberId, change: MemberChange, *, by: Actor, now: datetime
) -> tuple[MemberView, list[SessionId]]:
    """The member as it is then, and the sessions that this ended: a new role, password or deactivation ends them all.

    Raises MemberNotFoundError, LastAdminError, SuccessorError.
    """
    if change.successor is not None and (change.successor == member or not await is_active(connection, workspace, change.successor)):
        raise SuccessorError
    admins = await workspaces.locked_admins(connection, workspace)
    before = await workspaces.member_for_change(connection, workspace, member)
    if before is None:
        raise MemberNotFoundError
    after = _apply(before, change)
    if admins == {member} and not (after.active and after.role is Role.ADMIN):
        raise LastAdminError
    version = await workspaces.changed_member(connection, workspace, after, password_hash=change.password_hash, now=now)
    if before.active and not after.active:
        await teams.handed_leads(connection, workspace, member, successor=after.successor_id)
    await _record_change(connection, workspace, before, after, change, by=by, now=now)
    if before.active and before.role is Role.ADMIN and not (after.active and after.role is Role.ADMIN):
        for invitation, email in await invitations.revoked_invitations_of(connection, workspace, member, now=now):
            await record(connection, workspace, "invitation.revoked", subject=invitation, by=by, now=now, detail=email)
    ended: list[SessionId] = []
    if (after.role, after.active) != (before.role, before.active) or change.password_hash is not None:
        ended = await credentials.revoked_sessions_of_member(connection, workspace, member, because="member changed", now=now)
    events: list[Event] = [] if after == before else [_changed(after, version=version)]
    await outbox.append(connection, workspace, [*events, *(AccessRevoked(session_id=each) for each in ended)], now=now)
    return after, ended


async def set_absence(
    connection: Connection, workspace: WorkspaceId, member: MemberId, absence: Absence | None, *, by: Actor, now: datetime
) -> MemberView:
    """Say when a member is away, and who gets what is new; None: is here.

    Raises MemberNotFoundError, AbsenceError, NotActiveError.
    """
    if absence is not None:
        await _check_absence(connection, workspace, member, absence, now=now)
    before = await workspaces.member_for_change(connection, workspace, member)
    if before is None:
        raise MemberNotFoundError
    if not before.active:
        raise NotActiveError
    there = absence or _HERE
    after = replace(before, deputy_id=there.deputy, absent_from=there.begins_at, absent_until=there.ends_at)
    if after == before:
        return after
    version = await workspaces.changed_member(connection, workspace, after, password_hash=None, now=now)
    action = "member.absence_ended" if absence is None else "member.absence_set"
    await record(connection, workspace, action, subject=member, by=by, now=now, detail=_differences(before, after))
    await outbox.append(connection, workspace, [_changed(after, version=version)], now=now)
    return after


async def is_active(connection: Connection, workspace: WorkspaceId, member: MemberId) -> bool:
    """Whether there is such a member, who works here now."""
    (found,) = await list_members_by_ids(connection, workspace, [member])
    return found is not None and found.active


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


async def _check_absence(connection: Connection, workspace: WorkspaceId, member: MemberId, absence: Absence, *, now: datetime) -> None:
    if absence.ends_at is not None and absence.ends_at <= max(now, absence.begins_at or now):
        raise AbsenceError("It ends after it begins, and is not over yet; without an end it holds until further notice.")
    if absence.deputy is not None and (absence.deputy == member or not await is_active(connection, workspace, absence.deputy)):
        raise AbsenceError("Name a deputy who works here now, and is somebody else.")


async def _record_change(  # noqa: PLR0913 - what was, what is, what was asked, by whom and when
    connection: Connection, workspace: WorkspaceId, before: MemberView, after: MemberView, change: MemberChange, *, by: Actor, now: datetime
) -> None:
    """One entry for what changed of a member, one for a new password."""
    if change.password_hash is not None:
        await record(connection, workspace, "member.password_changed", subject=after.id, by=by, now=now)
    if after == before:
        return
    action = "member.changed"
    if after.active != before.active:
        action = "member.reactivated" if after.active else "member.deactivated"
    await record(connection, workspace, action, subject=after.id, by=by, now=now, detail=_differences(before, after))


def _differences(before: MemberView, after: MemberView) -> str:
    """What changed, as "role: agent -> admin; languages: en -> en, es"."""
    pairs = [(each.name, getattr(before, each.name), getattr(after, each.name)) for each in fields(MemberView)]
    return "; ".join(f"{name.removesuffix('_id')}: {_words(was)} -> {_words(now)}" for name, was, now in pairs if was != now)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _apply(member: MemberView, change: MemberChange) -> MemberView:
    """Who leaves is not absent, and has a successor at most; who comes back has neither."""
    active = member.active if change.active is None else change.active
    if active != member.active:
        member = replace(member, deputy_id=None, absent_from=None, absent_until=None, successor_id=None if active else change.successor)
    return replace(
        member,
        name=member.name if change.name is None else change.name,
        role=member.role if change.role is None else change.role,
        disciplines=member.disciplines if change.disciplines is None else _once(change.disciplines),
        languages=member.languages if change.languages is None else change.languages,
        active=active,
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
        deputy_id=member.deputy_id,
        absent_from=member.absent_from,
        absent_until=member.absent_until,
        successor_id=member.successor_id,
    )
