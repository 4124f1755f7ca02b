"""How a command reaches a deployment: by DATABASE_URL and RAPPORT_SECRET_KEY, else the running one in a data folder.

Called by every command that touches data. Starts nothing.
"""

import asyncio
import os
import socket
from collections.abc import Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import asyncpg
import typer

import services.engagement.admin as engagement
import services.identity.admin as identity
import services.identity.admin_people as people
import services.identity.admin_transfers as files
import services.routing.admin as routing
from migrations import SERVICES
from rapport.folders import ServerFolder
from rapport.postgres import DATABASE, SUPERUSER
from rapport.upping import external_databases
from services.contracts.ids import WorkspaceId
from services.engagement.settings import EngagementSettings
from services.identity.settings import IdentitySettings
from services.kit.db import DatabaseUnavailableError
from services.kit.errors import ProblemError
from services.routing.settings import RoutingSettings

T = TypeVar("T")
_CONNECT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reach:
    """A deployment's databases (the owner's address by service) and its secret key."""

    owner_urls: Mapping[str, str] = field(repr=False)
    secret_key: str = field(repr=False)

    def identity(self) -> AbstractAsyncContextManager[identity.Admin]:
        """Workspaces, members, keys."""
        return identity.admin(IdentitySettings.model_validate(self._settings("identity")))

    def persons(self) -> AbstractAsyncContextManager[people.Persons]:
        """Single people."""
        return people.persons(IdentitySettings.model_validate(self._settings("identity")))

    def transfers(self) -> AbstractAsyncContextManager[files.Transfers]:
        """Files of people."""
        return files.transfers(IdentitySettings.model_validate(self._settings("identity")))

    def engagement(self) -> AbstractAsyncContextManager[engagement.Admin]:
        """Channels, journal."""
        return engagement.admin(EngagementSettings.model_validate(self._settings("engagement")))

    def routing(self) -> AbstractAsyncContextManager[routing.Admin]:
        """Tasks' events."""
        return routing.admin(RoutingSettings.model_validate(self._settings("routing")))

    def _settings(self, service: str) -> dict[str, str]:
        return {"database_url": self.owner_urls[service], "secret_key": self.secret_key}


def reach(data: Path) -> Reach:
    """The deployment that the environment names, else the one that runs in the folder. Ends the command where there is none."""
    urls = external_databases(os.environ)
    secret = os.environ.get("RAPPORT_SECRET_KEY")
    if urls:
        if not secret:
            fail("DATABASE_URL is set and RAPPORT_SECRET_KEY is not: set it to the key with which `rapport migrate` was run.")
        return Reach(urls, secret)
    folder = ServerFolder(data / "postgres")
    key, port = data / "secret-key", folder.path / "port"
    if not key.exists() or not port.exists() or not _listens(int(port.read_text())):
        fail(
            f"No Rapport runs in {data.absolute()}. Start it with `rapport up --data {data}` in another terminal,"
            " or set DATABASE_URL and RAPPORT_SECRET_KEY."
        )
    url = f"postgresql://{SUPERUSER}:{folder.password()}@127.0.0.1:{port.read_text().strip()}/{DATABASE}"
    return Reach(dict.fromkeys(SERVICES, url), secret or key.read_text().strip())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do a command's work; what is refused is told in a sentence, and the command ends with 1."""
    try:
        return asyncio.run(work)
    except ProblemError as problem:
        fail(problem.detail)
    except (DatabaseUnavailableError, asyncpg.PostgresError, OSError, TimeoutError) as error:
        fail(f"The database did not answer ({type(error).__name__}). Is Rapport running, and is its schema migrated?")


async def workspace_called(people: identity.Admin, slug: str | None) -> tuple[str, WorkspaceId]:
    """Slug and id of the workspace meant: the one named, or the only one there is. Ends the command where that is unclear."""
    known = {each.slug: each.id for each in await people.list_workspaces()}
    if slug is None and len(known) == 1:
        slug = next(iter(known))
    if slug is None:
        fail(f"Say which workspace is meant with --workspace: {', '.join(known)}." if known else _NONE_YET)
    if slug not in known:
        fail(f"There is no workspace {slug}; there are {', '.join(known)}." if known else _NONE_YET)
    return slug, known[slug]


_NONE_YET = "There is no workspace yet; make one with `rapport workspaces create`."


def fail(message: str) -> NoReturn:
    """End the command with 1 and a sentence that says the next step."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_CONNECT_SECONDS)
        return probe.connect_ex(("127.0.0.1", port)) == 0
