"""Accepting an invitation: its link makes a member, once, who is signed in at once. Called by `api`; nobody is signed in before.

As signing in, a try is counted before it is looked at. A link that is unknown, old, used or of a revoked invitation answers alike.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.views import InvitationView
from services.contracts.vocabulary import InvitationState
from services.identity.access import members
from services.identity.access.entrance import Entrance, SignedIn
from services.identity.access.errors import InvitationRefusedError
from services.identity.access.members import NewMember
from services.identity.access.tokens import INVITATION, workspace_of_token
from services.identity.audit import Actor, record
from services.identity.errors import EmailTakenError
from services.identity.statements import invitations, teams
from services.kit.crypto import hash_token
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the invited person says: the link's token, a name, a password."""

    token: str
    name: str
    password: str


async def accept_invitation(entrance: Entrance, said: Acceptance) -> SignedIn:
    """The new member, signed in. Raises InvitationRefusedError, TooManySignInsError, WeakPasswordError."""
    workspace = workspace_of_token(said.token, prefix=INVITATION)
    await entrance.count_try(hashlib.sha256(f"invitation\n{said.token}".encode()).digest())
    if workspace is None:
        raise InvitationRefusedError
    token_hash = hash_token(said.token)
    async with entrance.app.transaction(workspace) as connection:
        await _get_open(connection, workspace, token_hash, now=entrance.clock.now())
    password_hash = await entrance.passwords.hash(said.password)
    async with entrance.app.transaction(workspace) as connection:
        now = entrance.clock.now()
        invitation = await _get_open(connection, workspace, token_hash, now=now)
        member = await _join(connection, workspace, invitation, name=said.name, password_hash=password_hash, now=now)
    entrance.wake()
    return await entrance.begin_session(workspace, member)


async def _get_open(connection: Connection, workspace: WorkspaceId, token_hash: bytes, *, now: datetime) -> InvitationView:
    """The invitation, locked. Raises InvitationRefusedError."""
    found = await invitations.invitation_of_token(connection, workspace, token_hash, now=now)
    if found is None or found.state is not InvitationState.OPEN:
        raise InvitationRefusedError
    return found


async def _join(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationView, *, name: str, password_hash: str, now: datetime
) -> MemberId:
    new = NewMember(
        email=invitation.email,
        name=name,
        role=invitation.role,
        password_hash=password_hash,
        disciplines=invitation.disciplines,
        languages=invitation.languages,
    )
    try:
        member = await members.add_member(connection, workspace, new, by=Actor(member=invitation.invited_by), now=now)
    except EmailTakenError as error:
        raise InvitationRefusedError from error
    if invitation.team_id is not None and await teams.locked_team(connection, workspace, invitation.team_id) is not None:
        await teams.add_members(connection, workspace, invitation.team_id, [member.id])
    await invitations.accepted_invitation(connection, workspace, invitation.id, member=member.id, now=now)
    await record(connection, workspace, "invitation.accepted", subject=invitation.id, by=Actor(member=member.id), now=now)
    return member.id
