"""Consent as callers read it: a person's words are those of all profiles, and of each kind the newest. Called by `api` and `batch`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.consent import CONTACT, EVERY_NETWORK, STRICTNESS
from services.contracts.events import ConsentChanged
from services.contracts.ids import ChannelId, InteractionId, MemberId, ProfileId, WorkspaceId
from services.contracts.views import PageView
from services.contracts.views.consent import ConsentView
from services.contracts.vocabulary import ConsentSource, ConsentState
from services.identity.consent.words import EVERY_CHANNEL, word_of
from services.identity.statements import consent as statements
from services.kit.db import Connection
from services.kit.ids import LAST_ID
from services.kit.pagination import decode_cursor, encode_cursor

SHOWN = 100
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


async def consent_of_contacts(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[list[ConsentView]]:
    """Aligned with the ids; of each purpose, network and channel the word that counts, the newest first, 100 at most.

    A word that a later and wider one of its purpose overrules does not count any more.
    """
    found: list[dict[tuple[object, ...], asyncpg.Record]] = [{} for _ in contacts]
    for row in await statements.words_of_contacts(connection, workspace, contacts):
        kind = (row["purpose"], row["network"], row["channel_id"])
        held = found[row["position"] - 1].get(kind)
        if held is None or _weight(held) < _weight(row):
            found[row["position"] - 1][kind] = row
    return [[consent_view(row) for row in _standing(list(of.values()))[:SHOWN]] for of in found]


async def list_history(
    connection: Connection, workspace: WorkspaceId, contact: UUID, *, limit: int, after: str | None
) -> PageView[ConsentView]:
    """Every word of the person, newest first. An unknown contact has none."""
    (page,) = await history_of_contacts(connection, workspace, [contact], limit=limit, after=after)
    return page


async def history_of_contacts(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, limit: int, after: str | None
) -> list[PageView[ConsentView]]:
    """Pages aligned with `contacts`, empty for those that are not known; a cursor is one list's."""
    before = decode_cursor(after, (datetime, UUID)) if after else (_LATEST, LAST_ID)
    pages = []
    for rows in await statements.history_of_contacts(connection, workspace, contacts, before=before, limit=limit + 1):
        items = tuple(consent_view(row) for row in rows[:limit])
        cursors = tuple(encode_cursor(each.at, each.id) for each in items)
        pages.append(PageView(items=items, cursors=cursors, has_next=len(rows) > limit))
    return pages


def is_do_not_contact(view: ConsentView) -> bool:
    """Whether it is a person's refusal to be written to at all."""
    return view.purpose == CONTACT and view.state in {ConsentState.DENIED, ConsentState.WITHDRAWN}


async def snapshot_words(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[ConsentChanged]:
    """Every profile's words as the event that last told of them, in the order of ids."""
    return [
        ConsentChanged(
            profile_id=ProfileId(row["profile_id"]),
            version=row["version"],
            words=tuple(
                word_of(purpose, network, UUID(channel), state, datetime.fromisoformat(at))
                for purpose, network, channel, state, at in row["words"] or ()
            ),
        )
        for row in await statements.page_of_words(connection, workspace, after=after, limit=limit)
    ]


def consent_view(row: asyncpg.Record) -> ConsentView:
    """One record."""
    return ConsentView(
        id=row["id"],
        profile_id=ProfileId(row["profile_id"]),
        purpose=row["purpose"],
        network=row["network"] or None,
        channel_id=None if row["channel_id"] == EVERY_CHANNEL else ChannelId(row["channel_id"]),
        state=ConsentState(row["state"]),
        at=row["at"],
        recorded_at=row["recorded_at"],
        source=ConsentSource(row["source"]),
        how=row["how"],
        wording=row["wording"],
        interaction_id=InteractionId(row["interaction_id"]) if row["interaction_id"] else None,
        recorded_by=MemberId(row["member_id"]) if row["member_id"] else None,
    )


def _standing(rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
    """The newest first, without those that a newer one covers."""
    standing: list[asyncpg.Record] = []
    for row in sorted(rows, key=_weight, reverse=True):
        if not any(_covers(newer, row) for newer in standing):
            standing.append(row)
    return standing


def _covers(newer: asyncpg.Record, older: asyncpg.Record) -> bool:
    of_network = newer["network"] in {EVERY_NETWORK, older["network"]}
    return of_network and newer["channel_id"] in {EVERY_CHANNEL, older["channel_id"]} and newer["purpose"] == older["purpose"]


def _weight(row: asyncpg.Record) -> tuple[object, ...]:
    return row["at"], STRICTNESS[ConsentState(row["state"])], row["id"]
