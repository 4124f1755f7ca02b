"""Workspaces: made by the operator, seen by their members. Runs in the caller's transaction."""

import re
from datetime import datetime

import asyncpg

from services.contracts.events import WorkspaceCreated
from services.contracts.ids import WorkspaceId
from services.contracts.views import WorkspaceView
from services.identity.errors import SlugTakenError, WorkspaceNotFoundError
from services.identity.statements import workspaces
from services.kit import outbox
from services.kit.db import Connection
from services.kit.errors import MalformedError

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
NAME_LIMIT_CHARS = 200


async def create_workspace(connection: Connection, *, workspace: WorkspaceId, slug: str, name: str, now: datetime) -> WorkspaceView:
    """A new tenant. Raises SlugTakenError, MalformedError; the transaction is of `workspace`."""
    if not SLUG.fullmatch(slug):
        raise MalformedError("A slug has 1 to 63 lower-case letters, digits and inner hyphens.")
    if not 0 < len(name.strip()) <= NAME_LIMIT_CHARS:
        raise MalformedError(f"A name has 1 to {NAME_LIMIT_CHARS} characters.")
    try:
        await workspaces.inserted_workspace(connection, workspace, slug=slug, name=name.strip(), now=now)
    except asyncpg.UniqueViolationError as error:
        raise SlugTakenError from error
    created = WorkspaceCreated(workspace_id=workspace, slug=slug, name=name.strip())
    await outbox.append(connection, workspace, [created], now=now)
    return WorkspaceView(id=workspace, slug=slug, name=name.strip(), created_at=now)


async def get_workspace(connection: Connection, workspace: WorkspaceId) -> WorkspaceView:
    """Raises WorkspaceNotFoundError."""
    found = await workspaces.workspace_of_id(connection, workspace)
    if found is None:
        raise WorkspaceNotFoundError
    return found
