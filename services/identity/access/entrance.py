"""The way in: sign-in, refreshing, signing out, exchanging an API key. Called by `api.entrance`.

The one flow with transactions of its own, because a password is checked between two of them: a try is counted before it
is looked at, and no connection waits for argon2. An unknown workspace, an unknown member and a wrong password cost and
answer the same.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.events import AccessRevoked
from services.contracts.ids import KeyId, MemberId, SessionId, WorkspaceId
from services.contracts.views import MemberView, WorkspaceView
from services.identity.access import members
from services.identity.access.api_keys import role_of_scopes
from services.identity.access.passwords import Passwords
from services.identity.access.signing_keys import SigningKeys
from services.identity.access.tokens import (
    KEY,
    REFRESH,
    AccessToken,
    Grant,
    opaque_token,
    signed_token,
    workspace_of_token,
)
from services.identity.access.workspaces import get_workspace
from services.identity.errors import (
    KeyRefusedError,
    NotASessionError,
    SessionEndedError,
    SignInRefusedError,
    TooManySignInsError,
)
from services.identity.matching import normalise_email
from services.identity.statements import credentials, workspaces
from services.kit import outbox
from services.kit.access import Caller, scopes_of_role
from services.kit.clock import Clock
from services.kit.crypto import hash_token
from services.kit.db import Connection, Database
from services.kit.ids import new_id

TRIES = 10
TRY_WINDOW = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=90)
REFRESH_LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a front-end gets: a short token, the means for the next one, and who it is."""

    access: AccessToken
    refresh_token: str
    member: MemberView
    workspace: WorkspaceView


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """`app` works under row-level security, `worker` finds a workspace by slug; `revoked` tells this process at once."""

    app: Database
    worker: Database
    passwords: Passwords
    keys: SigningKeys
    clock: Clock
    wake: Callable[[], None]
    revoked: Callable[[SessionId | KeyId], None]

    async def sign_in(self, *, slug: str, email: str, password: str) -> SignedIn:
        """Raises SignInRefusedError, TooManySignInsError."""
        email_key = normalise_email(email) or email.strip().lower()
        slug = slug.strip().lower()
        tries = hashlib.sha256(f"{slug}\n{email_key}".encode()).digest()
        workspace = await self._begin_try(tries, slug)
        found = await self._find_credentials(workspace, email_key)
        stored = found.password_hash if found else None
        right = await self.passwords.verify(password, stored=stored)
        if workspace is None or found is None or not right or not found.active:
            raise SignInRefusedError
        await self._settle_try(workspace, tries, found, password)
        return await self.begin_session(workspace, found.member_id)

    async def begin_session(self, workspace: WorkspaceId, who: MemberId) -> SignedIn:
        """A session of a member who has shown to be one. Raises SignInRefusedError where that member has left."""
        token = opaque_token(REFRESH, workspace)
        session = SessionId(new_id())
        now = self.clock.now()
        async with self.app.transaction(workspace) as connection:
            begun = await credentials.inserted_session(
                connection,
                workspace,
                session,
                member=who,
                token_hash=hash_token(token),
                now=now,
                expires_at=now + SESSION_LASTS,
                token_expires_at=now + REFRESH_LASTS,
            )
            if not begun:
                raise SignInRefusedError
            member, place = await _who(connection, workspace, who)
        return await self._signed_in(session, member, place, refresh_token=token, ends_at=now + SESSION_LASTS)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """A used token is worth nothing, and ends the session: whoever else holds it stole it. Raises SessionEndedError."""
        workspace = workspace_of_token(refresh_token, prefix=REFRESH)
        if workspace is None:
            raise SessionEndedError
        old, new = hash_token(refresh_token), opaque_token(REFRESH, workspace)
        now = self.clock.now()
        async with self.app.transaction(workspace) as connection:
            held = await credentials.held_token(connection, workspace, old, now=now)
            if held is not None and held.live and not held.used:
                await credentials.rotated_token(
                    connection, workspace, old=old, new=hash_token(new), now=now, expires_at=now + REFRESH_LASTS
                )
                member, place = await _who(connection, workspace, held.member_id)
        if held is None or not held.live:
            raise SessionEndedError
        if held.used:
            await self._end_session(workspace, held.session_id, because="refresh token used twice")
            raise SessionEndedError
        return await self._signed_in(held.session_id, member, place, refresh_token=new, ends_at=held.expires_at)

    async def sign_out(self, caller: Caller) -> None:
        """End the caller's session everywhere. Raises NotASessionError."""
        if caller.session_id is None:
            raise NotASessionError
        await self._end_session(caller.workspace_id, caller.session_id, because="signed out")

    async def exchange(self, token: str) -> AccessToken:
        """An access token for an API key. Raises KeyRefusedError."""
        workspace = workspace_of_token(token, prefix=KEY)
        if workspace is None:
            raise KeyRefusedError
        now = self.clock.now()
        async with self.app.transaction(workspace) as connection:
            key = await credentials.used_key(connection, workspace, hash_token(token), now=now)
        if key is None:
            raise KeyRefusedError
        grant = Grant(
            subject=key.id,
            workspace=workspace,
            role=role_of_scopes(key.scopes),
            scopes=key.scopes,
            name=key.name,
            key=key.id,
            ends_at=key.expires_at,
        )
        return await signed_token(self.keys, grant, now=now)

    async def count_try(self, tries: bytes) -> None:
        """Count a try of what this is the hash of, committed before it is looked at. Raises TooManySignInsError."""
        now = self.clock.now()
        async with self.worker.transaction() as connection:
            number, began_at = await credentials.counted_try(connection, tries, now=now, window=TRY_WINDOW)
        if number > TRIES:
            raise TooManySignInsError(retry_after_seconds=(began_at + TRY_WINDOW - now).total_seconds())

    async def _begin_try(self, tries: bytes, slug: str) -> WorkspaceId | None:
        """The workspace, once the try is counted: before the password is looked at, so that many at once do not slip through."""
        await self.count_try(tries)
        async with self.worker.transaction() as connection:
            return await workspaces.workspace_with_slug(connection, slug)

    async def _find_credentials(self, workspace: WorkspaceId | None, email_key: str) -> workspaces.Credentials | None:
        """An unknown workspace is asked too, as one that has no members: it must not answer sooner."""
        place = workspace or WorkspaceId(new_id())
        async with self.app.transaction(place) as connection:
            return await workspaces.credentials_of_email(connection, place, email_key)

    async def _settle_try(self, workspace: WorkspaceId, tries: bytes, found: workspaces.Credentials, password: str) -> None:
        async with self.worker.transaction() as connection:
            await credentials.forgotten_tries(connection, tries)
        if self.passwords.is_outdated(found.password_hash):
            stronger = await self.passwords.hash(password)
            async with self.app.transaction(workspace) as connection:
                await workspaces.rehashed_password(connection, workspace, found.member_id, old=found.password_hash, new=stronger)

    async def _end_session(self, workspace: WorkspaceId, session: SessionId, *, because: str) -> None:
        now = self.clock.now()
        async with self.app.transaction(workspace) as connection:
            ended = await credentials.revoked_session(connection, workspace, session, because=because, now=now)
            events = [AccessRevoked(session_id=session)] if ended else []
            await outbox.append(connection, workspace, events, now=now)
        self.revoked(session)
        self.wake()

    async def _signed_in(
        self, session: SessionId, member: MemberView, place: WorkspaceView, *, refresh_token: str, ends_at: datetime
    ) -> SignedIn:
        grant = Grant(
            subject=member.id,
            workspace=place.id,
            role=member.role,
            scopes=tuple(sorted(scopes_of_role(member.role))),
            disciplines=member.disciplines,
            name=member.name,
            session=session,
            ends_at=ends_at,
        )
        access = await signed_token(self.keys, grant, now=self.clock.now())
        return SignedIn(access=access, refresh_token=refresh_token, member=member, workspace=place)


async def _who(connection: Connection, workspace: WorkspaceId, member: MemberId) -> tuple[MemberView, WorkspaceView]:
    return await members.get_member(connection, workspace, member), await get_workspace(connection, workspace)
