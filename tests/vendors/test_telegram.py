"""Telegram beside python-telegram-bot: an update is the same message, by the same person, at the same time."""

import json
from typing import Any

from telegram import Update

from services.engagement.connectors import connectors
from tests.engagement.connectors.case_files import Case, cases

RECEIVED = [case for case in cases() if case.platform == "telegram" and case.receives]


def test_updates_are_those_that_the_library_reads() -> None:
    compared = [case.title for case in RECEIVED if is_same_update(case)]
    assert len(compared) >= 10, compared


def is_storable(text: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a pair."""
    return "\0" not in text and text.encode("utf-8", "ignore").decode() == text


def is_same_update(case: Case) -> bool:
    """Compare; False where the library cannot read it, or it carries no message."""
    try:
        theirs = Update.de_json(json.loads(case.request().body), None)
    except (TypeError, AttributeError, ValueError):
        return False
    message = theirs.effective_message if theirs else None
    if theirs is None or message is None or theirs.edited_message or theirs.callback_query:
        return False
    connector = connectors()["telegram"]
    (item,) = connector.split(case.request(), secrets=case.secrets())
    events: list[Any] = list(connector.parse(case.delivery(item)).events)
    assert item.key == str(theirs.update_id), case.title
    ours = [event for event in events if event.id.endswith(f"{message.chat_id}:{message.message_id}")]
    for event in ours:
        assert event.occurred_at == message.date, case.title
        said = message.text or message.caption or ""
        # What has no words gets some from us: a place, a contact.
        if said and is_storable(said):
            assert (event.text or "") == said, case.title
        if message.from_user and event.kind.value == "direct" and not message.from_user.is_bot:
            assert event.author.external_id == str(message.from_user.id), case.title
    return bool(ours)
