"""What a notification says outside of the application: a line per matter, never a word of a customer. Plain rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from types import MappingProxyType
from uuid import UUID

from services.contracts.vocabulary import NotificationKind

_TITLES: Mapping[NotificationKind, str] = MappingProxyType(
    {
        NotificationKind.TASK_ASSIGNED: "A task was assigned to you",
        NotificationKind.DISCIPLINE_TASK: "A task waits for your discipline",
        NotificationKind.MENTIONED: "You were mentioned in a note",
        NotificationKind.PROMISE_DUE: "A promise is due",
        NotificationKind.DUE_SOON: "An answer is due soon",
        NotificationKind.OVERDUE: "An answer is overdue",
        NotificationKind.REPLY_FAILED: "A reply could not be sent",
        NotificationKind.REPLY_UNKNOWN: "Nobody knows whether a reply was sent",
        NotificationKind.CHANNEL_TROUBLE: "A channel needs attention",
        NotificationKind.CRISIS: "Many people complain about one matter",
        NotificationKind.LOW_RATING: "A person was not satisfied",
        NotificationKind.REPLY_PROPOSED: "A colleague's reply waits for approval",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One matter, ready to be told."""

    title: str
    reason: str
    count: int
    at: datetime
    url: str

    @property
    def text(self) -> str:
        """The line in plain text, without its address."""
        again = f" ({self.count} times)" if self.count > 1 else ""
        because = f": {self.reason}" if self.reason else ""
        return f"{self.title}{again}{because}"


def line_of(kind: NotificationKind, *, reason: str, count: int, at: datetime, conversation: UUID | None, link: str) -> Line:
    """A matter's line. `link` is an address with {conversation_id} in it, or empty."""
    url = link.replace("{conversation_id}", str(conversation)) if link and conversation is not None else ""
    return Line(title=_TITLES[kind], reason=" ".join(reason.split()), count=count, at=at, url=url)


def subject_of(lines: Sequence[Line], *, digest: bool) -> str:
    """The subject of a mail: the matter itself, or how many there are."""
    if digest:
        return f"Your digest: {len(lines)} unread"
    return lines[0].text[:120] if len(lines) == 1 else f"{len(lines)} notifications: {lines[0].title} and more"


def plain_text(lines: Sequence[Line]) -> str:
    """The lines as plain text."""
    return "\n".join(f"- {line.text} [{line.at:%Y-%m-%d %H:%M} UTC]" + (f"\n  {line.url}" if line.url else "") for line in lines) + "\n"


def html(lines: Sequence[Line]) -> str:
    """The lines as simple HTML; everything that came from elsewhere is escaped."""
    items = "".join(f"<li>{_linked(line)} <small>{line.at:%Y-%m-%d %H:%M} UTC</small></li>" for line in lines)
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><body><ul>{items}</ul></body></html>'


def _linked(line: Line) -> str:
    text = escape(line.text)
    return f'<a href="{escape(line.url, quote=True)}">{text}</a>' if line.url else text
