"""Which messages a mail continues: ids in its headers, and the root of its subject. Called by parse and by composing; pure.

Source: RFC 5322 section 3.6.4. Ids are told without their angle brackets everywhere in the house.
"""

import re
from datetime import date, datetime, timedelta

_BRACKETED = re.compile(r"<([^<>\s]{1,250})>")
_PREFIX = re.compile(
    r"^\s*(?:re|aw|antw|antwort|sv|vs|ref|rif|res|resp|odp|ynt|fw|fwd|wg|tr|rv|enc|r|i|\u56de\u590d|\u7b54\u590d|\u8f6c\u53d1)"
    r"(?:\s*[\[(]\d{1,3}[\])])?\s*[:\uff1a]\s*",
    re.IGNORECASE,
)
_MOST_PREFIXES = 10
_MOST_IDS = 20
_ROOT_LIMIT_CHARS = 200
# Our own mails are recognised by this name: a reply's id in front of it.
_OURS = re.compile(r"^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.rapport@")
SPAN = timedelta(days=30)
_EPOCH_DAYS = date(1970, 1, 1).toordinal()


def ids_in(value: str) -> list[str]:
    """The message ids of a header, in its order, without repetitions."""
    found = _BRACKETED.findall(value) or [each for each in value.split() if "@" in each and len(each) <= 250]
    return list(dict.fromkeys(found))


def ancestors(*, in_reply_to: str, references: str) -> tuple[str, ...]:
    """The messages before this one, nearest first; of a long line the first and the last are kept."""
    line = ids_in(references)
    nearest = ids_in(in_reply_to)[:1] or line[-1:]
    older = [each for each in reversed(line) if each not in nearest]
    if len(older) >= _MOST_IDS:
        older = [*older[: _MOST_IDS - 2], older[-1]]
    return (*nearest, *older)


def subject_root(subject: str) -> str:
    """The subject without "Re:" and the like, in lower case."""
    text = subject
    for _ in range(_MOST_PREFIXES):
        shorter = _PREFIX.sub("", text, count=1)
        if shorter == text:
            break
        text = shorter
    return " ".join(text.split()).lower()[:_ROOT_LIMIT_CHARS]


def continues(subject: str) -> bool:
    """Whether the subject says that this is an answer, or passed on."""
    return _PREFIX.match(subject) is not None


def thread_of(address: str, *, subject: str, at: datetime, spans_before: int = 0) -> str:
    """The thread of mails that name no other: address, root of the subject, and which thirty days of the calendar."""
    number = (at.date().toordinal() - _EPOCH_DAYS) // SPAN.days - spans_before
    return f"{address}/{subject_root(subject)}/{number}"


def message_id(reply: str, *, domain: str) -> str:
    """The Message-ID of a reply of ours, the same in every attempt."""
    return f"{reply}.rapport@{domain}"


def reply_in(name: str) -> str | None:
    """Our reply's id, where the Message-ID is one of ours."""
    found = _OURS.match(name)
    return found.group(1) if found else None
