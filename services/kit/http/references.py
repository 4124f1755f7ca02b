"""References in paths and bodies: which names may be, and how a path's three parts are read. Called by the edges."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field, StringConstraints

from services.kit.references import Reference

System = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,50}$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://\S+$")]


def _named(system: System, type: System, external_id: ExternalId) -> Reference:  # noqa: A002 - the parameter's name in the path
    return Reference(system=system, type=type, external_id=external_id)


Named = Annotated[Reference, Depends(_named)]
