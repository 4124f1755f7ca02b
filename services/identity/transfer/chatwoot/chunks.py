"""Reads a chunk of a Chatwoot file, and keeps what later lines may name. Called by taking, in the caller's transaction.

A line may name what lines before it told of, in this chunk or an earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.contracts.events import HistoryEntry
from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.interaction import Author
from services.identity.matching import normalise_email
from services.identity.statements import archives as statements
from services.identity.transfer.chatwoot.accounts import Inbox, inbox_of
from services.identity.transfer.chatwoot.messages import is_activity, read_message
from services.identity.transfer.chatwoot.objects import COLOUR, Form, Object, colour_of, id_of, listed, part, words
from services.identity.transfer.chatwoot.people import Contact, accounts_of, read_contact
from services.identity.transfer.chatwoot.threads import Thread, Told, read_conversation, thread_of
from services.identity.transfer.rows import Reading, RowRefusedError
from services.kit.db import Connection

MOST_REFERENCES = 5_000
_SOURCE = "source"
_SMALL = (Form.INBOX.value, Form.AGENT.value, Form.LABEL.value)
References = dict[tuple[str, str], Mapping[str, Any]]


@dataclass(slots=True)
class Read:
    """What a chunk says. `accounts` have Chatwoot's number of their person, "" where it is not known; `said` is in which thread."""

    contacts: list[tuple[int, Contact]] = field(default_factory=list)
    accounts: list[tuple[str, Author]] = field(default_factory=list)
    said: list[tuple[Thread, HistoryEntry]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    refusals: list[tuple[int, str, str, bool]] = field(default_factory=list)


async def read_all(
    connection: Connection, workspace: WorkspaceId, upload: UUID, objects: Sequence[tuple[int, Object]], *, reading: Reading, now: datetime
) -> Read:
    """Read the objects of lines, and keep what later ones may refer to."""
    read = Read()
    known = await _known(connection, workspace, upload, [each for _, each in objects])
    members = await _members(connection, workspace, [each.given for _, each in objects if each.form is Form.AGENT])
    reader = _Reader(read, known, members=members, reading=reading, now=now)
    for line, each in objects:
        reader.take(line, each)
    if reader.fresh:
        await statements.kept_references(connection, workspace, upload, told=reader.fresh)
    return read


async def _known(connection: Connection, workspace: WorkspaceId, upload: UUID, objects: Sequence[Object]) -> References:
    """What earlier chunks told of that this one may name: three queries at most, whatever its size."""
    found: References = dict(await statements.references_of_kinds(connection, workspace, upload, kinds=_SMALL, limit=MOST_REFERENCES))
    threads = {id_of(each.given, "conversation_id") for each in objects if each.form is Form.MESSAGE}
    sources = {_source_key(told.contact, told.inbox.id) for each in objects if (told := _told(each)) is not None}
    for kind, keys in ((Form.CONVERSATION.value, threads), (_SOURCE, sources)):
        if keys:
            found.update(await statements.references_named(connection, workspace, upload, kind=kind, keys=sorted(keys)))
    return found


def _told(given: Object) -> Told | None:
    try:
        return read_conversation(given.given) if given.form is Form.CONVERSATION else None
    except RowRefusedError:
        return None


async def _members(connection: Connection, workspace: WorkspaceId, agents: Sequence[Mapping[str, Any]]) -> dict[str, MemberId]:
    keys = {key for each in agents if (key := normalise_email(words(each, "email") or ""))}
    return await statements.members_by_email(connection, workspace, sorted(keys)) if keys else {}


def _source_key(contact: str, inbox: str) -> str:
    return f"{contact}/{inbox}"


class _Reader:
    """Reads line by line; `fresh` is what it learned that later chunks may need."""

    def __init__(self, read: Read, known: References, *, members: Mapping[str, MemberId], reading: Reading, now: datetime) -> None:
        self._read = read
        self._known = known
        self._members = members
        self._reading = reading
        self._now = now
        self.fresh: References = {}

    def take(self, line: int, given: Object) -> None:
        """One object. A refusal is told of by its line."""
        try:
            left_out = self._take(line, given.form, given.given)
        except RowRefusedError as refused:
            self._read.refusals.append((line, refused.key or given.key, refused.reason, False))
            return
        if left_out:
            self._read.refusals.append((line, given.key, "; ".join(left_out), True))

    def _take(self, line: int, form: Form, given: Mapping[str, Any]) -> list[str]:
        match form:
            case Form.INBOX:
                self._keep(form.value, id_of(given), msgspec.to_builtins(inbox_of(given)))
            case Form.AGENT:
                member = self._members.get(normalise_email(words(given, "email") or "") or "")
                self._keep(form.value, id_of(given), {"member": str(member) if member else None})
            case Form.LABEL:
                title = words(given, "title", most=100) or ""
                self._keep(form.value, title, {"colour": colour_of(given)})
                self._read.labels[title] = colour_of(given)
            case Form.CONTACT:
                self._take_contact(line, given)
            case Form.CONVERSATION:
                return self._take_conversation(given)
            case Form.MESSAGE:
                self._take_message(given)
        return []

    def _keep(self, kind: str, key: str, told: Mapping[str, Any]) -> None:
        if not key:
            raise RowRefusedError(f"The {kind} has no {'title' if kind == Form.LABEL.value else 'id'}.")
        self._known[kind, key] = self.fresh[kind, key] = told

    def _take_contact(self, line: int, given: Mapping[str, Any]) -> None:
        contact = read_contact(given, scope=self._reading.scope)
        self._read.contacts.append((line, contact))
        accounts = accounts_of(contact, {inbox.id: self._inbox(inbox) for inbox, _ in contact.sources}, scope=self._reading.scope)
        self._read.accounts += [(contact.id, account) for account in accounts]
        self._read.labels.update({name: self._colour(name) for name in contact.labels})
        for inbox, source in contact.sources:
            self._keep(_SOURCE, _source_key(contact.id, inbox.id), {"source": source, "inbox": msgspec.to_builtins(inbox)})

    def _take_conversation(self, given: Mapping[str, Any]) -> list[str]:
        told = read_conversation(given)
        kept = self._known.get((_SOURCE, _source_key(told.contact, told.inbox.id)), {})
        inbox = self._inbox(told.inbox, beside=part(kept, "inbox"))
        source = told.source or str(kept.get("source") or "")
        thread = thread_of(told, inbox=inbox, source=source, colours=self._colour, scope=self._reading.scope)
        self._keep(Form.CONVERSATION.value, thread.id, msgspec.to_builtins(thread))
        self._read.accounts.append((told.contact, thread.author))
        left_out: list[str] = []
        for each in listed(given, "messages"):
            if isinstance(each, dict):
                try:
                    self._say(thread, each)
                except RowRefusedError as refused:
                    left_out.append(refused.reason)
        return left_out

    def _take_message(self, given: Mapping[str, Any]) -> None:
        conversation = id_of(given, "conversation_id")
        kept = self._known.get((Form.CONVERSATION.value, conversation))
        if kept is None:
            reason = f"Conversation {conversation} is not in the file before this message: conversations go before messages."
            raise RowRefusedError(reason, key=f"{conversation}/{id_of(given)}")
        self._say(msgspec.convert(kept, Thread), given)

    def _say(self, thread: Thread, given: Mapping[str, Any]) -> None:
        if is_activity(given):
            return
        mapped, scope = thread.inbox in self._reading.channels, self._reading.scope
        entry = read_message(given, thread=thread, mapped=mapped, scope=scope, member_of=self._member, now=self._now)
        self._read.said.append((thread, entry))

    def _member(self, agent: str) -> MemberId | None:
        member = self._known.get((Form.AGENT.value, agent), {}).get("member")
        return MemberId(UUID(member)) if member else None

    def _colour(self, label: str) -> str:
        return str(self._known.get((Form.LABEL.value, label), {}).get("colour", COLOUR))

    def _inbox(self, inbox: Inbox, *, beside: Mapping[str, Any] | None = None) -> Inbox:
        """The inbox with all that was told of it: by its own line, else beside a contact or a conversation."""
        told = self._known.get((Form.INBOX.value, inbox.id), beside or {})
        full = {name: told.get(name) or getattr(inbox, name) for name in ("name", "channel_type", "page")}
        return Inbox(id=inbox.id, **full)
