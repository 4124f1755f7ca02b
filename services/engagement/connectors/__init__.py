"""The platforms: one folder each, found by scanning. Called by engagement; names no platform.

A new platform is a new folder that exports `connector`; no file here or elsewhere is edited.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from services.engagement.protocol import Connector


class NotAConnectorError(Exception):
    """A folder beside this file does not export a `connector` that keeps the protocol."""


@cache
def connectors() -> Mapping[str, Connector]:
    """Every connector by its platform's name. Imports them on the first call, never before."""
    found: dict[str, Connector] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        connector = getattr(importlib.import_module(f"{__name__}.{module.name}"), "connector", None)
        if not isinstance(connector, Connector) or connector.declaration.platform != module.name:
            raise NotAConnectorError(f"{module.name} exports no connector of that platform")
        found[module.name] = connector
    return MappingProxyType(found)


def find_connector(platform: str) -> Connector | None:
    """The connector of a platform, or None where there is none."""
    return connectors().get(connector_name(platform))


def connector_name(platform: str) -> str:
    """How a platform's folder is called: a dash, which people write and no folder can have, is an underscore."""
    return platform.replace("-", "_")
