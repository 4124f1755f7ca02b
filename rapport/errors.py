"""What can go wrong while servers and processes are started, kept and stopped.

Raised by the modules of this package, shown to a person by the command line: each message says
the next step. Never carries a password.

RunningError
├── NoUnprivilegedAccountError
├── FolderInUseError
├── WrongMajorVersionError
├── ExecutableMissingError
├── NotStartedError
├── PortTakenError
└── StopRequestedError
"""

from pathlib import Path


class RunningError(Exception):
    """The root of this package's errors."""


class NoUnprivilegedAccountError(RunningError):
    """We are root and found no account to give the servers' processes to."""

    def __init__(self) -> None:
        super().__init__(
            "running as root, but no unprivileged account is usable for PostgreSQL, which refuses "
            "root: create a user named rapport, or start as another user"
        )


class FolderInUseError(RunningError):
    """Another living process holds the folder of a server."""

    def __init__(self, folder: Path, *, holder: str) -> None:
        super().__init__(f"{folder} is in use by process {holder or 'unknown'}: stop that one first, or choose another folder")


class WrongMajorVersionError(RunningError):
    """The data were written by another major version of PostgreSQL."""

    def __init__(self, folder: Path, *, found: str, expected: str) -> None:
        super().__init__(
            f"{folder} holds data of PostgreSQL {found}, this release runs {expected}: run "
            "`rapport backup` with the release that wrote them, then `rapport restore` here"
        )


class ExecutableMissingError(RunningError):
    """A wheel that brings a server's executable is not installed completely."""

    def __init__(self, distribution: str, *, wanted: str) -> None:
        super().__init__(f"{wanted} not found: install the package {distribution} again")


class NotStartedError(RunningError):
    """A process ended, or said nothing, before it was ready."""

    def __init__(self, name: str, *, reason: str, log: str = "") -> None:
        super().__init__(f"{name} did not start: {reason}" + (f"\n{log}" if log else ""))


class PortTakenError(RunningError):
    """The public port cannot be had."""

    def __init__(self, host: str, port: int, *, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port} ({reason}): stop what listens there, or choose another with --port or --host")


class StopRequestedError(RunningError):
    """A signal asked for the end while something was still being started."""
