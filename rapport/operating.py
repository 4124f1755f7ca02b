"""The operator's commands beside `up`: migrate and what reaches into a deployment's data. Called by cli."""

from collections.abc import Mapping

from migrations import SERVICES
from migrations.apply import migrate
from rapport.upping import external_databases


async def migrate_all(env: Mapping[str, str]) -> None:
    """Apply all revisions of all services. Raises SystemExit where the environment does not say which databases."""
    urls = external_databases(env)
    secret = env.get("RAPPORT_SECRET_KEY")
    if not urls or not secret:
        raise SystemExit("Set DATABASE_URL (its user may create roles) and RAPPORT_SECRET_KEY, then run this again.")
    for service in SERVICES:
        print(f"{service} ...", end=" ", flush=True)
        await migrate(service, owner_url=urls[service], secret_key=secret)
        print("done", flush=True)
