"""How each member wants to be told: kinds, quiet hours, digest, chat. Runs in the caller's transaction.

Called by the edges, by `telling` and by `delivering`. An address for chat is sealed and never shown; the room of a workspace is told
under the workspace's own id.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views.notifications import NotificationMeansView, NotificationSettingsView
from services.contracts.vocabulary import DigestEvery, NotificationKind
from services.engagement.errors import UnknownTimeZoneError, VersionConflictError
from services.engagement.notifications.hours import Hours, find_zone
from services.engagement.notifications.kinds import DEFAULTS, ROOM_DEFAULTS, Means
from services.engagement.statements import notification_means as statements
from services.kit.crypto import SealBrokenError, Vault
from services.kit.db import Connection
from services.kit.errors import MalformedError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the form of Standard Webhooks, not a secret
SECRET_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where a chat is told, and what its messages are signed with."""

    url: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one member chose, defaults filled in."""

    kinds: Mapping[NotificationKind, Means]
    hours: Hours
    chat: bytes | None = field(default=None, repr=False)
    version: int = 0


async def preferences_of(connection: Connection, workspace: WorkspaceId, members: Sequence[UUID]) -> dict[UUID, Preferences]:
    """What each of these chose."""
    chosen: dict[UUID, dict[NotificationKind, Means]] = {
        member: dict(ROOM_DEFAULTS if member == workspace else DEFAULTS) for member in members
    }
    for row in await statements.settings_of(connection, workspace, members):
        means = Means(app=row["app"], email=row["email"], chat=row["chat"], digest=row["digest"])
        chosen[row["member_id"]][NotificationKind(row["kind"])] = means
    rows = {row["member_id"]: row for row in await statements.preferences_of(connection, workspace, members)}
    return {member: _preferences(kinds, rows.get(member)) for member, kinds in chosen.items()}


def _preferences(kinds: Mapping[NotificationKind, Means], row: asyncpg.Record | None) -> Preferences:
    if row is None:
        return Preferences(kinds=kinds, hours=Hours())
    hours = Hours(
        time_zone=row["time_zone"],
        quiet_from=row["quiet_from"],
        quiet_until=row["quiet_until"],
        digest=DigestEvery(row["digest"]),
        digest_at=row["digest_at"],
    )
    return Preferences(kinds=kinds, hours=hours, chat=row["chat"], version=row["version"])


async def get_settings(connection: Connection, workspace: WorkspaceId, member: UUID, *, email_possible: bool) -> NotificationSettingsView:
    """How somebody is told, as it is shown."""
    found = (await preferences_of(connection, workspace, [member]))[member]
    troubles = await statements.troubles_of(connection, workspace, member)
    return NotificationSettingsView(
        kinds=tuple(
            NotificationMeansView(kind=kind, app=means.app, email=means.email, chat=means.chat, digest=means.digest)
            for kind, means in found.kinds.items()
        ),
        time_zone=found.hours.time_zone,
        quiet_from=found.hours.quiet_from,
        quiet_until=found.hours.quiet_until,
        digest=found.hours.digest,
        digest_at=found.hours.digest_at,
        has_chat=found.chat is not None,
        email_possible=email_possible,
        trouble="; ".join(f"{row['means']}: {row['trouble']}" for row in troubles),
        version=found.version,
    )


async def change_hours(connection: Connection, workspace: WorkspaceId, member: UUID, hours: Hours, *, version: int) -> None:
    """Raises UnknownTimeZoneError, MalformedError, VersionConflictError."""
    if find_zone(hours.time_zone) is None:
        raise UnknownTimeZoneError
    if (hours.quiet_from is None) != (hours.quiet_until is None):
        raise MalformedError("Give both ends of the quiet hours, or neither.")
    changed = await statements.change_preference(
        connection,
        workspace,
        member,
        time_zone=hours.time_zone,
        quiet_from=hours.quiet_from,
        quiet_until=hours.quiet_until,
        digest=hours.digest.value,
        digest_at=hours.digest_at,
        version=version,
    )
    if changed is None:
        raise VersionConflictError("The settings were changed in the meantime; read them again.")


async def change_kinds(connection: Connection, workspace: WorkspaceId, member: UUID, kinds: Mapping[NotificationKind, Means]) -> None:
    """Say by which means somebody is told of these kinds; the others stay. The room has a chat and nothing else."""
    if member == workspace and any(means.app or means.email or means.digest for means in kinds.values()):
        raise MalformedError("The workspace's room is told by chat only.")
    if kinds:
        rows = [(kind.value, means.app, means.email, means.chat, means.digest) for kind, means in kinds.items()]
        await statements.change_settings(connection, workspace, member, rows)


async def set_chat(connection: Connection, workspace: WorkspaceId, member: UUID, url: str, *, vault: Vault) -> str:
    """Have somebody told at this address from now on; gives the secret that messages are signed with, shown only now."""
    if not url.startswith(("https://", "http://")):
        raise MalformedError("The address of a chat begins with https://.")
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    sealed = vault.seal(msgspec.json.encode({"url": url, "secret": secret}), bound_to=_bound_to(workspace, member))
    await statements.set_chat(connection, workspace, member, chat=sealed)
    return secret


async def end_chat(connection: Connection, workspace: WorkspaceId, member: UUID) -> None:
    """Forget the address."""
    await statements.set_chat(connection, workspace, member, chat=None)


def opened_chat(workspace: WorkspaceId, member: UUID, sealed: bytes | None, *, vault: Vault) -> Chat | None:
    """Where somebody is told; None where that is not set, or was sealed by another key."""
    if sealed is None:
        return None
    try:
        opened = msgspec.json.decode(vault.open(sealed, bound_to=_bound_to(workspace, member)), type=dict[str, str])
    except SealBrokenError:
        return None
    return Chat(url=opened["url"], secret=opened["secret"])


def _bound_to(workspace: WorkspaceId, member: UUID) -> bytes:
    return f"notification-chat:{workspace}:{member}".encode()
