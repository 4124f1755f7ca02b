"""A deployment on this machine: its folder, its addresses, its processes in order. Used by `up`, `demo`, tests and the bench.

Embedded PostgreSQL and NATS unless addresses are given. Never knows what the services do.
"""

import hashlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from migrations import SERVICES
from rapport import children
from rapport.children import Launch
from rapport.errors import NotStartedError, StopRequestedError
from rapport.folders import write_private
from rapport.listening import refuse_taken_port
from rapport.nats import EmbeddedNats
from rapport.postgres import EmbeddedPostgres
from rapport.processes import ProcessSpec, ServiceProcess, answers_unix
from rapport.supervisor import Supervisor

GATEWAY = "gateway"
GATEWAYS = 2
# Long, because a release may rewrite a large table.
MIGRATE_SECONDS = 24 * 3600.0
_SAID_CHARS = 4000
_ROOT = str(Path(__file__).parent.parent)
SOCKET_FOLDER_LIMIT_BYTES = 80
"""A socket's whole path has 104 bytes on macOS and 108 on Linux."""
# Our registrations at platforms; which there are their connectors say.
REGISTRATIONS = "OAUTH_"
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "SSL_CERT_FILE",
    "LOG_LEVEL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "ALLOWED_ORIGINS",
    "NATS_REPLICAS",
    "OAUTH",
    "JOURNAL_RETENTION_DAYS",
    "OUTBOX_RETENTION_DAYS",
    "HISTORIC_AFTER_HOURS",
    "IMPORTS_LIMIT",
    "WEBHOOK_BODY_LIMIT_BYTES",
    "SEND_TIMEOUT_SECONDS",
    "LISTENERS_LIMIT",
    "LISTENERS_LONGEST_REST_SECONDS",
    "TRUSTED_PROXIES",
    "TRANSLATION_URL",
    "TRANSLATION_API_KEY",
    "TRANSLATION_TIMEOUT_SECONDS",
    "MEDIA_BUCKET",
    "MEDIA_ENDPOINT",
    "MEDIA_REGION",
    "MEDIA_KEY_ID",
    "MEDIA_SECRET",
    "INVITATION_LINK",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_SECURITY",
    "SMTP_USERNAME",
    "SMTP_PASSWORD",
    "SMTP_SENDER",
    "CONVERSATION_LINK",
)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What is to run and where. `database_urls` (by service) and `nats_url` name servers of others; without them ours are started.

    Our processes write their logs where we do, or each to a file of its own in `log_folder`. `gateways` processes share the port.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    gateways: int = GATEWAYS
    single_process: bool = False
    durable: bool = True
    allow_private_addresses: bool = False
    secret_key: str | None = None
    database_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    nats_url: str | None = field(default=None, repr=False)
    log_level: str | None = None
    log_folder: Path | None = None

    @property
    def url(self) -> str:
        """Where people and platforms reach it."""
        return self.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """Where this machine reaches it, whatever stands in front."""
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104 - compared, not bound

    def deployment_secret(self) -> str:
        """The secret key: given, or made at the first start and kept with mode 0600 in the folder."""
        if self.secret_key is not None:
            return self.secret_key
        file = self.folder / "secret-key"
        if not file.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(file, secrets.token_urlsafe(32))
        return file.read_text().strip()

    def gateway_names(self) -> tuple[str, ...]:
        """The processes on the public port."""
        if self.single_process or self.gateways == 1:
            return (GATEWAY,)
        return tuple(f"{GATEWAY}-{number}" for number in range(1, self.gateways + 1))

    def sockets(self) -> Path:
        """A private folder for the services' sockets; their paths may not be long, so it is not always below `folder`."""
        beside = self.folder.absolute() / "run"
        mark = hashlib.sha256(str(beside).encode()).hexdigest()[:16]
        name = f"rapport-{os.getuid()}-{mark}"
        places = (beside, Path(tempfile.gettempdir()) / name, Path("/tmp") / name)  # noqa: S108 - made private and checked below
        place = next((each for each in places if len(os.fsencode(each)) <= SOCKET_FOLDER_LIMIT_BYTES), places[-1])
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.stat().st_uid != os.getuid():
            message = f"{place} belongs to somebody else; remove it or choose another data folder"
            raise PermissionError(message)
        return place


@dataclass(frozen=True)
class Running:
    """A deployment whose processes all answer. `owner_urls` (by service) may migrate; `nats_url` is the broker's."""

    deployment: Deployment
    supervisor: Supervisor
    owner_urls: Mapping[str, str] = field(repr=False)
    nats_url: str = field(repr=False)
    postgres: EmbeddedPostgres | None
    nats: EmbeddedNats | None
    processes: Mapping[str, ServiceProcess]

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return self.deployment.url

    def environment(self) -> dict[str, str]:
        """What an operator's command needs in order to reach this deployment's data."""
        return admin_environment(self.deployment, owner_urls=self.owner_urls, nats_url=self.nats_url)


@asynccontextmanager
async def running(deployment: Deployment) -> AsyncIterator[Running]:
    """Start everything in order, and drain it in the opposite order at the end. Migrations run in between.

    Raises PortTakenError before anything is started, NotStartedError, and StopRequestedError where a signal came before everything ran.
    """
    started = False
    refuse_taken_port(deployment.host, deployment.port)
    async with Supervisor() as supervisor:
        postgres, owner_urls = await _databases(deployment, supervisor)
        nats, nats_url = await _broker(deployment, supervisor)
        await supervisor.complete(_migrate(admin_environment(deployment, owner_urls=owner_urls, nats_url=nats_url)), step="migrate")
        processes: dict[str, ServiceProcess] = {}
        for spec in _specs(deployment, owner_urls=owner_urls, nats_url=nats_url):
            processes[spec.name] = ServiceProcess(spec)
            await supervisor.add(processes[spec.name])
        started = True
        yield Running(deployment, supervisor, owner_urls, nats_url, postgres, nats, processes)
    if not started:
        raise StopRequestedError("start")


async def _migrate(env: Mapping[str, str]) -> None:
    """In a child, since what it loads would stay with the supervisor for as long as that runs: 40 MB. Raises NotStartedError."""
    argv = (sys.executable, "-m", "rapport.cli", "migrate")
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with tempfile.TemporaryFile() as output:
        launch = Launch(argv=argv, env={**passed, "PYTHONPATH": _ROOT, **env}, output=output.fileno())
        code = await children.run_to_end(launch, timeout_seconds=MIGRATE_SECONDS)
        if code:
            output.seek(0)
            said = output.read().decode(errors="replace")[-_SAID_CHARS:]
            raise NotStartedError("migrate", reason=f"it ended with code {code}", log=said)


def admin_environment(deployment: Deployment, *, owner_urls: Mapping[str, str], nats_url: str) -> dict[str, str]:
    """The environment that names a deployment's data to settings classes."""
    return {
        "RAPPORT_SECRET_KEY": deployment.deployment_secret(),
        "NATS_URL": nats_url,
        "PUBLIC_URL": deployment.url,
        **{f"DATABASE_URL_{service.upper()}": url for service, url in owner_urls.items()},
    }


async def _databases(deployment: Deployment, supervisor: Supervisor) -> tuple[EmbeddedPostgres | None, dict[str, str]]:
    if deployment.database_urls:
        return None, {service: deployment.database_urls[service] for service in SERVICES}
    server = EmbeddedPostgres(deployment.folder / "postgres", durable=deployment.durable)
    await supervisor.add(server)
    return server, dict.fromkeys(SERVICES, server.url())


async def _broker(deployment: Deployment, supervisor: Supervisor) -> tuple[EmbeddedNats | None, str]:
    if deployment.nats_url:
        return None, deployment.nats_url
    server = EmbeddedNats(deployment.folder / "nats")
    await supervisor.add(server)
    return server, server.url


def _specs(deployment: Deployment, *, owner_urls: Mapping[str, str], nats_url: str) -> list[ProcessSpec]:
    env = _environment(deployment, owner_urls=owner_urls, nats_url=nats_url)
    names = deployment.gateway_names()
    if deployment.single_process:
        return [_spec(deployment, name, "rapport.single:app", env=env, public=True) for name in names]
    services = [_spec(deployment, service, f"services.{service}.main:app", env=env) for service in SERVICES]
    gateways = [_spec(deployment, name, "rapport.front:app", env={**env, "GATEWAY_NAME": name}, public=True) for name in names]
    return [*services, *gateways]


def _spec(deployment: Deployment, name: str, app: str, *, env: Mapping[str, str], public: bool = False) -> ProcessSpec:
    """Each process has a socket of its own; those of the gateway share the port besides."""
    own = deployment.sockets() / f"{name}.sock"
    port = ("--host", deployment.host, "--port", str(deployment.port)) if public else ()
    argv = (sys.executable, "-m", "rapport.serving", app, "--own", str(own))
    return ProcessSpec(
        name=name,
        argv=(*argv, *port),
        env=env,
        ready=lambda: answers_unix(own),
        log=deployment.log_folder / f"{name}.log" if deployment.log_folder else None,
    )


def _environment(deployment: Deployment, *, owner_urls: Mapping[str, str], nats_url: str) -> dict[str, str]:
    """A service gets no owner's password: it derives its roles' own."""
    sockets = deployment.sockets()
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(REGISTRATIONS)}
    own = {
        "RAPPORT_SECRET_KEY": deployment.deployment_secret(),
        "NATS_URL": nats_url,
        "PUBLIC_URL": deployment.url,
        "ALLOW_PRIVATE_ADDRESSES": str(deployment.allow_private_addresses).lower(),
        "MEDIA_FOLDER": str(deployment.folder.absolute() / "media"),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONPATH": _ROOT,
        **{f"DATABASE_URL_{service.upper()}": _without_login(url) for service, url in owner_urls.items()},
        **{f"{service.upper()}_URL": f"unix:{sockets / service}.sock" for service in SERVICES},
        "GATEWAY_SOCKETS": json.dumps([str(sockets / f"{name}.sock") for name in deployment.gateway_names()]),
    }
    if deployment.log_level is not None:
        own["LOG_LEVEL"] = deployment.log_level
    return {**passed, **own}


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
