"""A conversation of Chatwoot's: with whom, in which inbox, how it stands. Called by taking; pure.

Kept until the import ends, by the conversation's number, for the messages that come after it in the file.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.contracts.interaction import Author
from services.contracts.vocabulary import ConversationStatus
from services.identity.transfer.chatwoot.accounts import Inbox, account_of, contact_account
from services.identity.transfer.chatwoot.objects import id_of, listed, names, part, words
from services.identity.transfer.rows import RowRefusedError

# One that sleeps would wake where nobody can answer; it is open.
_STATUS = {
    "resolved": ConversationStatus.CLOSED,
    "1": ConversationStatus.CLOSED,
    "pending": ConversationStatus.PENDING,
    "2": ConversationStatus.PENDING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a conversation's line says. `contact` and `source` are of whom it is with, as far as the line knows."""

    id: str
    inbox: Inbox
    contact: str
    source: str
    name: str | None
    title: str | None
    status: ConversationStatus
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation whose person is known. `inbox` and `inbox_name` are of Chatwoot, `label` is (name, colour)."""

    id: str
    inbox: str
    inbox_type: str
    inbox_name: str
    author: Author
    title: str | None
    status: ConversationStatus
    labels: tuple[tuple[str, str], ...]


def read_conversation(given: Mapping[str, Any]) -> Told:
    """Raises RowRefusedError where it cannot be said which it is."""
    conversation, inbox = id_of(given), id_of(given, "inbox_id")
    if not conversation or not inbox:
        raise RowRefusedError("The conversation has no id or no inbox_id.")
    meta = part(given, "meta")
    sender = part(meta, "sender")
    return Told(
        id=conversation,
        inbox=Inbox(id=inbox, channel_type=words(meta, "channel") or ""),
        contact=id_of(sender) or id_of(given, "contact_id") or id_of(part(given, "contact_inbox"), "contact_id"),
        source=next(filter(None, map(_source, _places(given))), ""),
        name=words(sender, "name"),
        title=words(part(given, "additional_attributes"), "mail_subject"),
        status=_STATUS.get(str(given.get("status")), ConversationStatus.OPEN),
        labels=tuple(names(given, "labels")),
    )


def thread_of(told: Told, *, inbox: Inbox, source: str, colours: Callable[[str], str], scope: str) -> Thread:
    """The conversation with its person: the account that the inbox knows, else Chatwoot's own contact. Raises RowRefusedError."""
    if source:
        author = account_of(inbox, source, scope=scope, name=told.name)
    elif told.contact:
        author = contact_account(told.contact, scope=scope, name=told.name)
    else:
        raise RowRefusedError(f"Conversation {told.id} does not say with whom it is.", key=told.id)
    return Thread(
        id=told.id,
        inbox=inbox.id,
        inbox_type=inbox.channel_type,
        inbox_name=inbox.name,
        author=author,
        title=told.title,
        status=told.status,
        labels=tuple((name, colours(name)) for name in told.labels),
    )


def _places(given: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Where the API says by which id the inbox knows the person: beside the conversation, or in its last message."""
    yield part(given, "contact_inbox")
    for each in (*listed(given, "messages"), given.get("last_non_activity_message")):
        if isinstance(each, dict):
            yield part(part(each, "conversation"), "contact_inbox")


def _source(given: Mapping[str, Any]) -> str:
    return words(given, "source_id", most=500) or id_of(given, "source_id")
