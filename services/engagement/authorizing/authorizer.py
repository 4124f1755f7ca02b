"""The way to a platform and back: begins, takes the callback once, connects. Called by the edges: REST, door, command line.

The browser that comes back is shown a code, and nothing is connected before whoever began names it: an address that is sent to somebody
else connects nothing behind that person's back. Holds no transaction while a platform is asked. A callback counts from the moment its
state is taken: what breaks after that is begun again by the person, for codes count once, too.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement import channels
from services.engagement.authorizing.connecting import (
    OnTheWay,
    ToChooseFrom,
    accounts_for,
    bound_to,
    chosen_among,
    connect_account,
    connector_of,
    seal,
)
from services.engagement.authorizing.errors import (
    AuthorizationNotFoundError,
    AuthorizationOverError,
    AuthorizationRefusedError,
    CodeRefusedError,
    StateRefusedError,
)
from services.engagement.authorizing.platforms import Platforms, authorizing
from services.engagement.authorizing.registrations import Registrations
from services.engagement.authorizing.returning import is_ours, page_to_return_to
from services.engagement.authorizing.states import code_of, is_code, read_token, token_of
from services.engagement.channel_errors import ChannelDisconnectedError
from services.engagement.connectors import connector_name
from services.engagement.errors import CredentialsMissingError
from services.engagement.protocol import Account, Connector
from services.engagement.reading import text_of
from services.engagement.statements import authorizing as statements
from services.engagement.statements import members
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database
from services.kit.errors import ForbiddenError, ProblemError
from services.kit.ids import new_id

VALID_FOR = timedelta(minutes=10)
REASON_CHARS = 300
Kept = TypeVar("Kept", OnTheWay, ToChooseFrom)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthorization:
    """What is to be connected: a platform's account, or (`channel`) a channel once more. The rest is what the platform does not tell."""

    platform: str | None = None
    channel: ChannelId | None = None
    name: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    config: Mapping[str, str] = field(default_factory=dict)
    return_to: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the person's browser. The row is of statements.authorizing."""

    row: asyncpg.Record
    url: str


@dataclass(frozen=True, slots=True)
class Came:
    """How an authorization stands: `accounts` to choose from. Of a callback: what was granted, the code, and where the person goes then."""

    row: asyncpg.Record
    accounts: Sequence[Account] = ()
    code: str = field(default="", repr=False)
    return_to: str = ""


class Authorizer:
    """Connects by signing in. `database` is of the role `app`; `changed` makes the registry look; `published` wakes the relay."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        database: Database,
        *,
        registrations: Registrations,
        platforms: Platforms,
        vault: Vault,
        key: bytes,
        public_url: str,
        origins: Collection[str],
        changed: Callable[[], Awaitable[None]],
        published: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._database = database
        self.registrations = registrations
        self._platforms = platforms
        self._vault = vault
        self._key = key
        self._public_url = public_url.rstrip("/")
        self._origins = origins
        self._changed = changed
        self._published = published
        self._clock = clock

    async def begin(self, workspace: WorkspaceId, new: NewAuthorization, *, caller: UUID, member: UUID | None) -> Begun:
        """Ask the platform where to send the person, and keep what is needed when the person comes back.

        Raises UnknownPlatformError, NotAuthorizableError, RegistrationMissingError, CredentialsMissingError, ChannelNotFoundError,
        ChannelDisconnectedError, ReturnRefusedError, AuthorizationRefusedError, PlatformUnreachableError.
        """
        return_to = page_to_return_to(new.return_to.strip(), origins=self._origins)
        async with self._database.transaction(workspace) as connection:
            platform, config = await _place(connection, workspace, new)
            connector = connector_of(platform)
            authorizing(connector)
            app = await self.registrations.get(connection, workspace, connector.declaration)
        asked, authorization = _asked(connector, config), new_id()
        redirect_url = f"{self._public_url}{channels.CALLBACKS}{platform}"
        state = token_of(self._key, use="state", workspace=workspace, authorization=authorization)
        begun = await self._platforms.begin(connector, app={**app, **asked}, state=state, redirect_url=redirect_url)
        way = OnTheWay(
            keep=dict(begun.keep),
            credentials=dict(new.credentials),
            config=dict(config),
            redirect_url=redirect_url,
            url=begun.url,
            return_to=return_to,
        )
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            await statements.insert_authorization(
                connection,
                workspace,
                authorization,
                platform=platform,
                name=new.name.strip(),
                caller=caller,
                member=member,
                channel=new.channel,
                sealed=seal(way, workspace=workspace, authorization=authorization, vault=self._vault),
                now=now,
                expires_at=now + VALID_FOR,
            )
            return Begun(await self._row(connection, workspace, authorization, caller=caller), begun.url)

    async def find(self, workspace: WorkspaceId, authorization: UUID, *, caller: UUID) -> Came:
        """How one stands, with the accounts to choose from. Raises AuthorizationNotFoundError for those of other callers."""
        async with self._database.transaction(workspace) as connection:
            return self._came(workspace, await self._row(connection, workspace, authorization, caller=caller))

    async def address_of(self, workspace: WorkspaceId, authorization: UUID, *, caller: UUID) -> str:
        """Where the person is sent, as long as the person was not there; "" after that. Raises AuthorizationNotFoundError.

        Whoever has it can finish the sign-in, so it is sealed with the rest and lies nowhere else.
        """
        async with self._database.transaction(workspace) as connection:
            row = await self._row(connection, workspace, authorization, caller=caller)
        begun = row["state"] == "begun" and row["expires_at"] > self._clock.now()
        return self._opened(workspace, row, into=OnTheWay).url if begun else ""

    async def come_back(self, platform: str, query: Mapping[str, str]) -> Came:
        """Take a callback, once; what breaks is told to whoever asks for the authorization, too.

        Raises StateRefusedError, AuthorizationOverError, AuthorizationRefusedError, OtherAccountError, ForbiddenError,
        PlatformUnreachableError, and what connecting raises.
        """
        named = read_token(self._key, query.get("state", ""), use="state")
        if named is None:
            raise StateRefusedError("Begin again, from where you wanted to connect the account.")
        workspace, authorization = named
        async with self._database.transaction(workspace) as connection:
            row = await statements.take_callback(connection, workspace, authorization, platform=platform, now=self._clock.now())
        if row is None:
            raise AuthorizationOverError("Begin again, from where you wanted to connect the account.")
        try:
            return await self._grant(workspace, row, query)
        except ProblemError as error:
            await self._fail(workspace, row, reason=f"{error.title}: {error}" if str(error) else error.title)
            raise
        except Exception:
            await self._fail(workspace, row, reason="The connector failed; the service's log says how.")
            raise

    async def confirm(self, connection: Connection, workspace: WorkspaceId, authorization: UUID, *, code: str, caller: UUID) -> Came:
        """The code that the person's browser was shown: connects the account granted, or lets several be chosen from; `made` after it.

        Raises AuthorizationNotFoundError, AuthorizationOverError, CodeRefusedError, and what connecting raises.
        """
        await self._row(connection, workspace, authorization, caller=caller)
        row = await statements.take_granted(connection, workspace, authorization, state="confirming", now=self._clock.now())
        if row is None:
            raise AuthorizationOverError("There is nothing to confirm: the person has not come back yet, or it is done, or too late.")
        if not is_code(self._key, code, workspace=workspace, authorization=authorization):
            raise CodeRefusedError("The page that the person came back to shows it, as long as the sign-in holds.")
        kept = self._opened(workspace, row, into=ToChooseFrom)
        if len(kept.granted.accounts) == 1:
            return await self._connect(connection, workspace, row, kept, kept.granted.accounts)
        await statements.let_choose(connection, workspace, authorization)
        return self._came(workspace, await self._row(connection, workspace, authorization, caller=caller))

    async def choose(
        self, connection: Connection, workspace: WorkspaceId, authorization: UUID, accounts: Sequence[str], *, caller: UUID
    ) -> Came:
        """Connect these of the accounts granted, in the edge's transaction; call `made` after it.

        Raises AuthorizationNotFoundError, AuthorizationOverError, AccountNotGrantedError, and what connecting raises.
        """
        await self._row(connection, workspace, authorization, caller=caller)
        row = await statements.take_granted(connection, workspace, authorization, state="choosing", now=self._clock.now())
        if row is None:
            raise AuthorizationOverError("Begin again, from where you wanted to connect the account.")
        kept = self._opened(workspace, row, into=ToChooseFrom)
        chosen = chosen_among(kept.granted.accounts, accounts, one=row["channel_id"] is not None)
        return await self._connect(connection, workspace, row, kept, chosen)

    async def made(self) -> None:
        """After the transaction: others learn of the channels. The subscriber tells platforms where to deliver."""
        self._published()
        await self._changed()

    async def _grant(self, workspace: WorkspaceId, row: asyncpg.Record, query: Mapping[str, str]) -> Came:
        """The callback's code as credentials, kept until whoever began has the code."""
        if query.get("error"):
            said = query.get("error_description") or query.get("error_message") or query["error"]
            reason = (text_of(said) or "")[:REASON_CHARS]
            raise AuthorizationRefusedError(reason, reason=reason)
        kept = self._opened(workspace, row, into=OnTheWay)
        connector = connector_of(row["platform"])
        async with self._database.transaction(workspace) as connection:
            await _refuse_gone(connection, workspace, row)
            app = await self.registrations.get(connection, workspace, connector.declaration)
        granted = await self._platforms.exchange(connector, kept, app={**app, **_asked(connector, kept.config)}, query=query)
        async with self._database.transaction(workspace) as connection:
            accounts = await accounts_for(connection, workspace, row, granted)
            choice = ToChooseFrom(
                granted=replace(granted, accounts=accounts),
                credentials=kept.credentials,
                config=kept.config,
                return_to=kept.return_to,
            )
            return await self._let_confirm(connection, workspace, row, choice)

    async def _connect(
        self, connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, kept: ToChooseFrom, chosen: Sequence[Account]
    ) -> Came:
        now = self._clock.now()
        connected = [
            await connect_account(
                connection,
                workspace,
                row,
                account,
                granted=kept.granted,
                credentials=kept.credentials,
                config=kept.config,
                vault=self._vault,
                now=now,
            )
            for account in chosen
        ]
        ids = [each["id"] for each in connected]
        await statements.conclude(connection, workspace, row["id"], state="done", reason="", channels=ids)
        concluded = await self._row(connection, workspace, row["id"], caller=row["caller_id"])
        return Came(concluded)

    async def _let_confirm(self, connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, choice: ToChooseFrom) -> Came:
        sealed = seal(choice, workspace=workspace, authorization=row["id"], vault=self._vault)
        await statements.let_confirm(connection, workspace, row["id"], sealed=sealed, expires_at=self._clock.now() + VALID_FOR)
        waiting = await self._row(connection, workspace, row["id"], caller=row["caller_id"])
        code = code_of(self._key, workspace=workspace, authorization=row["id"])
        return Came(waiting, accounts=choice.granted.accounts, code=code, return_to=self._page(choice))

    def _came(self, workspace: WorkspaceId, row: asyncpg.Record) -> Came:
        if row["state"] != "choosing" or row["expires_at"] <= self._clock.now():
            return Came(row)
        return Came(row, accounts=self._opened(workspace, row, into=ToChooseFrom).granted.accounts)

    def _page(self, kept: ToChooseFrom) -> str:
        """The page to go back to, if it is one of ours still."""
        return kept.return_to if kept.return_to and is_ours(kept.return_to, origins=self._origins) else ""

    async def _fail(self, workspace: WorkspaceId, row: asyncpg.Record, *, reason: str) -> None:
        async with self._database.transaction(workspace) as connection:
            await statements.conclude(connection, workspace, row["id"], state="failed", reason=reason[:REASON_CHARS], channels=())
        log.info("authorization_failed", platform=row["platform"], authorization_id=str(row["id"]))

    async def _row(self, connection: Connection, workspace: WorkspaceId, authorization: UUID, *, caller: UUID) -> asyncpg.Record:
        row = await statements.authorization_of(connection, workspace, authorization)
        if row is None or row["caller_id"] != caller:
            raise AuthorizationNotFoundError
        return row

    def _opened(self, workspace: WorkspaceId, row: asyncpg.Record, *, into: type[Kept]) -> Kept:
        return msgspec.json.decode(self._vault.open(row["sealed"], bound_to=bound_to(workspace, row["id"])), type=into)


async def _place(connection: Connection, workspace: WorkspaceId, new: NewAuthorization) -> tuple[str, Mapping[str, str]]:
    """The platform, and the settings with those of the channel that is connected again."""
    if new.channel is None:
        return connector_name(new.platform or ""), new.config
    row = await channels.get_channel(connection, workspace, new.channel)
    if row["disconnected_at"] is not None:
        raise ChannelDisconnectedError
    return row["platform"], {**row["config"], **new.config}


def _asked(connector: Connector, config: Mapping[str, str]) -> dict[str, str]:
    """The settings that are needed beforehand. Raises CredentialsMissingError."""
    declaration = connector.declaration
    asks = declaration.sign_in.asks if declaration.sign_in else ()
    described = {each.name: each.description for each in declaration.settings}
    missing = [name for name in asks if not config.get(name, "").strip()]
    if missing:
        raise CredentialsMissingError(
            f"{declaration.title} needs beforehand: {', '.join(missing)}.",
            missing=[{"name": name, "description": described.get(name, "")} for name in missing],
        )
    return {name: config[name] for name in asks}


async def _refuse_gone(connection: Connection, workspace: WorkspaceId, row: asyncpg.Record) -> None:
    """Who has left meanwhile connects nothing. Raises ForbiddenError."""
    if row["member_id"] is None:
        return
    for member in await members.members_by_id(connection, workspace, [row["member_id"]]):
        if not member["active"]:
            raise ForbiddenError("Who began this is no member any more.")
