"""Serves the explorer: the page at GET /graphql for browsers and its five files under /graphql/explorer/; the gateway mounts it.

Every answer forbids whatever is not the gateway's own. Without a build the page says how to make one. Never answers GraphQL.
"""

import asyncio
import html
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.explorer.files import BUILT, CONTENT_TYPES, find_manifest

PAGE_PATH = "/graphql"
FILES_PATH = "/graphql/explorer/"
BUILD_COMMAND = "python -m gateway.explorer.build"
# Monaco and GraphiQL write style attributes and carry their fonts and icons as data addresses; everything else is a file of ours.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# File addresses carry the build's version, so a file may be kept for ever; the page that names them is asked for each time.
PAGE_CACHE_CONTROL = "no-cache"
FILE_CACHE_CONTROL = "public, max-age=31536000, immutable"
_VERSION_CHARS = 16

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rapport GraphQL explorer</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
{body}
</body>
</html>
"""
_BUILT_HEAD = """<link rel="stylesheet" href="{files}explorer.css?v={version}">
<script type="module" src="{files}explorer.js?v={version}"></script>"""
_BUILT_BODY = '<div id="explorer"></div>\n<noscript>The explorer needs JavaScript.</noscript>'
_UNBUILT_BODY = """<h1>The explorer is not built yet</h1>
<p>The gateway runs and answers GraphQL at POST {page}.
To get the explorer, run this in Rapport's folder, then reload this page:</p>
<pre>{command}</pre>"""


def accepts_page(accept: str) -> bool:
    """Whether an Accept header is a browser's that wants a page; GraphQL clients ask for JSON or for anything."""
    return "text/html" in accept.lower()


def explorer_page(*, built: Path = BUILT) -> bytes:
    """Return the page as UTF-8 HTML: GraphiQL, or how to build it when `built` holds no build."""
    manifest = find_manifest(built)
    if manifest is None:
        body = _UNBUILT_BODY.format(page=PAGE_PATH, command=html.escape(BUILD_COMMAND))
        return _PAGE.format(head="", body=body).encode()
    head = _BUILT_HEAD.format(files=FILES_PATH, version=manifest.fingerprint[:_VERSION_CHARS])
    return _PAGE.format(head=head, body=_BUILT_BODY).encode()


def explorer_file(name: str, *, built: Path = BUILT) -> tuple[bytes, str] | None:
    """Return the content and content type of one of the five files; None for any other name and when it is not built."""
    content_type = CONTENT_TYPES.get(name)
    content = _find_content(built / name) if content_type else None
    return None if content_type is None or content is None else (content, content_type)


def explorer_asgi(*, built: Path = BUILT) -> ASGIApp:
    """Return an ASGI app for GET and HEAD of the page and its files, by full path; anything else is 404 or 405."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _answer(Request(scope), built=built)
        await response(scope, receive, send)

    return app


async def _answer(request: Request, *, built: Path) -> Response:
    if request.method not in {"GET", "HEAD"}:
        return Response(status_code=405, headers={**SECURITY_HEADERS, "allow": "GET, HEAD"})
    path = request.url.path
    if path == PAGE_PATH and accepts_page(request.headers.get("accept", "")):
        page = await asyncio.to_thread(explorer_page, built=built)
        headers = {**SECURITY_HEADERS, "cache-control": PAGE_CACHE_CONTROL, "vary": "accept"}
        return Response(page, media_type="text/html", headers=headers)
    if path.startswith(FILES_PATH):
        return await asyncio.to_thread(_file_response, request, built=built)
    return Response(status_code=404, headers=dict(SECURITY_HEADERS))


def _file_response(request: Request, *, built: Path) -> Response:
    name = request.url.path.removeprefix(FILES_PATH)
    found = explorer_file(name, built=built)
    if found is None:
        return Response(status_code=404, headers=dict(SECURITY_HEADERS))
    content, content_type = found
    headers = {**SECURITY_HEADERS, "cache-control": _file_cache_control(request, built=built), "content-type": content_type}
    if "gzip" in request.headers.get("accept-encoding", ""):
        compressed = _find_content(built / f"{name}.gz")
        if compressed is not None:
            content, headers["content-encoding"] = compressed, "gzip"
    return Response(content, headers={**headers, "vary": "accept-encoding"})


def _file_cache_control(request: Request, *, built: Path) -> str:
    """Return "for ever" only for an address with this build's version: what another version names is about to change."""
    manifest = find_manifest(built)
    version = request.query_params.get("v")
    current = manifest is not None and version == manifest.fingerprint[:_VERSION_CHARS]
    return FILE_CACHE_CONTROL if current else PAGE_CACHE_CONTROL


def _find_content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
