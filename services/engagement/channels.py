"""Connect, change and list channels. Called by REST and the command line; runs in the edge's transaction.

Credentials are sealed before they are stored, bound to workspace and channel, and never come back out through an API.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import orjson

from services.contracts.events import ChannelConnected
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.channel_errors import AccountKeptError, ChannelDisconnectedError, RepliesWaitingError
from services.engagement.connectors import connectors, find_connector
from services.engagement.errors import ChannelNotFoundError, CredentialsMissingError, SettingMalformedError, UnknownPlatformError
from services.engagement.protocol import (
    ChannelAccess,
    Connector,
    Declaration,
    MakesSecrets,
    Refreshes,
    Subscribes,
)
from services.engagement.registry import CURRENT_SECRET, PREVIOUS_SECRET, bound_to
from services.engagement.statements import channels as statements
from services.engagement.statements import refreshing, subscribing
from services.engagement.statements.health import health_of_channels
from services.kit import outbox
from services.kit.crypto import Vault, new_token
from services.kit.db import Connection
from services.kit.ids import new_id

# Where browsers come back from platforms, beneath the public address.
CALLBACKS = "/oauth/"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """What is needed to connect an account: `credentials` are sealed, `config` is not."""

    platform: str
    name: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel as it would be: what its platform can be asked with."""

    connector: Connector
    access: ChannelAccess = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connected:
    """A new channel. `signing_secret` is shown this once where we made it."""

    row: asyncpg.Record
    signing_secret: str | None = field(repr=False)


def wanted_channel(new: NewChannel) -> Wanted:
    """An account as it would be connected. Raises as connect_channel."""
    connector, credentials = _connector_called(new.platform), dict(new.credentials)
    _make_secret(connector, credentials)
    _refuse_missing(connector, credentials=credentials, config=new.config)
    return Wanted(connector, _access(connector.declaration.platform, credentials=credentials, config=new.config))


async def wanted_change(
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    credentials: Mapping[str, str] | None,
    config: Mapping[str, str] | None,
    vault: Vault,
) -> Wanted:
    """A channel as it would be after a change. Raises as change_channel."""
    row = await get_channel(connection, workspace, channel)
    if row["disconnected_at"] is not None:
        raise ChannelDisconnectedError
    merged = _merge(open_credentials(row, workspace=workspace, vault=vault), credentials or {})
    settings = row["config"] if config is None else config
    connector = _connector_of(row)
    _refuse_missing(connector, credentials=merged, config=settings)
    return Wanted(connector, _access(row["platform"], credentials=merged, config=settings))


async def connect_channel(connection: Connection, workspace: WorkspaceId, new: NewChannel, *, vault: Vault, now: datetime) -> Connected:
    """Connect an account. Raises UnknownPlatformError, CredentialsMissingError."""
    connector, credentials = _connector_called(new.platform), dict(new.credentials)
    made = _make_secret(connector, credentials)
    _refuse_missing(connector, credentials=credentials, config=new.config)
    channel = ChannelId(new_id())
    await statements.insert_channel(
        connection,
        {
            "workspace_id": workspace,
            "id": channel,
            "platform": connector.declaration.platform,
            "name": new.name,
            "path_token": new_token(),
            "credentials": _seal(credentials, workspace=workspace, channel=channel, vault=vault),
            "config": dict(new.config),
            "now": now,
        },
    )
    if isinstance(connector, Subscribes):
        await subscribing.demand(connection, workspace, channel, now=now)
    await outbox.append(connection, workspace, [ChannelConnected(channel_id=channel, platform=connector.declaration.platform)], now=now)
    return Connected(await get_channel(connection, workspace, channel), made)


def is_told(row: asyncpg.Record) -> bool:
    """Whether the platform is told by a call where to deliver, and not by people. Raises UnknownPlatformError."""
    return isinstance(_connector_of(row), Subscribes)


async def get_channel(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> asyncpg.Record:
    """One channel. Raises ChannelNotFoundError."""
    row = await statements.channel_of(connection, workspace, channel)
    if row is None:
        raise ChannelNotFoundError
    return row


async def signing_secret_of(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, vault: Vault) -> str | None:
    """The secret that proves a channel's deliveries now. Raises ChannelNotFoundError."""
    row = await get_channel(connection, workspace, channel)
    return open_credentials(row, workspace=workspace, vault=vault).get(CURRENT_SECRET)


async def change_channel(  # noqa: PLR0913 - each is one thing to change
    connection: Connection,
    workspace: WorkspaceId,
    channel: ChannelId,
    *,
    name: str | None,
    active: bool | None,
    credentials: Mapping[str, str] | None,
    config: Mapping[str, str] | None,
    vault: Vault,
    now: datetime,
) -> asyncpg.Record:
    """Change a channel; None leaves a part as it is. A new signing secret keeps the old one valid beside it (rotation without loss).

    The account stays, named in `config` or not. Raises ChannelNotFoundError, ChannelDisconnectedError, AccountKeptError, and as
    connect_channel.
    """
    row = await _locked(connection, workspace, channel)
    if row["disconnected_at"] is not None:
        raise ChannelDisconnectedError
    sealed = None
    if config is not None:
        config = _keeping_account(row["config"], config)
    if credentials is not None or config is not None:
        before = open_credentials(row, workspace=workspace, vault=vault)
        merged = _merge(before, credentials or {})
        _refuse_missing(_connector_of(row), credentials=merged, config=row["config"] if config is None else config)
        sealed = None if merged == before else _seal(merged, workspace=workspace, channel=channel, vault=vault)
    changed = await statements.change_channel(connection, workspace, channel, name=name, active=active, credentials=sealed, config=config)
    if changed is None:
        raise ChannelNotFoundError
    await _note_subscription(connection, workspace, row, changed, connector=_connector_of(row), now=now)
    if sealed is not None:
        await _note_refresh(connection, workspace, channel, connector=_connector_of(row), now=now)
    return changed


def _keeping_account(before: Mapping[str, str], config: Mapping[str, str]) -> Mapping[str, str]:
    account = before.get("account")
    if not account:
        return config
    if config.get("account", account) != account:
        raise AccountKeptError
    return {**config, "account": account}


async def renew_credentials(
    connection: Connection,
    workspace: WorkspaceId,
    row: asyncpg.Record,
    renewed: Mapping[str, str],
    *,
    instead_of: bytes,
    vault: Vault,
) -> bool:
    """Replace credentials that a platform renewed; `row` is the locked channel, `instead_of` the sealed ones that they were made from.

    False, and nothing changed, where somebody replaced one of them meanwhile; what else was changed stays.
    """
    channel = ChannelId(row["id"])
    before, made_from = (_open(each, workspace=workspace, channel=channel, vault=vault) for each in (row["credentials"], instead_of))
    if any(before.get(name) != made_from.get(name) for name in renewed):
        return False
    merged = _merge(before, renewed)
    if merged != before:
        sealed = _seal(merged, workspace=workspace, channel=channel, vault=vault)
        await statements.change_channel(connection, workspace, channel, name=None, active=None, credentials=sealed, config=None)
    return True


async def disconnect_channel(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, vault: Vault, now: datetime
) -> asyncpg.Record:
    """End a channel for good: nothing comes in or goes out, credentials and settings are forgotten, the history stays.

    Doing so twice changes nothing. Raises ChannelNotFoundError, RepliesWaitingError.
    """
    row = await statements.channel_to_end(connection, workspace, channel)
    if row is None:
        raise ChannelNotFoundError
    if row["disconnected_at"] is not None:
        return row
    (health,) = await health_of_channels(connection, workspace, [channel])
    waiting = health["replies_queued"]
    if waiting:
        message = "Wait until they are sent, or cancel them; a channel that is not to send meanwhile can be paused."
        raise RepliesWaitingError(message, waiting=waiting)
    sealed = _seal({}, workspace=workspace, channel=channel, vault=vault)
    await refreshing.forget(connection, workspace, channel)
    await subscribing.end(connection, workspace, channel, sealed=row["credentials"], config=row["config"], now=now)
    ended = await statements.disconnect_channel(connection, workspace, channel, credentials=sealed, now=now)
    return row if ended is None else ended


async def _locked(connection: Connection, workspace: WorkspaceId, channel: ChannelId) -> asyncpg.Record:
    row = await statements.locked_channel(connection, workspace, channel)
    if row is None:
        raise ChannelNotFoundError
    return row


async def _note_refresh(connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, connector: Connector, now: datetime) -> None:
    """When credentials given by hand end only their platform knows: it is asked at once."""
    if isinstance(connector, Refreshes):
        await refreshing.note_end(connection, workspace, channel, expires_at=None, due_at=now)


async def _note_subscription(
    connection: Connection, workspace: WorkspaceId, before: asyncpg.Record, after: asyncpg.Record, *, connector: Connector, now: datetime
) -> None:
    """The platform is told again where anything changed that it was told, or is told with."""
    told_with = ("credentials", "config")
    if isinstance(connector, Subscribes) and after["active"] and any(before[name] != after[name] for name in (*told_with, "active")):
        await subscribing.demand(connection, workspace, ChannelId(after["id"]), now=now)


def _make_secret(connector: Connector, credentials: dict[str, str]) -> str | None:
    """The secret that proves deliveries, where it is ours to make and none was given."""
    if connector.declaration.signing.made_by != "us" or credentials.get(CURRENT_SECRET):
        return None
    made = connector.make_secret() if isinstance(connector, MakesSecrets) else new_token()
    credentials[CURRENT_SECRET] = made
    return made


def _refuse_missing(connector: Connector, *, credentials: Mapping[str, str], config: Mapping[str, str]) -> None:
    declaration = connector.declaration
    _refuse_unknown(declaration, credentials=credentials, config=config)
    missing = declaration.missing(credentials=credentials, config=config)
    if declaration.signing.made_by == "platform" and not credentials.get(CURRENT_SECRET):
        missing.append(CURRENT_SECRET)
    _refuse_malformed(declaration, {**credentials, **config})
    if missing:
        described = {each.name: each.description for each in (*declaration.credentials, *declaration.settings)}
        raise CredentialsMissingError(
            f"{declaration.title} needs: {', '.join(missing)}.",
            missing=[{"name": name, "description": described.get(name, declaration.signing.description)} for name in missing],
        )


def _refuse_malformed(declaration: Declaration, values: Mapping[str, str]) -> None:
    for each in (*declaration.credentials, *declaration.settings):
        expected = each.refuses(values.get(each.name, ""))
        if expected is not None:
            raise SettingMalformedError(f"{declaration.title}'s {each.name} has to be {expected}.", field=each.name)


def _refuse_unknown(declaration: Declaration, *, credentials: Mapping[str, str], config: Mapping[str, str]) -> None:
    """A misspelt setting would otherwise be kept and never read."""
    known_credentials = {each.name for each in declaration.credentials} | {CURRENT_SECRET, PREVIOUS_SECRET}
    known_settings = {each.name for each in declaration.settings} | {"account"}
    unknown = sorted(set(credentials) - known_credentials) + sorted(set(config) - known_settings)
    if unknown:
        raise CredentialsMissingError(
            f"{declaration.title} knows no {', '.join(unknown)}.",
            known_credentials=sorted(known_credentials - {PREVIOUS_SECRET}),
            known_config=sorted(known_settings),
        )


def open_credentials(row: asyncpg.Record, *, workspace: WorkspaceId, vault: Vault) -> dict[str, str]:
    """A channel's credentials, for the length of a call: never shown, never logged. Raises SealBrokenError."""
    return _open(row["credentials"], workspace=workspace, channel=ChannelId(row["id"]), vault=vault)


def _open(sealed: bytes, *, workspace: WorkspaceId, channel: ChannelId, vault: Vault) -> dict[str, str]:
    opened: dict[str, str] = orjson.loads(vault.open(sealed, bound_to=bound_to(workspace, channel)))
    return opened


def _access(platform: str, *, credentials: Mapping[str, str], config: Mapping[str, str]) -> ChannelAccess:
    return ChannelAccess(
        platform=platform,
        account=config.get("account", ""),
        config=config,
        credentials=credentials,
        signing_secret=credentials.get(CURRENT_SECRET, ""),
    )


def _connector_called(platform: str) -> Connector:
    connector = find_connector(platform)
    if connector is None:
        raise UnknownPlatformError(f"There is no connector {platform!r}.", known=sorted(connectors()))
    return connector


def _connector_of(row: asyncpg.Record) -> Connector:
    connector = find_connector(row["platform"])
    if connector is None:
        raise UnknownPlatformError(f"There is no connector {row['platform']!r} any more.", known=sorted(connectors()))
    return connector


def _merge(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    merged = {**before, **given}
    rotated = given.get(CURRENT_SECRET)
    if rotated and before.get(CURRENT_SECRET) and rotated != before[CURRENT_SECRET]:
        merged[PREVIOUS_SECRET] = before[CURRENT_SECRET]
    return merged


def _seal(credentials: Mapping[str, str], *, workspace: WorkspaceId, channel: ChannelId, vault: Vault) -> bytes:
    return vault.seal(orjson.dumps(dict(credentials)), bound_to=bound_to(workspace, channel))
