"""Which account the embedded servers run under; used by their modules.

Root gives its servers to an unprivileged account, anybody else keeps his own. Never changes an
account of the machine and never the permissions of a folder it did not make.
"""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from rapport.errors import NoUnprivilegedAccountError

# A user of our name is an operator's choice; nobody exists on every Linux and every macOS.
# initdb asks for a name, so a number without an entry in passwd would not do.
_CANDIDATES = ("rapport", "nobody", "daemon")
_UID_MAP = Path("/proc/self/uid_map")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A user and group to become; both are numbers of this machine."""

    uid: int
    gid: int


def find_server_account(data: Path) -> Account | None:
    """Answer the account for a server with this data folder, or None to stay who we are.

    As root it is the owner of existing data, so that data survive a change of our preference.

    Raises NoUnprivilegedAccountError where every candidate is missing or not of this namespace.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    return unprivileged_account()


def unprivileged_account() -> Account:
    """Answer the account root hands servers to. Raises NoUnprivilegedAccountError."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _CANDIDATES:
        entry = known.get(name)
        if entry is not None and entry.pw_uid != 0 and _is_mapped(entry.pw_uid):
            return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoUnprivilegedAccountError


def _is_mapped(uid: int) -> bool:
    """Say whether the user namespace knows this uid: rootless containers often map a few only."""
    if not _UID_MAP.exists():
        return True
    ranges = (line.split() for line in _UID_MAP.read_text().splitlines())
    return any(int(first) <= uid < int(first) + int(length) for first, _, length in ranges)
