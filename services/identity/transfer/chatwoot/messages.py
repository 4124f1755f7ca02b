"""A message of Chatwoot's as a neutral event of the past. Called by taking; pure.

Attachments stay links to where Chatwoot has them. What Chatwoot itself noted ("... resolved the conversation") is no message.
Source of the fields: https://developers.chatwoot.com/api-reference/messages/get-messages
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from services.contracts.events import HistoryEntry
from services.contracts.ids import MemberId
from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Addressed, Direction, Kind, Source
from services.identity.transfer.chatwoot.accounts import own_scope
from services.identity.transfer.chatwoot.objects import SYSTEM, TEXT_LIMIT_CHARS, id_of, listed, moment, part, words
from services.identity.transfer.chatwoot.threads import Thread
from services.identity.transfer.rows import RowRefusedError

AHEAD = timedelta(minutes=5)
_ATTACHMENTS_LIMIT = 30
_TYPES = {"0": "incoming", "1": "outgoing", "2": "activity", "3": "template"}
_KINDS = {"image", "audio", "video", "file", "location", "contact"}
_STORIES = {"story_mention", "ig_reel", "ig_story", "ig_story_reply"}
# Their messages are called by the platform's own id here and there, so those that a channel has already are not taken twice.
_SAME_IDS = {"Channel::Whatsapp", "Channel::FacebookPage", "Channel::Instagram", "Channel::Email"}
_MAIL = "Channel::Email"


def is_activity(given: Mapping[str, Any]) -> bool:
    """Whether it is what Chatwoot noted by itself."""
    return _type_of(given) == "activity"


def read_message(
    given: Mapping[str, Any], *, thread: Thread, mapped: bool, scope: str, member_of: Callable[[str], MemberId | None], now: datetime
) -> HistoryEntry:
    """`mapped`: it goes to a channel of ours and joins what the person has there. Raises RowRefusedError."""
    message, type_ = id_of(given), _type_of(given)
    key = f"{thread.id}/{message}"
    at = moment(given.get("created_at"))
    text = words(given, "content", most=TEXT_LIMIT_CHARS)
    attachments = tuple(map(_attachment, filter(_is_object, listed(given, "attachments")[:_ATTACHMENTS_LIMIT])))
    if not message or type_ is None:
        raise RowRefusedError("The message has no id, or no message_type that is known.", key=key)
    if at is None or at > now + AHEAD:
        raise RowRefusedError("The message's created_at is no time of the past.", key=key)
    if text is None and not attachments:
        raise RowRefusedError("The message has neither text nor attachments.", key=key)
    outbound, sender = type_ != "incoming", part(given, "sender")
    answered = id_of(part(given, "content_attributes"), "in_reply_to")
    event = NeutralEvent(
        id=_called(message, words(given, "source_id"), thread=thread, mapped=mapped, scope=scope),
        occurred_at=min(at, now),
        kind=Kind.NOTE if given.get("private") is True else Kind.DIRECT,
        author=_colleague(sender, scope=scope) if outbound else thread.author,
        recipient=thread.author if outbound else None,
        venue=Venue(network=thread.author.network, external_id=f"{own_scope(scope)}/{thread.inbox}", title=thread.inbox_name or None),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        addressed=Addressed.OTHERS if given.get("private") is True else Addressed.US,
        text=text,
        attachments=attachments,
        in_reply_to=Parent(external_id=f"{own_scope(scope)}:{answered}") if answered else None,
        source=Source.IMPORT,
        # Mail has many threads with a person; a later answer finds its own by the ids of the mails before it.
        thread=None if mapped and thread.inbox_type != _MAIL else f"{own_scope(scope)}:{thread.id}",
        extra=_extra(given, thread),
    )
    return HistoryEntry(event=event, member_id=member_of(id_of(sender)) if outbound and sender.get("type") != "agent_bot" else None)


def _type_of(given: Mapping[str, Any]) -> str | None:
    told = str(given.get("message_type"))
    return _TYPES.get(told, told if told in _TYPES.values() else None)


def _called(message: str, source: str | None, *, thread: Thread, mapped: bool, scope: str) -> str:
    return source if mapped and source and thread.inbox_type in _SAME_IDS else f"{own_scope(scope)}:{message}"


def _colleague(sender: Mapping[str, Any], *, scope: str) -> Author:
    """Who wrote for the company, by their name there, member here or not."""
    kind = "bot" if sender.get("type") == "agent_bot" else "agent"
    return Author(network=SYSTEM, scope=own_scope(scope), external_id=f"{kind}:{id_of(sender)}", name=words(sender, "name"))


def _extra(given: Mapping[str, Any], thread: Thread) -> dict[str, str]:
    subject = words(part(part(given, "content_attributes"), "email"), "subject") or thread.title
    told = {"subject": subject, "state": "failed" if str(given.get("status")) in {"failed", "3"} else None}
    return {name: value for name, value in told.items() if value}


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _attachment(given: Mapping[str, Any]) -> Attachment:
    kind, size = words(given, "file_type") or "", given.get("file_size")
    url = words(given, "data_url", most=4000) or words(given, "external_url", most=4000)
    sized = isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53
    return Attachment(
        kind=kind if kind in _KINDS else "story" if kind in _STORIES else "link" if kind in {"share", "fallback"} else "other",
        url=url if url and url.startswith(("https://", "http://")) else None,
        reference=id_of(given) or None,
        name=words(given, "fallback_title"),
        size_bytes=size if sized else None,
    )
