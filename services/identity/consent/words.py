"""Recording what people said about being written to: an append-only history, the newest word of each kind, one event per profile.

Called by REST, by what hears keywords and by the preference page, in their transaction; never commits. Words may come in any order and
twice: what was said last counts, and at one instant the stricter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.consent import EVERY_NETWORK, STRICTNESS, ConsentWord
from services.contracts.events import ConsentChanged
from services.contracts.ids import ChannelId, InteractionId, MemberId, ProfileId, WorkspaceId
from services.contracts.vocabulary import ConsentSource, ConsentState
from services.identity.consent.errors import TooManyWordsError
from services.identity.statements import consent as statements
from services.kit import outbox
from services.kit.db import Connection
from services.kit.ids import new_id

EVERY_CHANNEL = ChannelId(UUID(int=0))
WORDS_LIMIT = 200
REFUSALS = frozenset({ConsentState.DENIED, ConsentState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One word of a person, and its proof: how it was said, in answer to which wording, in which interaction, who wrote it down."""

    profile: ProfileId
    purpose: str
    state: ConsentState
    at: datetime
    source: ConsentSource
    network: str = EVERY_NETWORK
    channel: ChannelId | None = None
    how: str = ""
    wording: str = ""
    interaction: InteractionId | None = None
    member: MemberId | None = None


async def record_words(connection: Connection, workspace: WorkspaceId, said: Sequence[Said], *, now: datetime) -> list[ConsentChanged]:
    """Write what is new and append one ConsentChanged per profile. A second run changes nothing.

    Gives the events. Raises TooManyWordsError.
    """
    if not said:
        return []
    named = {new_id(): each for each in said}
    rows = [_row(record, each, now=now) for record, each in named.items()]
    fresh = {record: named[record] for record in await statements.inserted_records(connection, workspace, rows)}
    if not fresh:
        return []
    profiles = sorted({each.profile for each in fresh.values()})
    versions = await statements.next_versions(connection, workspace, profiles)
    await statements.keep_newest(connection, workspace, _newest(fresh))
    await statements.touch_contacts(connection, workspace, profiles)
    told = await statements.words_of_profiles(connection, workspace, profiles)
    events = [_event(profile, versions[profile], told) for profile in profiles]
    # Whoever says no is heard, however much was said before.
    asking_more = {each.profile for each in fresh.values() if each.state not in REFUSALS}
    if any(len(event.words) > WORDS_LIMIT and event.profile_id in asking_more for event in events):
        raise TooManyWordsError
    await outbox.append(connection, workspace, events, now=now)
    return events


def word_of(purpose: str, network: str, channel: UUID, state: str, at: datetime) -> ConsentWord:
    """A stored word as the other services know it."""
    return ConsentWord(
        purpose=purpose,
        state=ConsentState(state),
        at=at,
        network=network,
        channel_id=None if channel == EVERY_CHANNEL else ChannelId(channel),
    )


def _row(record: UUID, said: Said, *, now: datetime) -> dict[str, object]:
    return {
        "id": record,
        "profile_id": said.profile,
        "purpose": said.purpose,
        "network": said.network,
        "channel_id": said.channel or EVERY_CHANNEL,
        "state": said.state.value,
        "at": said.at,
        "recorded_at": now,
        "source": said.source.value,
        "how": said.how,
        "wording": said.wording,
        "interaction_id": said.interaction,
        "member_id": said.member,
    }


def _newest(fresh: Mapping[UUID, Said]) -> list[tuple[object, ...]]:
    """Of several words of one kind the one that counts."""
    ordered = sorted(fresh.items(), key=lambda each: (each[1].at, STRICTNESS[each[1].state]))
    found = {(said.profile, said.purpose, said.network, said.channel or EVERY_CHANNEL): (record, said) for record, said in ordered}
    return [(*kind, record, said.at, STRICTNESS[said.state]) for kind, (record, said) in found.items()]


def _event(profile: ProfileId, version: int, told: Sequence[asyncpg.Record]) -> ConsentChanged:
    words = tuple(
        word_of(row["purpose"], row["network"], row["channel_id"], row["state"], row["at"]) for row in told if row["profile_id"] == profile
    )
    return ConsentChanged(profile_id=profile, version=version, words=words)
