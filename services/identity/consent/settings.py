"""What a workspace asks consent for, and the words by which people say so themselves. Called by REST, hearing and the page."""

from datetime import datetime

import asyncpg

from services.contracts.consent import CONTACT, DEFAULT_PURPOSES, SERVICE, Purpose
from services.contracts.events import PurposesChanged
from services.contracts.ids import WorkspaceId
from services.contracts.views.consent import ConsentSettingsView
from services.identity.consent.errors import ConsentSettingsChangedError, ConsentSettingsError, PurposeUnknownError
from services.identity.consent.keywords import OPT_IN, OPT_OUT, plain
from services.identity.statements import consent as statements
from services.kit import outbox
from services.kit.db import Connection

BROUGHT = ConsentSettingsView(purposes=DEFAULT_PURPOSES, opt_out=OPT_OUT, opt_in=OPT_IN, version=0)


async def get_settings(connection: Connection, workspace: WorkspaceId) -> ConsentSettingsView:
    """The workspace's own, or what the product brings."""
    row = await statements.find_settings(connection, workspace)
    return BROUGHT if row is None else _view(row)


async def save_settings(
    connection: Connection, workspace: WorkspaceId, wanted: ConsentSettingsView, *, now: datetime
) -> ConsentSettingsView:
    """Replace what was read as `wanted.version`. Raises ConsentSettingsError, ConsentSettingsChangedError."""
    _refuse_senseless(wanted)
    row = await statements.save_settings(
        connection,
        workspace,
        purposes=[{"key": each.key, "needs_grant": each.needs_grant, "titles": dict(each.titles)} for each in wanted.purposes],
        opt_out=wanted.opt_out,
        opt_in=wanted.opt_in,
        version=wanted.version,
        now=now,
    )
    if row is None:
        raise ConsentSettingsChangedError("Read them again and repeat.")
    saved = _view(row)
    await outbox.append(connection, workspace, [purposes_event(workspace, saved)], now=now)
    return saved


def purposes_event(workspace: WorkspaceId, settings: ConsentSettingsView) -> PurposesChanged:
    """What other services need to know of the settings."""
    return PurposesChanged(
        workspace_id=workspace,
        version=settings.version,
        keys=tuple(each.key for each in settings.purposes),
        granted=tuple(each.key for each in settings.purposes if each.needs_grant),
    )


async def refuse_unknown_purpose(connection: Connection, workspace: WorkspaceId, purpose: str) -> None:
    """Raises PurposeUnknownError for what the workspace has no purpose of."""
    known = [each.key for each in (await get_settings(connection, workspace)).purposes]
    if purpose not in known:
        raise PurposeUnknownError(f"Name one of {', '.join(known)}; PUT /v1/consent-settings adds others.", known=known)


def _refuse_senseless(wanted: ConsentSettingsView) -> None:
    keys = [each.key for each in wanted.purposes]
    if len(set(keys)) < len(keys) or CONTACT in keys:
        raise ConsentSettingsError(f"Give each purpose a key of its own; {CONTACT!r} is not free.")
    if SERVICE not in keys:
        raise ConsentSettingsError(f"Keep the purpose {SERVICE!r}: whoever writes to us is answered for it.")
    out, into = ({plain(each) for each in words} for words in (wanted.opt_out, wanted.opt_in))
    if "" in out | into or out & into:
        raise ConsentSettingsError("A keyword has letters or digits, and says either yes or no.")


def _view(row: asyncpg.Record) -> ConsentSettingsView:
    purposes = tuple(Purpose(key=each["key"], needs_grant=each["needs_grant"], titles=each["titles"]) for each in row["purposes"])
    return ConsentSettingsView(purposes=purposes, opt_out=tuple(row["opt_out"]), opt_in=tuple(row["opt_in"]), version=row["version"])
