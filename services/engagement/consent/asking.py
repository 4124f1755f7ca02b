"""Whether something may be sent, by what people said. Called before a reply is written, and by the sender before it goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.consent import SERVICE, ConsentWord, Way
from services.contracts.ids import ChannelId, WorkspaceId
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
    refusal = find_refusal(_words(rows[0]), _sending(asked, channel), purposes=purposes)
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
    found = {
        each.id: find_refusal(_words(said[each.profile]), _sending(each, channel), purposes=_purposes(said[each.profile]))
        for channel, each in asked
    }
    return {each: refusal for each, refusal in found.items() if refusal is not None}


def _sending(asked: Asked, channel: ConnectedChannel) -> Sending:
    outbound = asked.outbound
    networks = {channel.platform} | ({outbound.recipient.network.lower()} if outbound.recipient else set())
    answers_at = outbound.answering.occurred_at if outbound.answering is not None and not asked.automatic else None
    return Sending(purpose=asked.purpose, way=Way(networks=networks, channel_id=ChannelId(channel.id)), answers_at=answers_at)


def _words(row: asyncpg.Record) -> list[ConsentWord]:
    return [word for words in msgspec.convert(row["words"] or [], type=list[list[ConsentWord]]) for word in words]


def _purposes(row: asyncpg.Record) -> Purposes:
    return BROUGHT if row["keys"] is None else Purposes(keys=row["keys"], granted=row["granted"])


def _sentence(reason: str) -> str:
    return reason[0].upper() + reason[1:]
