"""The widget and its demonstration page, as files of this package. Read once, answered with an ETag; called by the door.

Everything is ours: no file asks another host for anything, and none holds a script within a page.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.kit.port import Answer

FOLDER = Path(__file__).parent / "widget"
CONTENT_TYPES: Mapping[str, str] = {
    "widget.js": "text/javascript; charset=utf-8",
    "demo": "text/html; charset=utf-8",
    "demo.css": "text/css; charset=utf-8",
}
DEMO = frozenset({"demo", "demo.css"})
# An hour without asking, then a question that costs nothing; sites have the new widget within that hour.
CACHE_CONTROL = "public, max-age=3600"
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    etag: str
    headers: Mapping[str, str]


def file_answer(name: str, *, if_none_match: str) -> Answer | None:
    """A file, or 304 where the browser has it; None for any other name. Any site's page may read it."""
    if name not in CONTENT_TYPES:
        return None
    file = _file(name)
    if file.etag in {each.strip().removeprefix("W/") for each in if_none_match.split(",")}:
        return Answer(304, file.headers, b"")
    return Answer(200, file.headers, file.body)


@cache
def _file(name: str) -> _File:
    body = (FOLDER / (name if "." in name else f"{name}.html")).read_bytes()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "content-type": CONTENT_TYPES[name],
        "etag": etag,
        "cache-control": "no-cache" if name in DEMO else CACHE_CONTROL,
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if name == "demo":
        headers["content-security-policy"] = DEMO_POLICY
        headers["referrer-policy"] = "no-referrer"
    return _File(body, etag, headers)
