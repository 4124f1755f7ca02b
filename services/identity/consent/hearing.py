"""What people say by a keyword: a direct message that is nothing but STOP or START. Called by the subscriber, in its transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.contracts.consent import MARKETING
from services.contracts.events import ConsentChanged, InteractionCompleted, InteractionReceived
from services.contracts.ids import WorkspaceId
from services.contracts.views.consent import ConsentSettingsView
from services.contracts.vocabulary import ConsentSource, ConsentState, Direction, Kind
from services.identity.consent.keywords import is_among, is_command, may_be_keyword
from services.identity.consent.settings import get_settings
from services.identity.consent.words import Said, record_words
from services.kit.db import Connection

Heard = InteractionReceived | InteractionCompleted


def candidates(told: Iterable[object]) -> list[Heard]:
    """The short direct messages of people among events, machines' aside."""
    return [
        each
        for each in told
        if isinstance(each, InteractionReceived | InteractionCompleted)
        and each.event.kind is Kind.DIRECT
        and each.event.direction is Direction.INBOUND
        and not each.event.public
        and each.event.automatic is None
        and not each.event.attachments
        and may_be_keyword(each.event.text)
    ]


async def hear(connection: Connection, workspace: WorkspaceId, heard: Sequence[Heard], *, now: datetime) -> list[ConsentChanged]:
    """Record what they say by keyword: on the network on which they wrote, at the time at which they wrote it."""
    settings = await get_settings(connection, workspace)
    return await record_words(connection, workspace, [said for each in heard for said in said_by(each, settings)], now=now)


def said_by(heard: Heard, settings: ConsentSettingsView) -> list[Said]:
    """The words of one message: no to all that needs a yes, and to marketing; or yes to marketing."""
    text = heard.event.text or ""
    if is_among(text, settings.opt_out):
        purposes = sorted({MARKETING} | {each.key for each in settings.purposes if each.needs_grant})
        return [_said(heard, purpose, ConsentState.WITHDRAWN) for purpose in purposes]
    if is_among(text, settings.opt_in) and not is_command(text):
        return [_said(heard, MARKETING, ConsentState.GRANTED)]
    return []


def _said(heard: Heard, purpose: str, state: ConsentState) -> Said:
    """A platform's clock may run ahead; nobody speaks after we have heard it."""
    return Said(
        profile=heard.profile_id,
        purpose=purpose,
        state=state,
        at=min(heard.event.occurred_at, heard.received_at),
        source=ConsentSource.KEYWORD,
        network=heard.event.author.network.strip().lower(),
        how="wrote a keyword",
        wording=(heard.event.text or "").strip(),
        interaction=heard.interaction_id,
    )
