"""Whether something may be sent, by what people said. Called before a reply is written, and by the sender before it goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.consent import SERVICE, ConsentWord, Way
from services.contracts.events import HeldKind
from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.vocabulary import StakeholderKind
from services.engagement.consent import rules
from services.engagement.consent.errors import ConsentRefusedError, PurposeUnknownError
from services.engagement.consent.rules import BROUGHT, Purposes, Refusal, Sending, find_refusal
from services.engagement.protocol import OutboundReply
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import consent as statements
from services.kit.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something to be sent to a profile; `automatic`: no member says it."""

    id: UUID
    profile: UUID
    outbound: OutboundReply
    purpose: str = SERVICE
    automatic: bool = False


async def refuse_unconsented(connection: Connection, channel: ConnectedChannel, asked: Asked) -> None:
    """Raises PurposeUnknownError, and ConsentRefusedError for what the person has not allowed."""
    rows = await statements.words_of_people(connection, channel.workspace_id, [asked.profile])
    purposes = _purposes(rows[0])
    if asked.purpose not in purposes.keys:
        known = sorted(purposes.keys)
        raise PurposeUnknownError(f"Name one of {', '.join(known)}.", known=known)
    refusal = _refusal(rows[0], asked, channel, purposes=purposes)
    if refusal is not None:
        raise ConsentRefusedError(f"{_sentence(refusal.reason)}.", because=refusal.because, allowed=list(refusal.allowed))


async def refusals(
    connection: Connection, workspace: WorkspaceId, asked: Sequence[tuple[ConnectedChannel, Asked]]
) -> Mapping[UUID, Refusal]:
    """Of all that is to be sent, what may not be, by its id; in one statement."""
    if not asked:
        return {}
    rows = await statements.words_of_people(connection, workspace, [each.profile for _, each in asked])
    said = {row["profile_id"]: row for row in rows}
    found = {each.id: _refusal(said[each.profile], each, channel, purposes=_purposes(said[each.profile])) for channel, each in asked}
    return {each: refusal for each, refusal in found.items() if refusal is not None}


async def wants_approval(connection: Connection, channel: ConnectedChannel, asked: Asked) -> bool:
    """Whether a person must approve it, whoever writes it."""
    (row,) = await statements.words_of_people(connection, channel.workspace_id, [asked.profile])
    way = _sending(asked, channel).way
    return any(map(rules.wants_approval, _kinds(row, way=way, at=asked.outbound.attempted_at)))


def _refusal(row: asyncpg.Record, asked: Asked, channel: ConnectedChannel, *, purposes: Purposes) -> Refusal | None:
    sending = _sending(asked, channel)
    return find_refusal(_words(row), sending, purposes=purposes, kinds=_kinds(row, way=sending.way, at=asked.outbound.attempted_at))


def _kinds(row: asyncpg.Record, *, way: Way, at: datetime) -> set[StakeholderKind]:
    """What the person is at a moment by this way."""
    held = [kind for kinds in msgspec.convert(row["kinds"] or [], type=list[list[HeldKind]]) for kind in kinds]
    return {
        each.kind
        for each in held
        if (not each.network or each.network in way.networks)
        and (each.since is None or each.since <= at)
        and (each.until is None or at < each.until)
    }


def _sending(asked: Asked, channel: ConnectedChannel) -> Sending:
    outbound = asked.outbound
    networks = {channel.platform} | ({outbound.recipient.network.lower()} if outbound.recipient else set())
    answers_at = outbound.answering.occurred_at if outbound.answering is not None and not asked.automatic else None
    return Sending(
        purpose=asked.purpose,
        way=Way(networks=networks, channel_id=ChannelId(channel.id)),
        answers_at=answers_at,
        by_itself=asked.automatic,
    )


def _words(row: asyncpg.Record) -> list[ConsentWord]:
    return [word for words in msgspec.convert(row["words"] or [], type=list[list[ConsentWord]]) for word in words]


def _purposes(row: asyncpg.Record) -> Purposes:
    return BROUGHT if row["keys"] is None else Purposes(keys=row["keys"], granted=row["granted"])


def _sentence(reason: str) -> str:
    return reason[0].upper() + reason[1:]
