"""Invitations: somebody is asked by e-mail to join, with a role, disciplines, languages and a team. Runs in the caller's transaction.

Called by `api` and `admin`; `accepting` lets the invited person in. The mail is written by whoever hears MemberInvited; the token is
computed, never stored: only its hash is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.contracts.events import MemberInvited
from services.contracts.ids import InvitationId, MemberId, TeamId, WorkspaceId
from services.contracts.invitations import invitation_link, invitation_token
from services.contracts.views import InvitationView, PageView, SentInvitationView
from services.contracts.vocabulary import Discipline, InvitationState, Role
from services.identity.access.errors import InvitationNotFoundError, InvitationSettledError, InvitedAlreadyError
from services.identity.access.members import list_members_by_ids, sign_in_key
from services.identity.access.teams import get_team
from services.identity.access.workspaces import get_workspace
from services.identity.audit import Actor, record
from services.identity.errors import EmailTakenError
from services.identity.statements import invitations as statements
from services.identity.statements import workspaces
from services.kit import outbox
from services.kit.crypto import hash_token
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor

LASTS = timedelta(days=7)
SETTLED = frozenset({InvitationState.ACCEPTED, InvitationState.REVOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """Whom to ask, and as what."""

    email: str
    role: Role
    disciplines: tuple[Discipline, ...] = ()
    languages: tuple[str, ...] = ()
    team_id: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What links are made of: a key of the deployment, and the front-end's address with `{token}` in it (empty: there is none)."""

    key: bytes
    template: str = ""

    def token(self, workspace: WorkspaceId, invitation: InvitationView) -> str:
        """The token of the last sending."""
        return invitation_token(self.key, workspace=workspace, invitation=invitation.id, sendings=invitation.sendings)

    def sent(self, workspace: WorkspaceId, invitation: InvitationView) -> SentInvitationView:
        """The invitation with what its inviter may hand on."""
        token = self.token(workspace, invitation)
        return SentInvitationView(invitation=invitation, token=token, link=invitation_link(self.template, token))


async def invite_member(
    connection: Connection, workspace: WorkspaceId, new: NewInvitation, *, links: Links, by: Actor, now: datetime
) -> InvitationView:
    """Raises NotAnEmailError, EmailTakenError, InvitedAlreadyError, TeamNotFoundError."""
    key = sign_in_key(new.email)
    if await workspaces.credentials_of_email(connection, workspace, key) is not None:
        raise EmailTakenError
    if new.team_id is not None:
        await get_team(connection, workspace, new.team_id)
    invitation = InvitationView(
        id=InvitationId(new_id()),
        email=new.email.strip(),
        role=new.role,
        disciplines=tuple(dict.fromkeys(new.disciplines)),
        languages=new.languages,
        state=InvitationState.OPEN,
        sendings=1,
        created_at=now,
        sent_at=now,
        expires_at=now + LASTS,
        team_id=new.team_id,
        invited_by=by.member,
    )
    token_hash = hash_token(links.token(workspace, invitation))
    if not await statements.inserted_invitation(connection, workspace, invitation, email_key=key, token_hash=token_hash):
        waiting = await statements.open_invitation(connection, workspace, key)
        raise InvitedAlreadyError(invitation_id=str(waiting))
    await _tell(connection, workspace, invitation, "invitation.sent", by=by, now=now)
    return invitation


async def resend_invitation(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, links: Links, by: Actor, now: datetime
) -> InvitationView:
    """Another link with its full time; the former ones end. Raises InvitationNotFoundError, InvitationSettledError."""
    found = await _for_change(connection, workspace, invitation, now=now)
    if found.state in SETTLED:
        raise InvitationSettledError
    sent = replace(found, state=InvitationState.OPEN, sendings=found.sendings + 1, sent_at=now, expires_at=now + LASTS)
    token_hash = hash_token(links.token(workspace, sent))
    await statements.resent_invitation(connection, workspace, invitation, token_hash=token_hash, now=now, expires_at=sent.expires_at)
    await _tell(connection, workspace, sent, "invitation.sent_again", by=by, now=now)
    return sent


async def revoke_invitation(connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, by: Actor, now: datetime) -> None:
    """Its link ends; again is harmless. Raises InvitationNotFoundError, InvitationSettledError where it was accepted."""
    found = await _for_change(connection, workspace, invitation, now=now)
    if found.state is InvitationState.ACCEPTED:
        raise InvitationSettledError("It was accepted; deactivate the member instead.")
    if found.state is not InvitationState.REVOKED:
        await statements.revoked_invitation(connection, workspace, invitation, now=now)
        await record(connection, workspace, "invitation.revoked", subject=invitation, by=by, now=now, detail=found.email)


async def list_invitations(
    connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None, now: datetime
) -> PageView[InvitationView]:
    """The newest first, settled ones too. Raises BadRequestError."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_invitations(connection, workspace, after=last, limit=limit + 1, now=now)
    items = tuple(rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


async def list_invitations_by_ids(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID], *, now: datetime
) -> list[InvitationView | None]:
    """Aligned with `ids`."""
    found = await statements.invitations_of_ids(connection, workspace, ids, now=now)
    return [found.get(each) for each in ids]


async def _for_change(connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, now: datetime) -> InvitationView:
    found = await statements.invitation_for_change(connection, workspace, invitation, now=now)
    if found is None:
        raise InvitationNotFoundError
    return found


async def _tell(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationView, action: str, *, by: Actor, now: datetime
) -> None:
    place = await get_workspace(connection, workspace)
    told = MemberInvited(
        invitation_id=invitation.id,
        email=invitation.email,
        sendings=invitation.sendings,
        expires_at=invitation.expires_at,
        workspace_name=place.name,
        inviter=await _name_of(connection, workspace, by.member),
    )
    detail = f"{invitation.email}, role {invitation.role.value}"
    await record(connection, workspace, action, subject=invitation.id, by=by, now=now, detail=detail)
    await outbox.append(connection, workspace, [told], now=now)


async def _name_of(connection: Connection, workspace: WorkspaceId, member: MemberId | None) -> str:
    (found,) = await list_members_by_ids(connection, workspace, [member]) if member else (None,)
    return "" if found is None else found.name
