"""The explorer loads nothing from outside, serves its fixed files and no others, and is built once.

The tests of the built files are skipped where the explorer is not built (`python -m gateway.explorer.build`).
"""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from gateway.explorer.build import SOURCE_NAMES, ExplorerBuildError, build_explorer
from gateway.explorer.files import BUILT, CONTENT_TYPES, find_manifest
from gateway.explorer.page import (
    BUILD_COMMAND,
    CONTENT_SECURITY_POLICY,
    FILE_CACHE_CONTROL,
    PAGE_CACHE_CONTROL,
    explorer_asgi,
    explorer_file,
    explorer_page,
)

BROWSER_ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8"
OUTSIDE = r"""["'`](?:https?:|wss?:)?//"""
OUTSIDE_LOADS = (
    rf"(?:\bimport|\bfetch|\bimportScripts|\bnew\s+(?:(?:Shared)?Worker|WebSocket|EventSource)|sendBeacon)\s*\(\s*{OUTSIDE}",
    rf"(?:\bfrom|\bimport)\s*{OUTSIDE}",
    rf"(?:\bsrc|\bhref)\s*[:=]\s*{OUTSIDE}[^\"'`]+\.(?:js|css|woff2?|ttf|png|svg)\b",
)
needs_build = pytest.mark.skipif(find_manifest(BUILT) is None, reason=f"not built: {BUILD_COMMAND}")


class FakeBundler:
    """Stands in for npm and esbuild: writes each file's own name as its content, or refuses to install."""

    def __init__(self, *, refusal: str | None = None) -> None:
        """With a `refusal`, installing fails with that message."""
        self.refusal = refusal
        self.bundled = 0

    def install(self, folder: Path) -> None:
        """Check that the lock came along, then succeed or refuse."""
        assert (folder / "package-lock.json").is_file()
        if self.refusal is not None:
            raise ExplorerBuildError(self.refusal)

    def bundle(self, folder: Path, *, out: Path) -> None:
        """Write the five files, the script with the page's source in it."""
        self.bundled += 1
        for name in CONTENT_TYPES:
            (out / name).write_text(f"{name} {(folder / 'main.jsx').read_text()}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Make a folder of sources that hold only their own names."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in SOURCE_NAMES:
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def built(tmp_path: Path, source: Path) -> Path:
    """Make a finished build with the fake bundler."""
    folder = tmp_path / "built"
    build_explorer(FakeBundler(), source=source, built=folder, say=lambda _: None)
    return folder


def browse(built: Path) -> httpx.AsyncClient:
    """Return a client of the explorer's ASGI app that asks as a browser does."""
    transport = httpx.ASGITransport(app=explorer_asgi(built=built))
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers={"accept": BROWSER_ACCEPT})


def test_second_build_of_the_same_sources_does_nothing(source: Path, tmp_path: Path) -> None:
    bundler, said = FakeBundler(), list[str]()
    first = build_explorer(bundler, source=source, built=tmp_path / "built", say=said.append)
    second = build_explorer(bundler, source=source, built=tmp_path / "built", say=said.append)
    assert (first, second, bundler.bundled) == (True, False, 1)
    assert said[-1] == "explorer: up to date\n"
    assert "".join(said).count("\n") == 2, "each run says one line"


@pytest.mark.parametrize("name", SOURCE_NAMES)
def test_changed_source_is_built_again(source: Path, built: Path, name: str) -> None:
    (source / name).write_text("changed")
    assert build_explorer(FakeBundler(), source=source, built=built, say=lambda _: None)


def test_damaged_file_is_built_again(source: Path, built: Path) -> None:
    (built / "explorer.js").write_text("damaged")
    assert build_explorer(FakeBundler(), source=source, built=built, say=lambda _: None)
    assert explorer_file("explorer.js", built=built) == (b"explorer.js main.jsx", CONTENT_TYPES["explorer.js"])


def test_failed_build_leaves_the_former_one(source: Path, built: Path) -> None:
    before = {path.name: path.read_bytes() for path in built.iterdir()}
    (source / "main.jsx").write_text("changed")
    with pytest.raises(ExplorerBuildError, match="no registry"):
        build_explorer(FakeBundler(refusal="no registry"), source=source, built=built, say=lambda _: None)
    assert {path.name: path.read_bytes() for path in built.iterdir()} == before


def test_page_without_a_build_tells_how_to_make_one(tmp_path: Path) -> None:
    page = explorer_page(built=tmp_path).decode()
    assert BUILD_COMMAND in page
    assert "<script" not in page
    assert explorer_file("explorer.js", built=tmp_path) is None


@pytest.mark.parametrize("name", ["", "manifest.json", "explorer.js.gz", "../page.py", "..%2fpage.py", "/etc/hosts", "explorer.js\0"])
def test_no_other_file_is_served(built: Path, name: str) -> None:
    assert explorer_file(name, built=built) is None


async def test_every_answer_carries_the_policy(built: Path) -> None:
    async with browse(built) as client:
        answers = [
            await client.get("/graphql"),
            await client.get("/graphql/explorer/explorer.js"),
            await client.get("/graphql/explorer/no.js"),
            await client.get("/graphql", headers={"accept": "application/json"}),
            await client.post("/graphql"),
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 405]
    assert {answer.headers["content-security-policy"] for answer in answers} == {CONTENT_SECURITY_POLICY}
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}


async def test_only_the_current_version_of_a_file_is_kept_for_ever(built: Path) -> None:
    async with browse(built) as client:
        page = await client.get("/graphql")
        [script] = re.findall(r'src="([^"]+)"', page.text)
        current, other = await client.get(script), await client.get("/graphql/explorer/explorer.js?v=other")
    assert page.headers["cache-control"] == PAGE_CACHE_CONTROL
    assert current.headers["cache-control"] == FILE_CACHE_CONTROL
    assert other.headers["cache-control"] == PAGE_CACHE_CONTROL


async def test_files_travel_compressed_when_the_browser_can(built: Path) -> None:
    async with browse(built) as client:
        plain = await client.get("/graphql/explorer/explorer.css", headers={"accept-encoding": "identity"})
        packed = await client.get("/graphql/explorer/explorer.css", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == b"explorer.css main.jsx"
    assert gzip.decompress((built / "explorer.css.gz").read_bytes()) == plain.content


def test_policy_allows_nothing_from_another_origin() -> None:
    policy = {name: set(sources) for name, *sources in (part.split() for part in CONTENT_SECURITY_POLICY.split("; "))}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == {"'self'"}
    assert set().union(*policy.values()) <= {"'none'", "'self'", "'unsafe-inline'", "data:"}
    assert [name for name, sources in policy.items() if "'unsafe-inline'" in sources] == ["style-src"]


@needs_build
def test_page_names_only_own_files() -> None:
    page = explorer_page().decode()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert [address.partition("?")[0] for address in addresses] == [
        "data:,",
        "/graphql/explorer/explorer.css",
        "/graphql/explorer/explorer.js",
    ]
    assert re.findall(r"<script[^>]*>(.+?)</script>", page) == [], "no inline script"
    assert re.findall(r"\son\w+=", page) == [], "no inline handler"


@needs_build
def test_style_sheet_loads_nothing() -> None:
    style = (BUILT / "explorer.css").read_text()
    assert "@import" not in style
    outside = [target for target in re.findall(r"url\(\s*['\"]?([^)]{0,40})", style) if not target.startswith(("data:", "#"))]
    assert outside == []


@needs_build
@pytest.mark.parametrize("name", [name for name in CONTENT_TYPES if name.endswith(".js")])
def test_script_loads_nothing_from_a_fixed_address(name: str) -> None:
    script = (BUILT / name).read_text()
    for load in OUTSIDE_LOADS:
        assert re.findall(load, script) == []
    assert "sourceMappingURL" not in script
