"""Connected channels in memory: what the webhook route, the inbound worker and the sender ask in every call.

Filled and kept fresh by the role `worker`; a change made in another process is seen within two seconds. Never shows a credential.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import orjson
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.addresses import App, app_of
from services.engagement.business_hours import Hours
from services.engagement.connectors import find_connector
from services.engagement.protocol import (
    Acknowledges,
    ChannelAccess,
    ChannelFacts,
    Completes,
    Connector,
    FetchesKeys,
    Listens,
    Mailbox,
    Secrets,
)
from services.engagement.statements import channels as statements
from services.kit.crypto import SealBrokenError, Vault
from services.kit.db import Database, DatabaseUnavailableError

REFRESH_SECONDS = 2.0
# A row that commits late carries an earlier time; look back over more than any transaction may last.
OVERLAP = timedelta(seconds=30)
UNKNOWN_TOKENS_KEPT = 1000
CURRENT_SECRET = "signing_secret"  # noqa: S105 - a field's name
PREVIOUS_SECRET = "previous_signing_secret"  # noqa: S105 - a field's name

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ConnectedChannel:
    """A channel ready for use. `secrets` prove its deliveries, `access` opens the platform; neither is ever logged.

    `acknowledges` is the connector again where it has words of its own for a delivery taken: asked here once, not per delivery.
    `listens` likewise, where it hears by itself, `fetches_keys`, where it proves deliveries by keys that change, and `completes`, where
    its deliveries may carry ids only. `ended`: it was disconnected, and has neither secrets nor settings any more.
    """

    workspace_id: WorkspaceId
    id: ChannelId
    platform: str
    version: int
    path_token: str
    active: bool
    connector: Connector
    acknowledges: Acknowledges | None
    listens: Listens | None
    facts: ChannelFacts
    secrets: Secrets = field(repr=False)
    access: ChannelAccess = field(repr=False)
    hours: Hours | None = None
    fetches_keys: FetchesKeys | None = None
    completes: Completes | None = None
    ended: bool = False


class ChannelRegistry:
    """All connected channels of all workspaces, by webhook token and by id. `mailboxes` gives each channel its own."""

    def __init__(self, database: Database, *, vault: Vault, mailboxes: Callable[[WorkspaceId, ChannelId], Mailbox] | None = None) -> None:
        self._database = database
        self._vault = vault
        self._mailboxes = mailboxes
        self._by_token: dict[str, ConnectedChannel] = {}
        self._by_id: dict[ChannelId, ConnectedChannel] = {}
        self._listening: dict[ChannelId, ConnectedChannel] = {}
        self._of_workspace: dict[WorkspaceId, dict[ChannelId, ConnectedChannel]] = {}
        self._of_account: dict[tuple[str, str], dict[ChannelId, ConnectedChannel]] = {}
        self._of_app: dict[App, dict[ChannelId, ConnectedChannel]] = {}
        self._unknown: dict[str, float] = {}
        self._newest: asyncpg.Record | None = None

    async def run(self) -> None:
        """Follow changes until cancelled."""
        while True:
            try:
                await self.refresh()
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.info("channels_not_refreshed", error=type(error).__name__)
            await asyncio.sleep(REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Read what changed since the last time."""
        since = None if self._newest is None else self._newest["changed_at"] - OVERLAP
        async with self._database.transaction() as connection:
            rows = await statements.channels_changed_since(connection, since)
        for row in rows:
            self._keep(row)
        if rows:
            self._newest = rows[-1]

    async def find_by_token(self, token: str) -> ConnectedChannel | None:
        """The channel of a webhook address. An unknown token is asked of the database at most once in two seconds."""
        known = self._by_token.get(token)
        if known is not None:
            return known if known.active else None
        if self._is_unknown(token):
            return None
        async with self._database.transaction() as connection:
            row = await statements.channel_at(connection, token)
        if row is None:
            self._note_unknown(token)
            return None
        self._keep(row)
        found = self._by_token.get(token)
        return found if found is not None and found.active else None

    def find_resting(self, token: str) -> ConnectedChannel | None:
        """The channel of a webhook address that was asked for a moment ago, if it is paused or disconnected."""
        known = self._by_token.get(token)
        return known if known is not None and not known.active else None

    async def find_by_app(self, app: App) -> list[ConnectedChannel]:
        """The channels that an app serves, of all workspaces; those that receive come first, then the oldest.

        An app that is not known is looked for at most once in two seconds.
        """
        name = "/".join(app)
        if app not in self._of_app and not self._is_unknown(name):
            await self.refresh()
            if app not in self._of_app:
                self._note_unknown(name)
        return sorted(self._of_app.get(app, {}).values(), key=lambda channel: (not channel.active, channel.id))

    def find(self, channel: ChannelId) -> ConnectedChannel | None:
        """A channel by its id, whether it receives at present or not."""
        return self._by_id.get(channel)

    def listening(self) -> Collection[ConnectedChannel]:
        """The active channels whose connector hears by itself."""
        return list(self._listening.values())

    def of_account(self, beside: ConnectedChannel, account: str, *, proves: Callable[[ConnectedChannel], bool]) -> ConnectedChannel | None:
        """The channel for another account that delivers to the same address: one that receives, and the workspace's, come first.

        Only where `proves` says that what came is proven by that channel's own secrets, too: a secret that an administrator chose, or an
        account that one wrote down, leads no delivery astray. Another workspace's only where the platform made the secret: then one
        app serves them all, and only the platform can have said whose account it is.
        """
        if beside.facts.account == account:
            return beside
        found = sorted(
            self._of_account.get((beside.platform, account), {}).values(),
            key=lambda channel: (not channel.active, channel.workspace_id != beside.workspace_id),
        )
        shared = beside.connector.declaration.signing.made_by == "platform"
        near = (channel for channel in found if shared or channel.workspace_id == beside.workspace_id)
        return next((channel for channel in near if proves(channel)), None)

    def of_workspace(self, workspace: WorkspaceId) -> Sequence[ConnectedChannel]:
        """The channels of a workspace, in no order."""
        return list(self._of_workspace.get(workspace, {}).values())

    def by_workspace(self) -> Mapping[WorkspaceId, Sequence[ChannelId]]:
        """Which workspaces there are, and their channels: the small table that says where work may wait."""
        return {workspace: list(channels) for workspace, channels in self._of_workspace.items()}

    async def seek(self, channel: ChannelId) -> ConnectedChannel | None:
        """As `find`; one that another process has just connected is looked for once more. Raises DatabaseUnavailableError."""
        if channel not in self._by_id:
            await self.refresh()
        return self._by_id.get(channel)

    def _is_unknown(self, name: str) -> bool:
        """Whether the database said less than two seconds ago that there is no such address."""
        return self._unknown.get(name, 0) > asyncio.get_running_loop().time()

    def _note_unknown(self, name: str) -> None:
        """Only what the database said: while it is away, or still being asked, a delivery must not find nobody."""
        if len(self._unknown) >= UNKNOWN_TOKENS_KEPT:
            self._unknown.clear()
        self._unknown[name] = asyncio.get_running_loop().time() + REFRESH_SECONDS

    def _keep(self, row: asyncpg.Record) -> None:
        known = self._by_id.get(row["id"])
        if known is not None and known.version >= row["version"]:
            return
        connector = find_connector(row["platform"])
        if connector is None:
            log.warning("channel_without_connector", channel_id=str(row["id"]), platform=row["platform"])
            return
        try:
            mailbox = self._mailboxes(row["workspace_id"], row["id"]) if self._mailboxes else None
            channel = connected(row, connector=connector, vault=self._vault, mailbox=mailbox)
        except SealBrokenError:
            log.error("channel_credentials_unreadable", channel_id=str(row["id"]))  # noqa: TRY400 - the trace says nothing more
            return
        if known is not None:
            self._by_token.pop(known.path_token, None)
            self._of_account.get((known.platform, known.facts.account), {}).pop(known.id, None)
            self._forget_app(known)
        self._by_id[channel.id] = channel
        self._of_workspace.setdefault(channel.workspace_id, {})[channel.id] = channel
        self._by_token[channel.path_token] = channel
        self._of_account.setdefault((channel.platform, channel.facts.account), {})[channel.id] = channel
        app = app_of(connector.declaration, channel.facts.config)
        if app is not None:
            self._of_app.setdefault(app, {})[channel.id] = channel
        self._listening.pop(channel.id, None)
        if channel.active and channel.listens is not None:
            self._listening[channel.id] = channel
        self._unknown.pop(channel.path_token, None)

    def _forget_app(self, known: ConnectedChannel) -> None:
        app = app_of(known.connector.declaration, known.facts.config)
        served = self._of_app.get(app) if app is not None else None
        if app is not None and served is not None:
            served.pop(known.id, None)
            if not served:
                del self._of_app[app]


def bound_to(workspace: WorkspaceId, channel: ChannelId) -> bytes:
    """What a channel's sealed credentials are bound to."""
    return f"channel:{workspace}:{channel}".encode()


def connected(
    row: asyncpg.Record | Mapping[str, Any], *, connector: Connector, vault: Vault, mailbox: Mailbox | None = None
) -> ConnectedChannel:
    """A channel row with its credentials opened. Raises SealBrokenError."""
    opened = vault.open(row["credentials"], bound_to=bound_to(row["workspace_id"], row["id"]))
    credentials: dict[str, str] = orjson.loads(opened)
    config: dict[str, str] = row["config"]
    account = config.get("account", "")
    return ConnectedChannel(
        workspace_id=row["workspace_id"],
        id=row["id"],
        platform=row["platform"],
        version=row["version"],
        path_token=row["path_token"],
        active=row["active"],
        connector=connector,
        acknowledges=connector if isinstance(connector, Acknowledges) else None,
        listens=connector if isinstance(connector, Listens) else None,
        facts=ChannelFacts(platform=row["platform"], account=account, id=str(row["id"]), config=config),
        secrets=Secrets(
            current=credentials.get(CURRENT_SECRET, ""),
            previous=credentials.get(PREVIOUS_SECRET),
            config={**config, **credentials},
        ),
        access=ChannelAccess(
            platform=row["platform"],
            account=account,
            config=config,
            credentials=credentials,
            signing_secret=credentials.get(CURRENT_SECRET, ""),
            mailbox=mailbox,
        ),
        hours=msgspec.convert(row["hours"], type=Hours) if row["hours"] else None,
        fetches_keys=connector if isinstance(connector, FetchesKeys) else None,
        completes=connector if isinstance(connector, Completes) else None,
        ended=row["disconnected_at"] is not None,
    )
