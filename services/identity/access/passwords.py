"""Passwords: argon2id, in threads, two at once. Called by sign-in and by whoever sets a password; never logs or keeps one.

Parameters: the minimum of the OWASP Password Storage Cheat Sheet for argon2id (19 MiB, two passes, one lane).
"""

import asyncio
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity.errors import WeakPasswordError
from services.kit.errors import UnavailableError

LENGTH_CHARS = range(10, 201)
AT_ONCE = 2
WAITING_LIMIT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a hash costs whoever makes one. No setting: only a composition can be given another, as tests do."""

    memory_kib: int = 19 * 1024
    passes: int = 2


class Passwords:
    """Hashes and verifies. More than WAITING_LIMIT callers at once are turned away: a flood must not fill the memory."""

    def __init__(self, effort: Effort | None = None) -> None:
        effort = effort or Effort()
        self._hasher = PasswordHasher(time_cost=effort.passes, memory_cost=effort.memory_kib, parallelism=1)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store, with its parameters and salt in it. Raises WeakPasswordError."""
        if len(password) not in LENGTH_CHARS:
            raise WeakPasswordError(f"Use {LENGTH_CHARS.start} to {LENGTH_CHARS.stop - 1} characters.")
        return await self._in_turn(password, None)

    async def verify(self, password: str, *, stored: str | None) -> bool:
        """Whether it is the password. Without a `stored` hash it takes as long and says no."""
        if stored is None and self._decoy is None:
            self._decoy = await self._in_turn("nobody has this password", None)
        right = await self._in_turn(password, stored or self._decoy)
        return bool(right) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    async def _in_turn(self, password: str, stored: str | None) -> str:
        """The new hash, or for a `stored` one a word that is empty where it does not fit."""
        if self._waiting >= WAITING_LIMIT:
            raise UnavailableError("Too many sign-ins at once; try again in a moment.")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(self._work, password, stored)
        finally:
            self._waiting -= 1

    def _work(self, password: str, stored: str | None) -> str:
        if stored is None:
            return self._hasher.hash(password)
        try:
            self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return ""
        return "right"
