"""What holds only as long as it is said again: a bounded memory of this process. Used by whoever shows what goes on at this moment.

Never a truth: it begins empty, and what was last said fades by the clock.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from services.kit.clock import Clock

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Fading(Generic[Group, Key, Value]):
    """Values by key within groups, at most `most` of them; each ends `lasting` after it was last put."""

    def __init__(self, *, lasting: timedelta, most: int, clock: Clock) -> None:
        self._lasting = lasting
        self._most = most
        self._clock = clock
        self._groups: dict[Group, dict[Key, Value]] = {}
        self._ends: OrderedDict[tuple[Group, Key], datetime] = OrderedDict()

    def put(self, group: Group, key: Key, value: Value) -> None:
        """Hold a value from now on. Where everything is full, what would have ended first makes room."""
        self._ends.pop((group, key), None)
        if len(self._ends) >= self._most:
            self.drop(*next(iter(self._ends)))
        self._ends[group, key] = self._clock.now() + self._lasting
        self._groups.setdefault(group, {})[key] = value

    def drop(self, group: Group, key: Key) -> None:
        """Forget a value at once; one that is not there is no error."""
        self._ends.pop((group, key), None)
        held = self._groups.get(group, {})
        held.pop(key, None)
        if not held:
            self._groups.pop(group, None)

    def of(self, group: Group) -> Mapping[Key, Value]:
        """What is held of a group, by the last `expire`."""
        return self._groups.get(group, {})

    def ends_at(self, group: Group) -> datetime | None:
        """When the last value of a group ends, if none is put again; None where there is none."""
        return max((self._ends[group, key] for key in self.of(group)), default=None)

    def expire(self) -> set[Group]:
        """Forget what has ended; gives the groups that lost something."""
        lost: set[Group] = set()
        now = self._clock.now()
        while self._ends:
            (group, key), end = next(iter(self._ends.items()))
            if end > now:
                break
            self.drop(group, key)
            lost.add(group)
        return lost
