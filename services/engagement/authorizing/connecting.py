"""What was granted becomes a channel, or the new credentials of one. Called by the authorizer, in its transaction.

What is kept of an authorization meanwhile is sealed, and bound to workspace and authorization.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement import channels
from services.engagement.authorizing.ends import refresh_at
from services.engagement.authorizing.errors import AccountNotGrantedError, OtherAccountError
from services.engagement.connectors import find_connector
from services.engagement.errors import UnknownPlatformError
from services.engagement.protocol import Account, Connector, Granted
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import refreshing
from services.kit.crypto import Vault
from services.kit.db import Connection

NAME_CHARS = 200


class OnTheWay(msgspec.Struct, kw_only=True):
    """What is needed when the person comes back: what the connector keeps, and what was given by hand.

    `url` is where the person was sent, for whoever asks once more; `return_to` the page of ours that the person goes back to.
    """

    keep: dict[str, str]
    credentials: dict[str, str]
    config: dict[str, str]
    redirect_url: str
    url: str = ""
    return_to: str = ""


class ToChooseFrom(msgspec.Struct, kw_only=True):
    """What was granted, with its accounts, and what was given by hand."""

    granted: Granted
    credentials: dict[str, str]
    config: dict[str, str]
    return_to: str = ""


def bound_to(workspace: WorkspaceId, authorization: UUID) -> bytes:
    """What an authorization's sealed part is bound to."""
    return f"authorization:{workspace}:{authorization}".encode()


def seal(value: OnTheWay | ToChooseFrom, *, workspace: WorkspaceId, authorization: UUID, vault: Vault) -> bytes:
    """Sealed, for the row."""
    return vault.seal(msgspec.json.encode(value), bound_to=bound_to(workspace, authorization))


def connector_of(platform: str) -> Connector:
    """Raises UnknownPlatformError."""
    connector = find_connector(platform)
    if connector is None:
        raise UnknownPlatformError(f"There is no connector {platform!r}.")
    return connector


async def accounts_for(connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, granted: Granted) -> tuple[Account, ...]:
    """Of the accounts granted those that can be taken.

    Raises OtherAccountError where the channel that is connected again is of none of them, ChannelNotFoundError.
    """
    accounts = granted.accounts
    if row["channel_id"] is not None:
        channel = await channels.get_channel(connection, workspace, ChannelId(row["channel_id"]))
        known = channel["config"].get("account", "")
        if known:
            accounts = tuple(each for each in accounts if each.account in {known, ""})
        if not accounts:
            found = ", ".join(each.name or each.account for each in granted.accounts[:5])
            raise OtherAccountError(f"The channel is of the account {known}; granted was: {found}.")
    return accounts


def chosen_among(accounts: Sequence[Account], wanted: Sequence[str], *, one: bool) -> list[Account]:
    """The accounts of these ids, each once. Raises AccountNotGrantedError; `one` allows a single one."""
    by_id = {each.account: each for each in accounts}
    unknown = [each for each in wanted if each not in by_id]
    if unknown or not wanted or (one and len(set(wanted)) > 1):
        ask = "Choose one of the accounts granted." if one else "Choose among the accounts granted, at least one."
        granted = ", ".join(f"{each.account} ({each.name})" for each in accounts[:20])
        raise AccountNotGrantedError(f"{ask} Granted: {granted}.", granted=sorted(by_id))
    return [by_id[each] for each in dict.fromkeys(wanted)]


async def connect_account(  # noqa: PLR0913 - the parts, by name
    connection: Connection,
    workspace: WorkspaceId,
    row: asyncpg.Record,
    account: Account,
    *,
    granted: Granted,
    credentials: Mapping[str, str],
    config: Mapping[str, str],
    vault: Vault,
    now: datetime,
) -> asyncpg.Record:
    """The account's channel, new or with its credentials replaced; when they end is noted. Raises as channels.connect_channel."""
    opened = {**credentials, **granted.credentials, **account.credentials}
    # Whose account it is, the platform alone says: one that is written in by hand would get what it delivers for that one.
    config = {name: value for name, value in config.items() if name != "account"}
    told = {name: value for name, value in {"account": account.account, **account.config}.items() if value}
    existing = await _existing(connection, workspace, row, account)
    if existing is None:
        name = (row["name"] or account.name or connector_of(row["platform"]).declaration.title)[:NAME_CHARS]
        new = channels.NewChannel(platform=row["platform"], name=name, credentials=opened, config={**config, **told})
        channel = (await channels.connect_channel(connection, workspace, new, vault=vault, now=now)).row
    else:
        channel = await channels.change_channel(
            connection,
            workspace,
            ChannelId(existing["id"]),
            name=None,
            active=None,
            credentials=opened,
            config={**existing["config"], **config, **told},
            vault=vault,
            now=now,
        )
    end = granted.expires_at
    await refreshing.note_end(connection, workspace, ChannelId(channel["id"]), expires_at=end, due_at=refresh_at(end, now=now))
    return channel


async def _existing(connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, account: Account) -> asyncpg.Record | None:
    """The channel that is connected again, or the one that this account has already."""
    if row["channel_id"] is not None:
        return await channels.get_channel(connection, workspace, ChannelId(row["channel_id"]))
    for each in await channel_statements.channels_of(connection, workspace):
        connected = each["platform"] == row["platform"] and each["disconnected_at"] is None
        if connected and account.account and each["config"].get("account") == account.account:
            return each
    return None
