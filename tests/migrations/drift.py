"""`python -m tests.migrations.drift`: migrate an empty database and say where models and migrations disagree. Run by `make check`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from migrations import SERVICES
from migrations.apply import drift, migrate
from rapport.postgres import EmbeddedPostgres

# Of no deployment: the database is gone when the check ends.
SECRET_KEY = "YS1rZXktZm9yLXRoZS1kcmlmdC1jaGVjay1vbmx5LTMyYg"


async def differences(owner_url: str) -> list[str]:
    """A line for each thing that the models of a service say and its migrated schema does not, or the other way round."""
    return [f"{service}: {line}" for service in SERVICES for line in await drift(service, owner_url=owner_url)]


async def check() -> list[str]:
    """The differences in a fresh database on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="rapport-drift-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        await server.start()
        try:
            for service in SERVICES:
                await migrate(service, owner_url=server.url(), secret_key=SECRET_KEY)
            return await differences(server.url())
        finally:
            await server.stop()


def main() -> int:
    """Print the differences; 1 if there are any."""
    found = asyncio.run(check())
    for line in found:
        print(line)  # noqa: T201 - what `make check` shows
    if found:
        print("Models and migrations disagree: change the models and add a revision together.")  # noqa: T201 - as above
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
