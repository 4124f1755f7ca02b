"""A loader: what many fields ask for one by one is fetched in batches, once per key. Called by `loaders`; lives as long as an operation.

Each `load` has a future of its own. (With shared ones, as in Strawberry's DataLoader, graphql-core cancels what other fields wait
for as soon as one field fails.) The fetches belong to the loader: `close` ends those that nobody waits for any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")


class _Outcome(NamedTuple):
    """What came of a key: a value, or the exception in its place."""

    value: object
    error: Exception | None = None


class BatchLoader(Generic[Key, Found]):
    """Gives `fetch` at most `most` keys at a time; it answers a value, or an exception, for each, in their order."""

    def __init__(self, fetch: Callable[[list[Key]], Awaitable[Sequence[Found | BaseException]]], *, most: int | None = None) -> None:
        self._fetch = fetch
        self._most = most
        self._outcomes: dict[Key, _Outcome] = {}
        self._recorded: dict[Key, _Outcome] = {}
        self._waiting: dict[Key, list[asyncio.Future[Found]]] = {}
        self._next: list[Key] = []
        self._fetching: set[asyncio.Task[None]] = set()
        self._closed = False

    def load(self, key: Key) -> asyncio.Future[Found]:
        """The key's value, once its batch is there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        outcome = self._outcomes.get(key)
        if self._closed:
            future.cancel()
        elif outcome is not None:
            _settle(future, outcome)
        elif key in self._waiting:
            self._waiting[key].append(future)
        else:
            self._waiting[key] = [future]
            if not self._next:
                loop.call_soon(self._dispatch)
            self._next.append(key)
        return future

    async def load_many(self, keys: Iterable[Key]) -> list[Found]:
        """The values of several keys, in their order."""
        return await asyncio.gather(*(self.load(key) for key in keys))

    async def rewind(self) -> None:
        """Begin anew, as if nothing had been loaded; what was fetched is answered from memory when its batch comes."""
        await asyncio.gather(*self._fetching)
        self._recorded |= self._outcomes
        self._outcomes = {}

    async def close(self) -> None:
        """End the fetches that are still under way, and whatever still waits for them."""
        self._closed = True
        for task in self._fetching:
            task.cancel()
        await asyncio.gather(*self._fetching, return_exceptions=True)
        for futures in self._waiting.values():
            for future in futures:
                future.cancel()

    def _dispatch(self) -> None:
        keys, self._next = ([] if self._closed else self._next), []
        size = self._most or max(len(keys), 1)
        for start in range(0, len(keys), size):
            task = asyncio.get_running_loop().create_task(self._answer(keys[start : start + size]))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    async def _answer(self, keys: list[Key]) -> None:
        new = [key for key in keys if key not in self._recorded] if self._recorded else keys
        found = {**self._recorded, **(await self._fetched(new) if new else {})}
        for key in keys:
            outcome = self._outcomes[key] = found[key]
            for future in self._waiting.pop(key):
                if not future.done():
                    _settle(future, outcome)

    async def _fetched(self, keys: list[Key]) -> dict[Key, _Outcome]:
        try:
            return {key: _outcome_of(value) for key, value in zip(keys, await self._fetch(keys), strict=True)}
        except Exception as error:  # noqa: BLE001 - every field that asked is given it, and says it
            return dict.fromkeys(keys, _Outcome(None, error))


def _outcome_of(value: object) -> _Outcome:
    return _Outcome(None, value) if isinstance(value, Exception) else _Outcome(value)


def _settle(future: "asyncio.Future[Found]", outcome: _Outcome) -> None:
    if outcome.error is None:
        future.set_result(outcome.value)  # type: ignore[arg-type]  # an outcome without error holds what was found
        return
    future.set_exception(outcome.error)
    future.exception()  # asked for once, so that a field which no longer listens leaves no complaint in the log
