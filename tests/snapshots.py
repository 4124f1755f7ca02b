"""`python -m tests.snapshots [--check]`: write, or check, the public surface that is kept in git.

gateway/schema.graphql, openapi.json of each service, services/contracts/asyncapi.yaml, docs/connectors.md.
A change shows up as a diff in review.
"""

import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from gateway.schema import sdl
from migrations import SERVICES
from tests import asyncapi, connectors_page

ROOT = Path(__file__).parent.parent


def openapi_of(service: str) -> str:
    """A service's OpenAPI document as it is kept."""
    described = importlib.import_module(f"services.{service}.main").describe().openapi()
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def asyncapi_document() -> str:
    """The events' document as it is kept."""
    return yaml.dump(asyncapi.document(), sort_keys=False, allow_unicode=True, width=140, Dumper=_WithoutAliases)


def snapshots() -> Mapping[Path, Callable[[], str]]:
    """Which files there are, below the root, and who makes them."""
    made: dict[Path, Callable[[], str]] = {
        Path("gateway/schema.graphql"): sdl,
        Path("services/contracts/asyncapi.yaml"): asyncapi_document,
        Path("docs/connectors.md"): connectors_page.page,
    }
    for service in SERVICES:
        made[Path(f"services/{service}/openapi.json")] = lambda service=service: openapi_of(service)
    return made


def stale() -> list[Path]:
    """The files that are not what they would be if written now."""
    return [path for path, make in snapshots().items() if not (ROOT / path).exists() or (ROOT / path).read_text("utf-8") != make()]


def main(arguments: list[str]) -> int:
    """Write what changed, or with --check only say so; 1 if there is something to say."""
    changed = stale()
    for path in changed:
        print(path)  # noqa: T201 - what `make check` and `make snapshots` show
        if "--check" not in arguments:
            (ROOT / path).write_text(snapshots()[path](), "utf-8")
    if changed and "--check" in arguments:
        print("These files are not up to date: run `make snapshots` and read the diff.")  # noqa: T201 - as above
        return 1
    return 0


class _WithoutAliases(yaml.SafeDumper):
    """Repeats equal parts instead of pointing at the first one: a diff then shows what changed where it changed."""

    def ignore_aliases(self, data: object) -> bool:
        """Never an alias."""
        del data
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
