"""Alembic's environment for all three services: run by `migrations.apply`, one section at a time, on its connection."""

from alembic import context
from sqlalchemy import Connection

from migrations.environment import configure_options


def _run(connection: Connection, service: str) -> None:
    context.configure(connection=connection, **configure_options(service))
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"], context.config.config_ini_section)
