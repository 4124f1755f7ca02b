"""Notices outside of a channel's hours and on its holidays: at most one per person and closed stretch, answering nothing.

Called by the inbound worker in the transaction in which the message is written; the sender sends it like any reply.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import structlog

from services.contracts.consent import SERVICE
from services.contracts.envelope import Event
from services.contracts.events import InteractionReceived
from services.contracts.ids import InteractionId, ProfileId, ReplyId
from services.contracts.vocabulary import Direction, Kind, Ledger, ReplyState
from services.engagement import outcomes
from services.engagement.business_hours import Hours
from services.engagement.consent.asking import Asked, refusals
from services.engagement.errors import ReplyWindowClosedError, UnsendableReplyError
from services.engagement.outbound import Words, answering
from services.engagement.placeholders import fill
from services.engagement.protocol import OutboundReply
from services.engagement.registry import ConnectedChannel
from services.engagement.replies import moment_of, refuse_unsendable_reply, row_answering
from services.engagement.statements import channels, history, reading, replies
from services.engagement.statements import notices as statements
from services.kit.calendars import Closed, find_closed, local_time
from services.kit.db import Connection
from services.kit.ids import new_id

PLACES = ("hours.next_opening", "hours.holiday")

log = structlog.get_logger()


async def give_notices(connection: Connection, channel: ConnectedChannel, events: Sequence[Event], *, now: datetime) -> list[Event]:
    """Queue a notice to everybody who has just written in private while the channel is closed; gives the events to publish.

    Nothing where the channel was disconnected since this process last looked: it would be queued for ever.
    """
    hours = channel.hours
    heard = _first_of_each(events) if hours is not None else {}
    closed = find_closed(hours, now) if hours is not None and heard else None
    if hours is None or closed is None:
        return []
    text = text_of(hours, closed)
    if not text or await channels.has_ended(connection, channel.workspace_id, channel.id):
        return []
    told = await statements.claim_notices(connection, channel.workspace_id, channel.id, profiles=sorted(heard), since=closed.since, now=now)
    targets = await reading.whole_interactions(connection, channel.workspace_id, [heard[profile] for profile in told])
    fitting = [row for row in targets if _can_be_told(channel, row, text, now=now)]
    return await _queue(connection, channel, await _unrefused(connection, channel, fitting, text=text, now=now), text=text, now=now)


def text_of(hours: Hours, closed: Closed) -> str:
    """What is said in a closed stretch; empty where nothing is."""
    text = hours.holiday_notice if closed.holiday is not None and hours.holiday_notice else hours.notice
    opening = None if closed.until is None else local_time(hours, closed.until)
    return fill(text, {"hours.next_opening": opening, "hours.holiday": closed.holiday.name if closed.holiday else None}).text.strip()


def _first_of_each(events: Sequence[Event]) -> dict[ProfileId, InteractionId]:
    """The first message of each person that waits for an answer and was written to us alone."""
    found: dict[ProfileId, InteractionId] = {}
    for event in events:
        if not isinstance(event, InteractionReceived) or event.historic or event.ledger is not Ledger.OWED:
            continue
        said = event.event
        if said.kind is Kind.DIRECT and not said.public and said.direction is Direction.INBOUND:
            found.setdefault(event.profile_id, event.interaction_id)
    return found


def _notice(target: asyncpg.Record, text: str, *, now: datetime) -> OutboundReply:
    return answering(ReplyId(new_id()), Words(text=text), target=target, at=now)


def _can_be_told(channel: ConnectedChannel, target: asyncpg.Record, text: str, *, now: datetime) -> bool:
    try:
        refuse_unsendable_reply(_notice(target, text, now=now), channel, last_inbound_at=target["occurred_at"])
    except (UnsendableReplyError, ReplyWindowClosedError) as error:
        log.warning("notice_not_sendable", channel_id=str(channel.id), code=error.code)
        return False
    return True


async def _unrefused(
    connection: Connection, channel: ConnectedChannel, targets: Sequence[asyncpg.Record], *, text: str, now: datetime
) -> list[asyncpg.Record]:
    """Those who have not refused to be written to: a machine's word is no answer."""
    asked = [
        (channel, Asked(id=row["id"], profile=row["profile_id"], outbound=_notice(row, text, now=now), automatic=True)) for row in targets
    ]
    refused = await refusals(connection, channel.workspace_id, asked)
    return [row for row in targets if row["id"] not in refused]


async def _queue(
    connection: Connection, channel: ConnectedChannel, targets: Sequence[asyncpg.Record], *, text: str, now: datetime
) -> list[Event]:
    """Rows of the history and replies, set-based; the conversations are locked since the messages were written."""
    if not targets:
        return []
    versions = await statements.versions_of(connection, channel.workspace_id, sorted({row["conversation_id"] for row in targets}))
    spoken, queued = [], []
    for target in targets:
        versions[target["conversation_id"]] += 1
        reply, interaction = new_id(), InteractionId(new_id())
        moment = moment_of(interaction, reply=reply, version=versions[target["conversation_id"]], now=now)
        spoken.append({**row_answering(target, channel=channel), "text": text, **moment})
        queued.append(_reply(spoken[-1], reply=ReplyId(reply), answers=InteractionId(target["id"]), now=now))
    columns = [[row.get(name) for row in spoken] for name, _ in history.INTERACTION_COLUMNS]
    await history.insert_interactions(connection, channel.workspace_id, columns)
    counts = {each: sum(row["conversation_id"] == each for row in spoken) for each in versions}
    rows = [(each, versions[each], counts[each], now, False, False) for each in sorted(versions)]
    await history.advance_conversations(connection, channel.workspace_id, rows)
    inserted = await replies.insert_replies(connection, channel.workspace_id, queued)
    return [outcomes.reply_event(reply, answers=(), now=now) for reply in inserted]


def _reply(row: dict[str, object], *, reply: ReplyId, answers: InteractionId, now: datetime) -> dict[str, object]:
    """The reply to a row of the history that is a notice."""
    shared = {name: row[name] for name in ("conversation_id", "channel_id", "profile_id", "kind", "text")}
    moment = {"state": ReplyState.QUEUED.value, "due_at": now, "queued_at": now}
    return {**shared, **moment, "id": reply, "interaction_id": row["id"], "answers_id": answers, "automatic": True, "purpose": SERVICE}
