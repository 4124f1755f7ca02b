"""The reckoning: the simulated platforms' ledger against what people see through the gateway. Counts; repairs nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SHOWN = 10
# The channel, and what the history calls it.
Name = tuple[str, str]
# How each of our replies begins.
OURS = "We look into it."


@dataclass
class Tally:
    """What went wrong, with the first examples of each, and what became of the doubts."""

    webhooks: int
    replies: int
    kills: int
    lost: list[str]
    duplicated: list[str]
    inversions: list[str]
    double_sends: list[str]
    unknown: int = 0
    settled: int = 0
    for_a_person: int = 0
    seconds: float = field(default=0.0)
    # One line for each platform.
    parts: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether all that must be zero is."""
        return not (self.lost or self.duplicated or self.inversions or self.double_sends)

    def line(self) -> str:
        """The figures in one line."""
        counts = f"{len(self.lost)} lost, {len(self.duplicated)} duplicated, {len(self.inversions)} inversions, {len(self.double_sends)}"
        return (
            f"{self.webhooks} webhooks, {self.replies} replies, {self.kills} kills: {counts} double sends, "
            f"{self.unknown} unknown ({self.settled} settled, {self.for_a_person} for a person)"
        )

    def details(self) -> Iterator[str]:
        """The first examples of what is not zero."""
        for name in ("lost", "duplicated", "inversions", "double_sends"):
            yield from (f"{name}: {each}" for each in getattr(self, name)[:SHOWN])


def part(name: str, account: str, *, acked: Mapping[Name, Any], ours: Mapping[str, Any], doubted: set[str], for_a_person: set[str]) -> str:
    """What one channel did, in a line."""
    heard = sum(channel == account for channel, _ in acked)
    left = len(doubted & for_a_person)
    return f"{name}: {heard} in, {len(ours)} out, {len(doubted)} unknown ({len(doubted) - left} settled, {left} for a person)"


def external_id(entry: Mapping[str, Any]) -> str:
    """What an event of the ledger is called in the history."""
    return str(entry.get("external_id") or entry["key"])


def acknowledged(ledger: Sequence[Mapping[str, Any]], accounts: set[str]) -> dict[Name, Mapping[str, Any]]:
    """The first acknowledged attempt of every event of a person's, by channel and id; echoes of ours are no person's."""
    found: dict[Name, Mapping[str, Any]] = {}
    for entry in ledger:
        if entry["entry"] == "event" and entry["acked"] and entry["channel"] in accounts and not _is_echo(entry):
            found.setdefault((entry["channel"], external_id(entry)), entry)
    return found


def _is_echo(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("echo")) or str(entry.get("text") or "").startswith(OURS)


def words(text: object) -> str:
    """What a member wrote: some platforms have the person's name before it."""
    told = str(text or "")
    return told[max(0, told.find(OURS)) :].strip()


def accepted(ledger: Sequence[Mapping[str, Any]], accounts: set[str]) -> list[Mapping[str, Any]]:
    """Every time a platform took a reply; the same id seen again is no second one."""
    replies = [entry for entry in ledger if entry["entry"] == "reply" and entry["channel"] in accounts]
    return [entry for entry in replies if entry["accepted"] and not entry.get("repeated")]


def lost_webhooks(acked: Mapping[Name, Any], shown: Counter[Name]) -> list[str]:
    """Acknowledged and not to be seen."""
    return [f"webhook {each}" for each in acked if not shown[each]]


def doubled(shown: Counter[Name], acked: Mapping[Name, Any]) -> list[str]:
    """Seen more than once, or never sent by anybody."""
    return [f"webhook {each}" for each, times in shown.items() if times > 1 or each not in acked]


def inverted_messages(thread: Sequence[Name], acked: Mapping[Name, Mapping[str, Any]], *, began: Mapping[Name, datetime]) -> list[str]:
    """Messages shown before one that was acknowledged before they were first sent. `thread` is as shown, oldest first."""
    found = []
    latest_begin: tuple[datetime, Name] | None = None
    for each in thread:
        if each not in acked:
            continue
        done = datetime.fromisoformat(acked[each]["at"])
        if latest_begin is not None and done < latest_begin[0]:
            found.append(f"{each} is shown after {latest_begin[1]}")
        if latest_begin is None or began[each] > latest_begin[0]:
            latest_begin = (began[each], each)
    return found


def first_attempts(ledger: Sequence[Mapping[str, Any]]) -> dict[Name, datetime]:
    """When each event was first sent: an entry is written when its attempt ends."""
    found: dict[Name, datetime] = {}
    for entry in ledger:
        if entry["entry"] == "event":
            began = datetime.fromisoformat(entry["at"]) - timedelta(seconds=entry["seconds"])
            found.setdefault((entry["channel"], external_id(entry)), began)
    return found


def inverted_replies(posted: Sequence[Mapping[str, Any]], taken: Sequence[str], *, doubted: set[str]) -> list[str]:
    """Replies that a platform took after one posted later. One that was in doubt and sent again comes late on purpose."""
    place = {text: number for number, text in enumerate(taken)}
    found, highest = [], -1
    for reply in posted:
        at = place.get(reply["text"])
        if at is None or reply["id"] in doubted:
            continue
        if at < highest:
            found.append(f"reply {reply['id']}")
        highest = max(highest, at)
    return found
