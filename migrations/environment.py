"""What Alembic compares and where it keeps its version, per service. Called by `env` and `apply`; touches no database."""

import importlib
import re
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.sql.schema import SchemaItem

PARTITION = re.compile(r"_(default|\d{4}_\d{2}_\d{2})$")


def metadata_of(service: str) -> MetaData:
    """The tables that the service's models declare."""
    models = importlib.import_module(f"services.{service}.models")
    metadata: MetaData = models.Table.metadata
    return metadata


def configure_options(service: str) -> dict[str, Any]:
    """Options of Alembic's context; partitions are made by the running service and are not compared."""
    return {
        "target_metadata": metadata_of(service),
        "version_table_schema": service,
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: name == service if kind == "schema" else True,
        "include_object": _compared,
        "compare_type": True,
        "compare_server_default": False,
        "transaction_per_migration": True,
    }


def _compared(item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    table = name if kind == "table" else getattr(getattr(item, "table", None), "name", None)
    return not (table and (PARTITION.search(table) or table == "alembic_version"))
