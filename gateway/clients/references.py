"""The part of a path that names what another system calls somebody. Called by the clients of people and companies."""

from urllib.parse import quote

from gateway.errors import MalformedInputError

_NAMES = ("system", "type", "externalId")


def reference_path(names: tuple[str, str, str]) -> str:
    """System, type and external id as a path. Raises MalformedInputError where one is empty or has a slash, which no path can carry."""
    for name, value in zip(_NAMES, names, strict=True):
        if not value.strip() or "/" in value or value in {".", ".."}:
            message = f"`{name}` needs a character at least, and no slash."
            raise MalformedInputError(message)
    return "/".join(quote(value, safe="") for value in names)
