"""Calls to the operator's routes that all three services have alike: dead letters. Called by loaders and by mutations of `operations`."""

from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from services.contracts.views import DeadLetterView


class LettersAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of one service's letters."""

    items: list[DeadLetterView]
    next_cursor: str | None = None


class RedrivenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many letters were taken, and how many failed again."""

    redriven: int
    failed: int


class OperatingClient:
    """One service as an operator sees it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def dead_letters(self, *, limit: int, after: str | None) -> tuple[list[DeadLetterView], bool]:
        """The newest letters after a cursor, at most `limit`, and whether there are more."""
        query = urlencode({"limit": limit, **({"after": after} if after else {})})
        name = self._service.name
        page = await self._service.ask("GET", f"/v1/{name}/dead-letters?{query}", expect=LettersAnswer)
        return [replace(letter, service=name) for letter in page.items], page.next_cursor is not None

    async def redrive_dead_letters(self) -> RedrivenAnswer:
        """Hand the oldest hundred to their consumers once more."""
        path = f"/v1/{self._service.name}/dead-letters/redrive"
        return await self._service.ask("POST", path, expect=RedrivenAnswer, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def redrive_dead_letter(self, letter: UUID) -> None:
        """Hand it to its consumer once more."""
        path = f"/v1/{self._service.name}/dead-letters/{letter}/redrive"
        await self._service.tell("POST", path)
