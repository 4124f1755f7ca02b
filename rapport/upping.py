"""`rapport up`: run a deployment until told to stop, and say how to get in. Called by cli."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from migrations import SERVICES
from rapport.deployment import Deployment, Running, running
from rapport.errors import RunningError, StopRequestedError
from services.kit.telemetry import configure_logging

if TYPE_CHECKING:
    from rapport.sample import SignIn

EXAMPLE_QUERY = """\
{
  contacts(first: 5) {
    nodes {
      name
      profiles { network handle linkedBy }
      timeline(first: 5) { nodes { occurredAt kind text discipline channel { name } } }
    }
  }
}"""

log = structlog.get_logger()


async def keep_up(deployment: Deployment, *, sample: bool) -> int:
    """Run until a signal; the exit code."""
    configure_logging(deployment.log_level or "warning", "rapport")
    print("Starting Rapport: database, event bus, identity, engagement, routing, gateway ...", flush=True)
    try:
        async with running(deployment) as everything:
            await everything.supervisor.complete(_greet(everything, sample=sample), step="sample workspace")
            await everything.supervisor.until_stopped()
            print("Draining ...", flush=True)
    except StopRequestedError:
        print("Stopped before everything ran.", flush=True)
        return 0
    except RunningError as error:
        print(f"Rapport did not start: {error}", file=sys.stderr, flush=True)
        return 1
    print("Stopped.", flush=True)
    return 0


def external_databases(env: Mapping[str, str]) -> dict[str, str]:
    """The databases that the environment names, one per service; empty where ours is to be started."""
    common = env.get("DATABASE_URL")
    found = {service: env.get(f"DATABASE_URL_{service.upper()}", common) for service in SERVICES}
    named = {service: url for service, url in found.items() if url}
    if named and len(named) < len(SERVICES):
        missing = ", ".join(f"DATABASE_URL_{service.upper()}" for service in SERVICES if service not in named)
        raise SystemExit(f"Some databases are named and others are not; set {missing}, or DATABASE_URL for all.")
    return named


async def _sample(everything: Running) -> "SignIn | None":
    from rapport.sample import ensure_sample  # noqa: PLC0415 - it loads the services' hands, which stay with the supervisor: 30 MB

    return await ensure_sample(everything)


async def _greet(everything: Running, *, sample: bool) -> None:
    sign_in = await _sample(everything) if sample else None
    lines = ["", f"Rapport runs at {everything.url}"]
    if sign_in is not None:
        kept = f"(in {sign_in.file})" if sign_in.file.exists() else "(new one: rapport members reset-password)"
        password = sign_in.password or kept
        lines.append(f"  sign-in   workspace {sign_in.workspace}   e-mail {sign_in.email}   password {password}")
        if sign_in.chat is not None:
            lines.append(f"  web chat  {everything.url}{sign_in.chat}   (a page with the widget, to write as a visitor)")
    lines += [
        f"  GraphQL   {everything.url}/graphql   (open it in a browser: sign in, then paste the query)",
        f"  REST      {everything.url}/v1        webhooks {everything.url}/webhooks/...",
        f"  data      {everything.deployment.folder.absolute()}",
        "",
        EXAMPLE_QUERY,
        "",
        "Ctrl-C drains and stops.",
    ]
    print("\n".join(lines), flush=True)
