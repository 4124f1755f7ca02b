"""The reckoning: the simulated platforms' ledger against what people see through the gateway. Counts; repairs nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SHOWN = 10


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


def external_id(entry: Mapping[str, Any]) -> str:
    """What an event of the ledger is called in the history."""
    return str(entry.get("external_id") or entry["key"])


def acknowledged(ledger: Sequence[Mapping[str, Any]], accounts: set[str]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The first acknowledged attempt of every event of a person's, by channel and id; echoes of ours are no person's."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for entry in ledger:
        if entry["entry"] == "event" and entry["acked"] and entry["channel"] in accounts and not _is_echo(entry):
            found.setdefault((entry["channel"], external_id(entry)), entry)
    return found


def _is_echo(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("text") or "").startswith("We look into it.")


def accepted(ledger: Sequence[Mapping[str, Any]], accounts: set[str]) -> list[Mapping[str, Any]]:
    """Every time a platform took a reply; the same id seen again is no second one."""
    replies = [entry for entry in ledger if entry["entry"] == "reply" and entry["channel"] in accounts]
    return [entry for entry in replies if entry["accepted"] and not entry.get("repeated")]


def lost_webhooks(acked: Mapping[tuple[str, str], Any], shown: Counter[tuple[str, str]]) -> list[str]:
    """Acknowledged and not to be seen."""
    return [f"webhook {each}" for each in acked if not shown[each]]


def doubled(shown: Counter[tuple[str, str]], acked: Mapping[tuple[str, str], Any]) -> list[str]:
    """Seen more than once, or never sent by anybody."""
    return [f"webhook {each}" for each, times in shown.items() if times > 1 or each not in acked]


def inverted_messages(thread: Sequence[str], by_id: Mapping[str, Mapping[str, Any]], *, began: Mapping[str, datetime]) -> list[str]:
    """Messages shown before one that was acknowledged before they were first sent. `thread` is as shown, oldest first."""
    found = []
    latest_begin: tuple[datetime, str] | None = None
    for each in thread:
        if each not in by_id:
            continue
        done = datetime.fromisoformat(by_id[each]["at"])
        if latest_begin is not None and done < latest_begin[0]:
            found.append(f"{each} is shown after {latest_begin[1]}")
        if latest_begin is None or began[each] > latest_begin[0]:
            latest_begin = (began[each], each)
    return found


def first_attempts(ledger: Sequence[Mapping[str, Any]]) -> dict[str, datetime]:
    """When each event was first sent: an entry is written when its attempt ends."""
    found: dict[str, datetime] = {}
    for entry in ledger:
        if entry["entry"] == "event":
            began = datetime.fromisoformat(entry["at"]) - timedelta(seconds=entry["seconds"])
            found.setdefault(external_id(entry), began)
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
