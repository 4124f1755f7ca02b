"""What the command line may ask of identity: workspaces, members, passwords, API keys, blocked addresses, dead letters, the outbox.

Called by `rapport` only. Every function opens its own connections and closes them; events go out with the service's relay.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.ids import InvitationId, KeyId, MemberId, WorkspaceId
from services.contracts.invitations import PURPOSE
from services.contracts.views import InvitationView, MemberView, SentInvitationView, WorkspaceView
from services.contracts.vocabulary import Discipline, Role
from services.identity.access import api_keys, invitations, members, workspaces
from services.identity.access.passwords import Effort, Passwords
from services.identity.audit import OPERATOR
from services.identity.erasure.exporting import PersonExports, exports_of
from services.identity.errors import MemberNotFoundError, NotAnEmailError, WorkspaceNotFoundError
from services.identity.matching import EMAIL, normalise_email, value_key
from services.identity.profiles import block_email
from services.identity.reindexing import Reindexed, reindex_chunk
from services.identity.settings import IdentitySettings
from services.identity.statements import credentials
from services.identity.statements import workspaces as statements
from services.identity.statements.credentials import ApiKey
from services.identity.subscribers import subscriptions
from services.kit import dead_letters
from services.kit.access import SCOPES
from services.kit.clock import Clock, SystemClock
from services.kit.db import Connection, Database
from services.kit.dead_letters import DeadLetter
from services.kit.ids import new_id
from services.kit.redriving import DeadLetterNotFoundError
from services.kit.relay import publish_again
from services.kit.subscriptions import redrive

LIST_LIMIT = 10_000
NewInvitation = invitations.NewInvitation
DEAD_LETTER_LIMIT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key just made; `token` can be read only here."""

    key: ApiKey
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdmin:
    """The first member of a workspace that is made; called by the address until they give a name."""

    email: str
    password: str


class Admin:
    """The operator's hands. `workspace` is always a slug. Raises the errors of `errors`."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        *,
        app: Database,
        worker: Database,
        deployment_key: bytes,
        links: invitations.Links,
        exports: PersonExports,
        clock: Clock,
        effort: Effort | None = None,
    ) -> None:
        self._app = app
        self._worker = worker
        self._deployment_key = deployment_key
        self._clock = clock
        self._links = links
        self._exports = exports
        self._passwords = Passwords(effort)

    async def create_workspace(self, *, slug: str, name: str, admin: FirstAdmin | None = None) -> WorkspaceView:
        """With its administrator, or neither. Raises SlugTakenError, MalformedError, NotAnEmailError, WeakPasswordError."""
        workspace, now = WorkspaceId(new_id()), self._clock.now()
        password_hash = "" if admin is None else await self._passwords.hash(admin.password)
        async with self._app.transaction(workspace) as connection:
            made = await workspaces.create_workspace(connection, workspace=workspace, slug=slug, name=name, now=now)
            if admin is not None:
                first = members.NewMember(email=admin.email, name=admin.email, role=Role.ADMIN, password_hash=password_hash)
                await members.add_member(connection, workspace, first, by=OPERATOR, now=now)
            return made

    async def list_workspaces(self) -> list[WorkspaceView]:
        """By slug."""
        async with self._worker.transaction() as connection:
            return await statements.all_workspaces(connection)

    async def reindex(self, workspace: str, *, after: UUID | None) -> Reindexed:
        """Read the next hundred profiles anew, behind `after`. Raises WorkspaceNotFoundError."""
        async with self._inside(workspace) as (connection, id_):
            return await reindex_chunk(connection, id_, after=after, now=self._clock.now())

    async def find_workspace(self, slug: str) -> WorkspaceId | None:
        """The id behind a slug."""
        async with self._worker.transaction() as connection:
            return await statements.workspace_with_slug(connection, slug)

    async def create_member(  # noqa: PLR0913 - the parts of a member
        self,
        *,
        workspace: str,
        email: str,
        name: str,
        password: str,
        role: Role,
        disciplines: Sequence[Discipline] = (),
        languages: Sequence[str] = (),
    ) -> MemberView:
        """Raises EmailTakenError, NotAnEmailError, WeakPasswordError, WorkspaceNotFoundError."""
        new = members.NewMember(
            email=email,
            name=name,
            role=role,
            password_hash=await self._passwords.hash(password),
            disciplines=tuple(disciplines),
            languages=tuple(languages),
        )
        async with self._inside(workspace) as (connection, place):
            return await members.add_member(connection, place, new, by=OPERATOR, now=self._clock.now())

    async def list_members(self, *, workspace: str) -> list[MemberView]:
        """In the order in which they joined."""
        async with self._inside(workspace) as (connection, place):
            return await statements.page_of_members(connection, place, after=None, limit=LIST_LIMIT)

    async def reset_password(self, *, workspace: str, email: str, password: str) -> MemberView:
        """Give a member a new password; all their sessions end. Raises MemberNotFoundError, WeakPasswordError."""
        change = members.MemberChange(password_hash=await self._passwords.hash(password))
        return await self._change(workspace, email, change)

    async def set_active(self, *, workspace: str, email: str, active: bool, successor: str | None = None) -> MemberView:
        """Let a member in, or keep them out and have a successor take over. Raises MemberNotFoundError, LastAdminError, SuccessorError."""
        taking_over = None if successor is None else await self._member(workspace, successor)
        return await self._change(workspace, email, members.MemberChange(active=active, successor=taking_over))

    async def invite_member(self, *, workspace: str, new: invitations.NewInvitation) -> SentInvitationView:
        """Raises EmailTakenError, InvitedAlreadyError, NotAnEmailError, TeamNotFoundError, WorkspaceNotFoundError."""
        async with self._inside(workspace) as (connection, place):
            sent = await invitations.invite_member(connection, place, new, links=self._links, by=OPERATOR, now=self._clock.now())
            return self._links.sent(place, sent)

    async def resend_invitation(self, *, workspace: str, invitation: InvitationId) -> SentInvitationView:
        """Raises InvitationNotFoundError, InvitationSettledError."""
        async with self._inside(workspace) as (connection, place):
            now = self._clock.now()
            sent = await invitations.resend_invitation(connection, place, invitation, links=self._links, by=OPERATOR, now=now)
            return self._links.sent(place, sent)

    async def revoke_invitation(self, *, workspace: str, invitation: InvitationId) -> None:
        """Raises InvitationNotFoundError, InvitationSettledError."""
        async with self._inside(workspace) as (connection, place):
            await invitations.revoke_invitation(connection, place, invitation, by=OPERATOR, now=self._clock.now())

    async def list_invitations(self, *, workspace: str) -> Sequence[InvitationView]:
        """The newest first, settled ones too."""
        async with self._inside(workspace) as (connection, place):
            page = await invitations.list_invitations(connection, place, limit=LIST_LIMIT, after=None, now=self._clock.now())
            return page.items

    async def create_api_key(self, *, workspace: str, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> NewApiKey:
        """Raises MalformedError, KeyLifetimeError, WorkspaceNotFoundError."""
        async with self._inside(workspace) as (connection, place):
            token = api_keys.new_key_token(place, made_by=place, idempotency_key=None, secret=b"")
            key = await api_keys.make_key(
                connection,
                place,
                token=token,
                name=name,
                scopes=scopes,
                grantable=frozenset(SCOPES),
                expires_at=expires_at,
                by=None,
                now=self._clock.now(),
            )
        return NewApiKey(key=key, token=token)

    async def list_api_keys(self, *, workspace: str) -> list[ApiKey]:
        """The newest first, ended ones too."""
        async with self._inside(workspace) as (connection, place):
            return await credentials.page_of_keys(connection, place, after=None, limit=LIST_LIMIT)

    async def revoke_api_key(self, *, workspace: str, key: KeyId) -> None:
        """Raises KeyNotFoundError."""
        async with self._inside(workspace) as (connection, place):
            await api_keys.revoke_key(connection, place, key, by=OPERATOR, now=self._clock.now())

    async def block_email(self, *, workspace: str, email: str, reason: str) -> None:
        """This address links nobody from now on, and whom only it linked come apart. Raises NotAnEmailError."""
        normalised = normalise_email(email)
        if normalised is None:
            raise NotAnEmailError
        async with self._inside(workspace) as (connection, place):
            key = value_key(EMAIL, normalised)
            await block_email(connection, workspace=place, key=key, reason=reason, now=self._clock.now())

    async def list_dead_letters(self, workspace: WorkspaceId) -> Sequence[DeadLetter]:
        """Events that failed to the end, the newest first; at most a thousand."""
        async with self._app.transaction(workspace) as connection:
            return await dead_letters.list_dead_letters(connection, workspace, after=None, limit=DEAD_LETTER_LIMIT)

    async def redrive_dead_letter(self, workspace: WorkspaceId, letter: UUID) -> None:
        """Hand a dead letter to its consumer once more. Raises DeadLetterNotFoundError, and what the consumer raises."""
        heard = subscriptions(
            self._app,
            deployment_key=self._deployment_key,
            clock=self._clock,
            wake=_relay_polls,
            deliver=_deliverers_sweep,
            exports=self._exports,
        )
        if not await redrive(self._app, heard, workspace, letter, clock=self._clock):
            raise DeadLetterNotFoundError

    async def replay_outbox(self, *, since: datetime) -> int:
        """Publish again what was published since then; consumers are idempotent. Gives the number of events."""
        async with self._worker.transaction() as connection:
            return await publish_again(connection, since=since)

    async def _member(self, workspace: str, email: str) -> MemberId:
        async with self._inside(workspace) as (connection, place):
            found = await statements.credentials_of_email(connection, place, members.sign_in_key(email))
        if found is None:
            raise MemberNotFoundError(f"There is no member {email}.")
        return MemberId(found.member_id)

    async def _change(self, workspace: str, email: str, change: members.MemberChange) -> MemberView:
        member = await self._member(workspace, email)
        async with self._inside(workspace) as (connection, place):
            changed, _ = await members.change_member(connection, place, member, change, by=OPERATOR, now=self._clock.now())
            return changed

    @asynccontextmanager
    async def _inside(self, slug: str) -> AsyncIterator[tuple[Connection, WorkspaceId]]:
        workspace = await self.find_workspace(slug)
        if workspace is None:
            raise WorkspaceNotFoundError(f"There is no workspace {slug}.")
        async with self._app.transaction(workspace) as connection:
            yield connection, workspace


@asynccontextmanager
async def admin(
    settings: IdentitySettings | None = None, *, clock: Clock | None = None, effort: Effort | None = None
) -> AsyncIterator[Admin]:
    """The operator's hands for the length of a command. `effort` is what a password's hash costs, where not the product's."""
    settings = settings or IdentitySettings()
    app = Database(settings.role_url("identity", role="app"), name="identity-admin", size=2)
    worker = Database(settings.role_url("identity", role="worker"), name="identity-admin", size=2)
    await app.open()
    await worker.open()
    try:
        links = invitations.Links(key=settings.key_for(PURPOSE), template=settings.invitation_link)
        key, clock = settings.deployment_key(), clock or SystemClock()
        exports = exports_of(settings, clock=clock)
        yield Admin(app=app, worker=worker, deployment_key=key, links=links, exports=exports, clock=clock, effort=effort)
    finally:
        await worker.close()
        await app.close()


def _relay_polls() -> None:
    """A command has no relay of its own; the service's finds the events by its poll."""


def _deliverers_sweep(_: WorkspaceId) -> None:
    """The service's own deliverers find it."""
