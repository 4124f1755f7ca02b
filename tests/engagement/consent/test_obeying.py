"""Consent as it is obeyed before every send: when a reply is written, and once more when it goes out (W9)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.contracts.consent import CONTACT, MARKETING, RESEARCH, SERVICE, ConsentWord
from services.contracts.envelope import Header
from services.contracts.events import ConsentChanged, HeldKind, ProfileKindsChanged, PurposesChanged
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.preference_links import PATH
from services.contracts.vocabulary import ConsentState, StakeholderKind
from services.engagement.consent.keeping import keep_purposes, keep_words
from services.engagement.settings import EngagementSettings
from services.engagement.statements import consent as statements
from services.engagement.statements import history
from services.engagement.subscribers import Projections
from services.kit.bus import Received
from services.kit.clock import SystemClock
from services.kit.db import Database
from tests.databases import Databases
from tests.engagement.conftest import Service, running
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, messages, until

INES = {"network": "shop", "external_id": "person-1", "name": "Ines Ferrer"}


@pytest.fixture(scope="module")
async def house(
    databases: Databases, shared_nats_url: str, secret_key: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Service, Database]]:
    """One service for this module, and its database as it sees it."""
    name = await databases.take()
    folder: Path = tmp_path_factory.mktemp("media")
    settings = EngagementSettings(
        database_url=databases.url(name), nats_url=shared_nats_url, secret_key=secret_key, allow_private_addresses=True, media_folder=folder
    )
    database = Database(settings.role_url("engagement", role="app"), name="test-app", size=2)
    async with running(settings) as service:
        await database.open()
        yield service, database
        await database.close()
    await databases.give_back(name)


@dataclass
class Desk:
    """A workspace with a channel of the inlet, and one person who may write there."""

    service: Service
    database: Database
    partner: Partner
    version: int = 0
    heard: int = 0
    words: list[ConsentWord] = field(default_factory=list)
    kinds: list[HeldKind] = field(default_factory=list)

    async def hear(self, text: str = "Hello") -> dict[str, Any]:
        """The person writes now; gives the thread."""
        self.heard += 1
        said = event(self.heard, text, occurred_at=datetime.now(UTC).isoformat())
        assert (await self.partner.deliver(said)).status_code == 200
        await journal_settled(self.service, count=self.heard)
        return (await conversations(self.service))[0]

    async def profile(self) -> ProfileId:
        """The person's account."""
        (thread,) = await conversations(self.service)
        return ProfileId(UUID(thread["profile_id"]))

    async def say(self, purpose: str, state: ConsentState, *, profile: ProfileId, at: datetime | None = None) -> None:
        """Identity tells of one more word of the person."""
        self.version += 1
        self.words.append(ConsentWord(purpose=purpose, state=state, at=at or datetime.now(UTC)))
        changed = ConsentChanged(profile_id=profile, version=self.version, words=tuple(self.words))
        async with self.database.transaction(self.service.workspace) as connection:
            await keep_words(connection, self.service.workspace, [changed])

    async def keep_kind(self, kind: StakeholderKind, *, profile: ProfileId, network: str = "", until: datetime | None = None) -> None:
        """Identity tells what the person is to the company, beside what it told before."""
        self.kinds.append(HeldKind(kind=kind, network=network, until=until))
        told = ProfileKindsChanged(profile_id=profile, kinds=tuple(self.kinds), version=len(self.kinds), contact_id=ContactId(uuid4()))
        projections = Projections(self.database, clock=SystemClock(), published=lambda: None)
        await projections.keep_kinds(self.service.workspace, [received(told, self.service.workspace)])

    async def begin(self, **body: object) -> httpx.Response:
        """A member writes first."""
        return await self.service.post(
            "/v1/conversations", {"channel_id": self.partner.channel_id, "recipient": INES, "text": "News", **body}
        )

    async def reply(self, thread: dict[str, Any], **body: object) -> httpx.Response:
        """A member posts a reply."""
        return await self.service.post(f"/v1/conversations/{thread['id']}/replies", {"text": "Hello", **body})

    async def ended(self, reply: str) -> str:
        """Why the reply failed: there is no address to which it could go."""

        async def there() -> str | None:
            found = (await self.service.get(f"/v1/replies/{reply}")).json()
            return str(found["reason"]) if found["state"] == "failed" else None

        return str(await until(there, within_seconds=30))


@pytest.fixture
async def desk(house: tuple[Service, Database]) -> Desk:
    service = replace(house[0], workspace=WorkspaceId(uuid4()))
    return Desk(service, house[1], await Partner.connected(service))


async def test_w9_marketing_is_begun_with_who_agreed_and_nobody_else(desk: Desk) -> None:
    refused = await desk.begin(purpose=MARKETING)

    assert (refused.status_code, refused.json()["code"], refused.json()["because"]) == (422, "consent_refused", "not_granted")
    assert "recording their consent, with its proof" in refused.json()["allowed"]
    assert await conversations(desk.service) == []
    begun = await desk.begin()
    assert begun.status_code == 201, begun.text
    thread, profile = {"id": begun.json()["conversation_id"]}, await desk.profile()
    assert (await desk.reply(thread, purpose=MARKETING)).json()["because"] == "not_granted"
    await desk.say(MARKETING, ConsentState.GRANTED, profile=profile)
    agreed = await desk.reply(thread, purpose=MARKETING)
    assert (agreed.status_code, agreed.json()["reply"]["purpose"]) == (201, MARKETING)
    await desk.say(MARKETING, ConsentState.WITHDRAWN, profile=profile)
    assert (await desk.reply(thread, purpose=MARKETING)).json()["because"] == "refused"
    assert (await desk.reply(thread)).status_code == 201
    unknown = await desk.reply(thread, purpose="hunting")
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["known"]) == (
        422,
        "purpose_unknown",
        [MARKETING, RESEARCH, SERVICE],
    )


async def test_w9_who_is_not_to_be_contacted_is_answered_when_they_write_anew(desk: Desk) -> None:
    thread = await desk.hear()
    await desk.say(CONTACT, ConsentState.DENIED, profile=await desk.profile())

    refused = await desk.reply(thread)
    assert (refused.status_code, refused.json()["because"]) == (422, "do_not_contact")
    assert len(await messages(desk.service, thread["id"])) == 1
    await desk.hear("But where is my lamp?")
    assert (await desk.reply(thread)).status_code == 201
    # Nothing else, not even in the same breath.
    assert (await desk.reply(thread, purpose=RESEARCH)).json()["because"] == "do_not_contact"


async def test_w9_a_reply_that_waits_is_asked_for_once_more_when_it_goes_out(desk: Desk) -> None:
    thread = await desk.hear()
    profile = await desk.profile()
    queued = (await desk.reply(thread, delay_seconds=2)).json()["reply"]["id"]
    await desk.say(CONTACT, ConsentState.DENIED, profile=profile)

    reason = await desk.ended(queued)

    assert reason == f"the person is not to be contacted since {datetime.now(UTC).date().isoformat()}"
    await desk.hear("Please do answer.")
    answered = await desk.reply(thread)
    assert "reply_url" in await desk.ended(answered.json()["reply"]["id"])


async def test_w9_a_word_on_another_account_of_the_person_counts(desk: Desk) -> None:
    begun = await desk.begin()
    mine, other = await desk.profile(), ProfileId(uuid4())
    contact = uuid4()
    await desk.say(SERVICE, ConsentState.DENIED, profile=other)
    assert (await desk.reply({"id": begun.json()["conversation_id"]})).status_code == 201
    async with desk.database.transaction(desk.service.workspace) as connection:
        rows = [(profile, contact, 1) for profile in (mine, other)]
        await history.assign_profiles(connection, desk.service.workspace, rows)

    refused = await desk.reply({"id": begun.json()["conversation_id"]})

    assert (refused.status_code, refused.json()["because"]) == (422, "refused")


async def test_w9_purposes_are_the_workspace_s_own(desk: Desk) -> None:
    workspace = desk.service.workspace
    events = [
        PurposesChanged(workspace_id=workspace, version=2, keys=("service", "events"), granted=("events",)),
        PurposesChanged(workspace_id=workspace, version=1, keys=("service",)),
    ]
    for told in events:
        async with desk.database.transaction(workspace) as connection:
            await keep_purposes(connection, workspace, [told])
    assert (await desk.begin(purpose="events")).json()["because"] == "not_granted"
    assert (await desk.begin(purpose=MARKETING)).json()["code"] == "purpose_unknown"


async def test_w9_a_notice_goes_to_nobody_who_is_not_to_be_contacted(desk: Desk) -> None:
    await desk.hear()
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    closed = {"time_zone": "UTC", "week": {}, "notice": "We are closed."}
    assert (await desk.service.http.put(path, json=closed, headers=desk.service.headers())).status_code == 200
    await desk.say(CONTACT, ConsentState.DENIED, profile=await desk.profile(), at=datetime(2026, 1, 1, tzinfo=UTC))

    thread = await desk.hear("Anybody there?")

    assert [each["direction"] for each in await messages(desk.service, thread["id"])] == ["inbound", "inbound"]
    await desk.say(CONTACT, ConsentState.UNKNOWN, profile=await desk.profile())
    await desk.hear("And now?")
    assert [each["text"] for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound"] == []


@pytest.mark.parametrize("network", ["", "shop"])
async def test_w7_a_competitor_is_never_answered_automatically(desk: Desk, network: str) -> None:
    await desk.hear()
    profile = await desk.profile()
    await desk.keep_kind(StakeholderKind.COMPETITOR, profile=profile, network=network)
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    closed = {"time_zone": "UTC", "week": {}, "notice": "We are closed."}
    assert (await desk.service.http.put(path, json=closed, headers=desk.service.headers())).status_code == 200

    thread = await desk.hear("Anybody there?")

    assert [each["direction"] for each in await messages(desk.service, thread["id"])] == ["inbound", "inbound"]
    # What a program of ours says waits for a person's leave; what a member says goes out.
    by_key = await desk.service.http.post(
        f"/v1/conversations/{thread['id']}/replies", json={"text": "Our prices"}, headers=desk.service.headers(by_key=True)
    )
    by_member = await desk.reply(thread)
    assert (by_key.json()["reply"]["state"], by_member.json()["reply"]["state"]) == ("proposed", "queued")


async def test_w7_who_was_a_competitor_or_is_one_elsewhere_is_told_that_we_are_closed(desk: Desk) -> None:
    await desk.hear()
    profile, at = await desk.profile(), datetime(2026, 1, 1, tzinfo=UTC)
    await desk.keep_kind(StakeholderKind.COMPETITOR, profile=profile, network="telegram")
    await desk.keep_kind(StakeholderKind.COMPETITOR, profile=profile, until=at)
    await desk.keep_kind(StakeholderKind.PRESS, profile=profile)
    path = f"/v1/channels/{desk.partner.channel_id}/hours"
    closed = {"time_zone": "UTC", "week": {}, "notice": "We are closed."}
    assert (await desk.service.http.put(path, json=closed, headers=desk.service.headers())).status_code == 200

    thread = await desk.hear("Anybody there?")

    assert [each["text"] for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound"] == ["We are closed."]


def received(told: ConsentChanged | ProfileKindsChanged, workspace: WorkspaceId) -> Received:
    header = Header(
        id=f"identity-{told.version}", type=told.type, version=1, workspace=workspace, time=datetime.now(UTC), subject="", sequence=1
    )
    return Received(header, told)


async def test_w9_the_newest_words_stay_in_whatever_order_and_however_often_they_are_told(desk: Desk) -> None:
    projections = Projections(desk.database, clock=SystemClock(), published=lambda: None)
    profile, at = ProfileId(uuid4()), datetime(2026, 1, 1, tzinfo=UTC)
    words = [ConsentWord(purpose=MARKETING, state=state, at=at + timedelta(days=1)) for state in list(ConsentState)[:3]]
    told = [ConsentChanged(profile_id=profile, version=number, words=(each,)) for number, each in enumerate(words, start=1)]
    for order in permutations([*told, told[0]]):
        workspace = WorkspaceId(uuid4())
        for each in order:
            await projections.keep_consent(workspace, [received(each, workspace)])
        async with desk.database.transaction(workspace) as connection:
            (row,) = await statements.words_of_people(connection, workspace, [profile])
        ((kept,),) = row["words"]
        assert kept["state"] == words[-1].state


async def test_w9_a_snapshot_fills_what_no_event_tells_any_more(house: tuple[Service, Database]) -> None:
    service = replace(house[0], workspace=WorkspaceId(uuid4()))
    profile = ProfileId(uuid4())
    word = ConsentWord(purpose=CONTACT, state=ConsentState.DENIED, at=datetime(2026, 1, 1, tzinfo=UTC))
    service.issuer.words = [ConsentChanged(profile_id=profile, version=3, words=(word,))]
    await service.connect("inlet", config={})

    async def filled() -> bool:
        async with house[1].transaction(service.workspace) as connection:
            (row,) = await statements.words_of_people(connection, service.workspace, [profile])
        return row["words"] is not None

    await until(filled, within_seconds=30)


async def test_w9_a_canned_reply_gives_the_person_s_own_link_in_private(desk: Desk) -> None:
    canned = {"shortcut": "choose", "language": "en", "title": "Choose", "text": "Choose: {{contact.preference_link}}"}
    assert (await desk.service.post("/v1/canned-replies", canned)).status_code == 201
    thread = await desk.hear()

    filled = (await desk.service.post(f"/v1/conversations/{thread['id']}/canned-replies/render", {"shortcut": "choose"})).json()

    assert (filled["text"].startswith("Choose: http"), PATH in filled["text"], filled["unfilled"]) == (True, True, [])
    headers = desk.service.headers(role="partner")
    path = f"/v1/conversations/{thread['id']}/canned-replies/render"
    readers = (await desk.service.http.post(path, json={"shortcut": "choose"}, headers=headers)).json()
    assert readers["unfilled"] == ["contact.preference_link"]
