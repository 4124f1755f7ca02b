"""Rows of statements as the views of contracts. Called by batch routes and REST; the only place that knows both."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.interaction import Attachment
from services.contracts.views import (
    BlockView,
    ChannelView,
    ConversationView,
    ExchangeView,
    InteractionView,
    JobFailureView,
    JobView,
    LabelView,
    LedgerView,
    PageView,
    ParticipantView,
    ParticipationView,
    ReplyView,
    VenueView,
)
from services.contracts.views.history import ChoicesView
from services.contracts.views.ratings import SatisfactionView
from services.contracts.views.sending import ChannelHealthView, ReplyChangeView
from services.contracts.vocabulary import (
    Addressed,
    Breaker,
    BulkAction,
    ChangeKind,
    ChangeState,
    ChannelStatus,
    Control,
    ConversationStatus,
    Direction,
    Discipline,
    JobState,
    Kind,
    Ledger,
    Media,
    Phase,
    Priority,
    ReplyState,
    Sentiment,
    Source,
    SubscriptionState,
    Urgency,
)
from services.engagement.addresses import app_of, app_path, webhook_path
from services.engagement.connectors import find_connector
from services.engagement.statements.reading import Position
from services.kit.pagination import Page, decode_cursor, encode_cursor

View = TypeVar("View")


def interaction_at(now: datetime) -> Callable[[asyncpg.Record], InteractionView]:
    """Renders rows of the history as they stand at this moment."""
    return partial(interaction_view, now=now)


def interaction_view(row: asyncpg.Record, *, now: datetime | None = None) -> InteractionView:
    """One row of the history, with its reply where it is one. With `now`, what is owed past its due time is alarm, as in the sums."""
    return InteractionView(
        id=row["id"],
        conversation_id=row["conversation_id"],
        channel_id=row["channel_id"],
        profile_id=row["profile_id"],
        platform=row["platform"],
        kind=Kind(row["kind"]),
        direction=Direction(row["direction"]),
        public=row["public"],
        occurred_at=row["occurred_at"],
        text=row["text"],
        rating=row["rating"],
        attachments=_attachments(row["attachments"]),
        author_name=row["author_name"],
        author_handle=row["author_handle"],
        venue=venue_view(row),
        in_reply_to=row["reply_to"],
        external_id=row["external_id"],
        addressed=Addressed(row["addressed"]),
        source=Source(row["source"]),
        ledger=_ledger_of(row, now=now),
        ledger_reason=row["ledger_reason"],
        edited_at=row["edited_at"],
        deleted_at=row["deleted_at"],
        discipline=Discipline(row["discipline"]) if row["discipline"] else None,
        phase=Phase(row["phase"]) if row["phase"] else None,
        sentiment=Sentiment(row["sentiment"]) if row["sentiment"] else None,
        urgency=Urgency(row["urgency"]) if row["urgency"] else None,
        due_at=row["due_at"],
        native=row["native"],
        member_id=row["member_id"],
        reply=_joined_reply(row) if row["reply_id"] is not None else None,
        mentioned_member_ids=tuple(row["mentioned_member_ids"] or ()),
        settled_at=row["settled_at"],
        answer_id=row["answer_id"],
        reply_to_profile_id=row["reply_to_profile_id"],
        choice=row["choice"],
    )


def reply_view(row: asyncpg.Record) -> ReplyView:
    """A reply and where it stands."""
    return _reply_view(row, of="")


def conversation_view(row: asyncpg.Record) -> ConversationView:
    """A thread."""
    return ConversationView(
        id=row["id"],
        channel_id=row["channel_id"],
        profile_id=row["profile_id"],
        platform=row["platform"],
        kind=Kind(row["kind"]),
        public=row["public"],
        status=ConversationStatus(row["status"]),
        title=row["title"],
        started_at=row["started_at"],
        last_activity_at=row["last_activity_at"],
        message_count=row["message_count"],
        owed_count=row["owed_count"],
        version=row["version"],
        owner_id=row["owner_id"],
        priority=Priority(row["priority"]),
        snoozed_until=row["snoozed_until"],
        spam=row["spam"],
        label_ids=tuple(row["label_ids"]),
        follower_ids=tuple(row["follower_ids"]),
        linked_ids=tuple(row["linked_ids"]),
        merged_ids=tuple(row["merged_ids"]),
    )


def block_view(row: asyncpg.Record) -> BlockView:
    """A blocked person."""
    return BlockView(profile_id=row["profile_id"], reason=row["reason"], member_id=row["member_id"], blocked_at=row["blocked_at"])


def job_view(row: asyncpg.Record, failures: Sequence[asyncpg.Record] = ()) -> JobView:
    """A job, with what it could not do where that was asked for."""
    return JobView(
        id=row["id"],
        action=BulkAction(row["action"]),
        state=JobState(row["state"]),
        total=row["total"],
        done=row["done"],
        failed=row["failed"],
        has_more=row["has_more"],
        member_id=row["member_id"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        failures=tuple(JobFailureView(conversation_id=each["conversation_id"], reason=each["reason"]) for each in failures),
    )


def label_view(row: asyncpg.Record) -> LabelView:
    """A label."""
    return LabelView(id=row["id"], name=row["name"], colour=row["colour"], version=row["version"])


def channel_view(row: asyncpg.Record) -> ChannelView:
    """A channel without its credentials."""
    return ChannelView(
        id=row["id"],
        platform=row["platform"],
        name=row["name"],
        active=row["active"],
        webhook_path=webhook_path(row["path_token"]),
        app_webhook_path=_app_webhook_path(row),
        created_at=row["created_at"],
        disconnected_at=row["disconnected_at"],
    )


def _app_webhook_path(row: asyncpg.Record) -> str | None:
    connector = find_connector(row["platform"])
    app = app_of(connector.declaration, row["config"]) if connector else None
    return app_path(app) if app else None


def health_view(row: asyncpg.Record, *, now: datetime) -> ChannelHealthView:
    """How a channel fares at this moment; a hold that is over is none."""
    held_until = row["held_until"] if row["held_until"] is not None and row["held_until"] > now else None
    return ChannelHealthView(
        channel_id=row["id"],
        status=_channel_status(row, held_until=held_until),
        last_event_at=row["last_event_at"],
        last_sent_at=row["last_sent_at"],
        journal_waiting=row["journal_waiting"],
        replies_queued=row["replies_queued"],
        replies_in_doubt=row["replies_in_doubt"],
        held_until=held_until,
        hold_reason=row["hold_reason"] if held_until else "",
        breaker=Breaker(row["breaker"]),
        failures=row["failures"],
        interrupted_at=row["opened_at"],
        probe_at=row["probe_at"],
        last_failure_at=row["failed_at"],
        last_failure=row["failure"],
        credentials_refused_at=row["refused_at"],
        trouble=row["trouble"],
        credentials_expire_at=row["credentials_expire_at"],
        subscription=_subscription_state(row, now=now),
        subscription_reason=row["subscription_reason"],
        subscribed_at=row["subscribed_at"],
    )


def _subscription_state(row: asyncpg.Record, *, now: datetime) -> SubscriptionState:
    """What holds for a time only is due again later, and done until then."""
    due_at, told_at = row["subscription_due_at"], row["subscribed_at"]
    if row["subscription_reason"]:
        return SubscriptionState.FAILED
    if due_at is not None and (told_at is None or due_at <= now):
        return SubscriptionState.WAITING
    return SubscriptionState.NONE if told_at is None else SubscriptionState.DONE


def _channel_status(row: asyncpg.Record, *, held_until: datetime | None) -> ChannelStatus:
    troubles = (
        (ChannelStatus.PAUSED, not row["active"]),
        (ChannelStatus.REFUSED, bool(row["trouble"])),
        (ChannelStatus.INTERRUPTED, row["breaker"] != Breaker.CLOSED),
        (ChannelStatus.HELD, held_until is not None),
    )
    return next((status for status, holds in troubles if holds), ChannelStatus.WORKING)


def satisfaction_view(row: asyncpg.Record) -> SatisfactionView:
    """Whether and when a channel asks how satisfied people are."""
    return SatisfactionView(**{name: row[name] for name in ("asks", "delay_minutes", "review_url", "review_text")})


def ledger_view(row: asyncpg.Record) -> LedgerView:
    """The ledger's sums."""
    return LedgerView(**dict(row))


def _ledger_of(row: asyncpg.Record, *, now: datetime | None) -> Ledger | None:
    if not row["ledger"]:
        return None
    late = now is not None and row["ledger"] == Ledger.OWED and row["due_at"] is not None and row["due_at"] < now
    return Ledger.ALARM if late else Ledger(row["ledger"])


def page_of(
    rows: Sequence[asyncpg.Record], *, limit: int, render: Callable[[asyncpg.Record], View], time: str = "occurred_at"
) -> PageView[View]:
    """A page from up to `limit + 1` rows; the one too many only says that there is more."""
    shown = rows[:limit]
    return PageView(
        items=tuple(render(row) for row in shown),
        cursors=tuple(encode_cursor(row[time], row["id"]) for row in shown),
        has_next=len(rows) > limit,
    )


def list_of(
    rows: Sequence[asyncpg.Record], *, limit: int, render: Callable[[asyncpg.Record], View], time: str = "occurred_at"
) -> Page[View]:
    """The same as a public list answers it."""
    page = page_of(rows, limit=limit, render=render, time=time)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


def pages_of(rows: Sequence[asyncpg.Record], *, count: int, limit: int, render: Callable[[asyncpg.Record], View]) -> list[PageView[View]]:
    """Pages for `count` owners from rows that carry their owner's number in `n`, from 1."""
    owned: list[list[asyncpg.Record]] = [[] for _ in range(count)]
    for row in rows:
        owned[row["n"] - 1].append(row)
    return [page_of(each, limit=limit, render=render) for each in owned]


def position_of(cursor: str | None) -> Position:
    """Where a page goes on. Raises BadRequestError for a cursor that no page gave."""
    if cursor is None:
        return None
    return decode_cursor(cursor, (datetime, UUID))


def aligned(
    rows: Sequence[asyncpg.Record], ids: Sequence[UUID], render: Callable[[asyncpg.Record], View], *, key: str = "id"
) -> list[View | None]:
    """A view per id, None where no row has it. A row that answers for another id says so in `asked_id`."""
    found = {row.get("asked_id", row[key]): render(row) for row in rows}
    return [found.get(each) for each in ids]


def venue_view(row: asyncpg.Record) -> VenueView:
    """Where it was said; the columns begin with `venue_`."""
    return VenueView(
        network=row["venue_network"],
        scope=row["venue_scope"],
        external_id=row["venue_external_id"],
        url=row["venue_url"],
        title=row["venue_title"],
        control=Control(row["venue_control"]),
        media=Media(row["venue_media"]),
    )


def _attachments(stored: object) -> tuple[Attachment, ...]:
    return msgspec.convert(stored, type=tuple[Attachment, ...]) if stored else ()


def _choices(stored: object) -> ChoicesView | None:
    return msgspec.convert(stored, type=ChoicesView) if stored else None


def _joined_reply(row: asyncpg.Record) -> ReplyView:
    """The reply that a row of the history is; its columns begin with `reply_`."""
    shared = {"interaction_id": row["id"], "conversation_id": row["conversation_id"], "channel_id": row["channel_id"]}
    return _reply_view({**shared, **row}, of="reply_")


def _reply_view(row: Mapping[str, Any] | asyncpg.Record, *, of: str) -> ReplyView:
    state, escalated_at = ReplyState(row[f"{of}state"]), row[f"{of}escalated_at"]
    return ReplyView(
        id=row[f"{of}id"],
        interaction_id=row["interaction_id"],
        conversation_id=row["conversation_id"],
        channel_id=row["channel_id"],
        text=row[f"{of}text"],
        state=state,
        member_id=row[f"{of}member_id"],
        attempt=row[f"{of}attempt"],
        reason=row[f"{of}reason"],
        external_id=row[f"{of}external_id"],
        queued_at=row[f"{of}queued_at"],
        sent_at=row[f"{of}sent_at"],
        delivered_at=row[f"{of}delivered_at"],
        read_at=row[f"{of}read_at"],
        version=row[f"{of}version"],
        due_at=row[f"{of}due_at"],
        doubted_at=row[f"{of}doubted_at"],
        needs_person=state is ReplyState.UNKNOWN and escalated_at is not None,
        change=_change_view(row, of=of) if row[f"{of}change_kind"] else None,
        attachments=_attachments(row[f"{of}attachments"]),
        automatic=row[f"{of}automatic"],
        purpose=row[f"{of}purpose"],
        decided_by=row[f"{of}decided_by"],
        decided_at=row[f"{of}decided_at"],
        choices=_choices(row["reply_choices"] if of else (row["begun"] or {}).get("choices")),
    )


def _change_view(row: Mapping[str, Any] | asyncpg.Record, *, of: str) -> ReplyChangeView:
    return ReplyChangeView(
        kind=ChangeKind(row[f"{of}change_kind"]),
        state=ChangeState(row[f"{of}change_state"]),
        text=row[f"{of}change_text"],
        reason=row[f"{of}change_reason"],
        member_id=row[f"{of}change_member_id"],
        asked_at=row[f"{of}change_asked_at"],
    )


def participation_view(row: asyncpg.Record) -> ParticipationView:
    """The people of a thread, and who of them answered whom."""
    return ParticipationView(
        participants=msgspec.convert(row["participants"], type=tuple[ParticipantView, ...]),
        exchanges=msgspec.convert(row["exchanges"], type=tuple[ExchangeView, ...]),
    )
