"""What a backup file is: a tar of one manifest and one pg_dump per database. Called by backing_up and restoring.

It holds everything that people said, and no secret key: without the key nobody opens the platforms' credentials in it.
"""

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from rapport import children
from rapport.binaries import postgres_programs
from rapport.children import Launch
from services.kit.settings import derive_key

FORMAT = 1
MANIFEST = "manifest.json"
PROGRAM_SECONDS = 4 * 3600.0
_TAIL_CHARS = 800


class ArchiveError(Exception):
    """A backup could not be made or read; the message is for people and says the next step."""


class Dump(msgspec.Struct, kw_only=True):
    """One database in the file: the services whose schemas it holds, and the name of its part."""

    part: str
    services: list[str]


class Manifest(msgspec.Struct, kw_only=True):
    """What the file says of itself. `key_mark` tells the right secret key from a wrong one, and nothing of it."""

    format: int
    made_at: datetime
    rows: dict[str, int]
    key_mark: str
    dumps: list[Dump]


@dataclass(frozen=True, slots=True)
class Program:
    """A PostgreSQL program of the wheel, called with a database's address; the password never stands in its arguments."""

    name: str
    url: str

    async def call(self, *arguments: str, folder: Path) -> None:
        """Run it to its end. Raises ArchiveError with the end of what it said."""
        said = folder / f"{self.name}.err"
        with said.open("wb") as output:
            argv = (str(postgres_programs() / self.name), "--no-password", *arguments)
            launch = Launch(argv=argv, env=_environment(self.url), folder=folder, output=output.fileno())
            code = await children.run_to_end(launch, timeout_seconds=PROGRAM_SECONDS)
        if code != 0:
            raise ArchiveError(f"{self.name} ended with code {code}: {said.read_text(errors='replace')[-_TAIL_CHARS:].strip()}")


def key_mark(secret_key: str) -> str:
    """The same for the same key; 64 bits of a hash of a derived key."""
    return hashlib.sha256(derive_key(secret_key, "backup-mark")).hexdigest()[:16]


def write_archive(file: Path, *, manifest: Manifest, parts: Mapping[str, Path]) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    draft = file.with_name(file.name + ".partial")
    with (
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened,
        tarfile.open(fileobj=opened, mode="w") as tar,
    ):
        told = msgspec.json.encode(manifest)
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mtime, entry.mode = len(told), int(time.time()), 0o600
        tar.addfile(entry, io.BytesIO(told))
        for name, path in parts.items():
            tar.add(path, arcname=name)
    draft.replace(file)


def read_manifest(file: Path) -> Manifest:
    """Raises ArchiveError where the file is none of ours, or newer than this release."""
    try:
        with tarfile.open(file) as tar:
            opened = tar.extractfile(MANIFEST)
            manifest = msgspec.json.decode(opened.read() if opened else b"", type=Manifest)
    except (OSError, tarfile.TarError, KeyError, msgspec.MsgspecError) as error:
        raise ArchiveError(f"{file} is no backup of Rapport ({type(error).__name__}).") from error
    if manifest.format != FORMAT:
        raise ArchiveError(f"{file} was made by a newer release; restore it with that one.")
    return manifest


def extract(file: Path, *, part: str, folder: Path) -> Path:
    """Put one dump into a folder; its path. Raises ArchiveError where the file ends before it."""
    try:
        with tarfile.open(file) as tar:
            tar.extract(part, folder, filter="data")
    except (KeyError, tarfile.TarError) as error:
        raise ArchiveError(f"{file} is incomplete; take another copy.") from error
    return folder / part


def new_manifest(*, secret_key: str, rows: dict[str, int], dumps: list[Dump]) -> Manifest:
    """Of now."""
    return Manifest(format=FORMAT, made_at=datetime.now(UTC), rows=rows, key_mark=key_mark(secret_key), dumps=dumps)


def _environment(url: str) -> dict[str, str]:
    """A database's address as libpq's environment. Source: https://www.postgresql.org/docs/18/libpq-envars.html."""
    split = urlsplit(url)
    given = {
        "PGHOST": split.hostname,
        "PGPORT": str(split.port or 5432),
        "PGUSER": unquote(split.username or ""),
        "PGPASSWORD": unquote(split.password or ""),
        "PGDATABASE": split.path.lstrip("/"),
        "PATH": os.environ.get("PATH", ""),
        "LC_ALL": "C.UTF-8",
    }
    return {name: value for name, value in given.items() if value}
