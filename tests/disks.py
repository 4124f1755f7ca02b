"""Places for a PostgreSQL that really fill up, and get room again. Used by tests of a full disk; holds no tests.

A small file system of its own where the machine lets us mount one (root, mostly), and a limit on the size of files, which
everybody may set for processes of his own: beyond it a write fails as it does on a file system that takes no longer files.
"""

import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

from rapport import children

MOUNTED_MEGABYTES = 160
ROOMY_MEGABYTES = 1024
# PostgreSQL's log comes in files of this size, so tables are what reaches it.
FILE_LIMIT_BYTES = 16 * 1024 * 1024
_COMMAND_SECONDS = 20.0


class Disk(Protocol):
    """Where a server's folder `postgres` lies. `begin` is called when the server runs."""

    folder: Path

    def begin(self) -> None:
        """From now on the place is as small as it is."""

    def is_full(self) -> bool:
        """Whether there is no room for what a server adds at once."""

    def make_room(self) -> None:
        """Let it be large."""

    def close(self) -> None:
        """Give everything back."""


class MountedDisk:
    """A file system in memory, of so many megabytes. Raises PermissionError where we may not mount."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = shutil.which("mount")
        if os.geteuid() != 0 or mount is None or not self._mount(f"size={MOUNTED_MEGABYTES}m,mode=0755"):
            raise PermissionError

    def begin(self) -> None:
        """It has been small from the start."""

    def is_full(self) -> bool:
        """Whether the next piece of the server's log has no room."""
        return shutil.disk_usage(self.folder).free < FILE_LIMIT_BYTES

    def make_room(self) -> None:
        """Grow it under the running server, as an operator grows a volume."""
        assert self._mount(f"remount,size={ROOMY_MEGABYTES}m")

    def close(self) -> None:
        """Unmount it, also where something still stands in it."""
        subprocess.run(("umount", "-l", str(self.folder)), check=True, timeout=_COMMAND_SECONDS)

    def _mount(self, options: str) -> bool:
        command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder))
        return subprocess.run(command, check=False, capture_output=True, timeout=_COMMAND_SECONDS).returncode == 0


class LimitedDisk:
    """No file of the server's grows beyond a size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def begin(self) -> None:
        """Limit the server and what it has started; what it starts later inherits."""
        self._limit(FILE_LIMIT_BYTES)

    def is_full(self) -> bool:
        """Whether a table's file is as large as it may be."""
        tables = self.folder / "postgres" / "data" / "base"
        return max(file.stat().st_size for file in tables.rglob("*") if file.is_file()) >= FILE_LIMIT_BYTES

    def make_room(self) -> None:
        """Take the limit away from all of them."""
        self._limit(resource.RLIM_INFINITY)

    def close(self) -> None:
        """Nothing is left."""

    def _limit(self, size: int) -> None:
        data = self.folder / "postgres" / "data"
        pids = children.list_processes_in(data, named="postgres")
        assert pids, "the server does not run"
        owner = data.stat()

        def limit() -> None:
            for pid in pids:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        # As the account of the server's: root in a container may not limit others, but anybody may limit himself.
        account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(("true",), check=True, timeout=_COMMAND_SECONDS, preexec_fn=limit, **account)  # type: ignore[call-overload]
