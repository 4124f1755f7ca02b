"""The built explorer as files: their fixed names, their content types and the manifest that says which build they are.

The build writes the manifest and the page reads it; nothing here touches the network.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

CONTENT_TYPES: Mapping[str, str] = {
    "explorer.js": "text/javascript; charset=utf-8",
    "explorer.css": "text/css; charset=utf-8",
    "editor.worker.js": "text/javascript; charset=utf-8",
    "graphql.worker.js": "text/javascript; charset=utf-8",
    "json.worker.js": "text/javascript; charset=utf-8",
}
BUILT = Path(__file__).parent / "built"
MANIFEST_NAME = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What one build made: `fingerprint` of its sources and `checksums` by file name, both SHA-256 in hex."""

    fingerprint: str
    checksums: dict[str, str]


def find_manifest(built: Path) -> Manifest | None:
    """Return the manifest of the build in `built`; None when there is none or it cannot be read."""
    try:
        return msgspec.json.decode((built / MANIFEST_NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None


def write_manifest(manifest: Manifest, *, built: Path) -> None:
    """Write `manifest` beside the files it describes; the build does so last, so that it vouches for a whole build."""
    (built / MANIFEST_NAME).write_bytes(msgspec.json.encode(manifest))
