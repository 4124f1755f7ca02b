"""Brings one service's schema to the newest revision: roles, schema, revisions. Called by `rapport migrate`, `up`, tests and checks.

Safe to run by several processes at once (one waits for the other) and again at any time.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from migrations.environment import configure_options, metadata_of
from services.kit.settings import role_password

ROLES = ("app", "intake", "worker")
# Roles that own a function and lend it what they may read; nobody logs in as one.
LENDERS = {"engagement": ("engagement_search",)}
CONNECT_TIMEOUT_SECONDS = 15
LOCK_TIMEOUT = "15s"
SCRAM_ITERATIONS = 4096
_ALEMBIC = Path(__file__).with_name("alembic.ini")


async def migrate(service: str, *, owner_url: str, secret_key: str) -> None:
    """Create the service's roles and schema where absent and apply its revisions. `owner_url` may create roles."""
    await _as_owner(owner_url, lambda connection: _migrate(connection, service, secret_key))


async def prepare_roles(service: str, *, owner_url: str, secret_key: str) -> None:
    """Create the service's roles only: what a backup's rights name must be there before it is restored."""
    await _as_owner(owner_url, lambda connection: _only_roles(connection, service, secret_key))


async def drift(service: str, *, owner_url: str) -> list[str]:
    """What the models say and the migrated database does not, a line each; empty where they agree."""
    found: list[str] = []
    await _as_owner(owner_url, lambda connection: found.extend(_differences(connection, service)))
    return found


async def _as_owner(owner_url: str, work: Callable[[Connection], None]) -> None:
    url = owner_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": CONNECT_TIMEOUT_SECONDS})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _migrate(connection: Connection, service: str, secret_key: str) -> None:
    connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": "rapport:migrate"})
    try:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        _prepare_roles(connection, service, secret_key)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))
        for role in ROLES:
            connection.execute(text(f"GRANT USAGE ON SCHEMA {service} TO {service}_{role}"))
        connection.commit()
        config = Config(str(_ALEMBIC), ini_section=service)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
        connection.commit()


def _only_roles(connection: Connection, service: str, secret_key: str) -> None:
    _prepare_roles(connection, service, secret_key)
    connection.commit()


def _prepare_roles(connection: Connection, service: str, secret_key: str) -> None:
    for role in ROLES:
        name = f"{service}_{role}"
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is None:
            connection.execute(text(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"))
        password = role_password(secret_key, name)
        connection.exec_driver_sql(f"ALTER ROLE {name} LOGIN PASSWORD '{_verifier(password)}'")
        connection.execute(text(f"ALTER ROLE {name} SET search_path = {service}, pg_catalog"))
    for name in LENDERS.get(service, ()):
        if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}) is None:
            connection.execute(text(f"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"))


def _verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5802). Made here, so that the password itself is in no statement, log or error."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    coded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{coded[0]}${coded[1]}:{coded[2]}"


def _differences(connection: Connection, service: str) -> list[str]:
    context = MigrationContext.configure(connection, opts=configure_options(service))
    return [str(difference) for difference in compare_metadata(context, metadata_of(service))]
