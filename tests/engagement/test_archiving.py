"""What identity read from another system's file is kept as history (W12): with its times and sides, and nobody has anything to do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.contracts.envelope import Event, Header
from services.contracts.events import HistoryEntry, HistoryImported, HistoryLabel, MemberChanged
from services.contracts.ids import ChannelId, ImportId, MemberId, ProfileId
from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Addressed, ConversationStatus, Direction, Kind, Role, Source
from services.kit.bus import Bus
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, ledger, messages, until

BEGAN = datetime(2023, 11, 14, 22, tzinfo=UTC)
KIM = Author(network="whatsapp", external_id="34600111222", name="Kim Lu")
SOL = Author(network="chatwoot", scope="chatwoot", external_id="agent:7", name="Sol")
MEMBER = MemberId(UUID("0197a000-0000-7000-8000-00000000000b"))
PICTURE = Attachment(kind="image", url="https://chat.example/lamp.png", size_bytes=1234)


@pytest.fixture
async def bus(shared_nats_url: str) -> AsyncIterator[Bus]:
    opened = Bus(shared_nats_url, name="test")
    await opened.open()
    await opened.ensure_stream("identity")
    yield opened
    await opened.close()


def said(number: int, text: str | None, *, person: Author = KIM, at: datetime | None = None, **parts: Any) -> HistoryEntry:
    given: dict[str, Any] = {"kind": Kind.DIRECT, "author": person, "thread": "chatwoot:11", **parts}
    member = given.pop("member", None)
    told = NeutralEvent(
        id=f"chatwoot:{number}",
        occurred_at=at or BEGAN + timedelta(minutes=number),
        venue=Venue(network=person.network, external_id="chatwoot/3", title="Shop"),
        text=text,
        source=Source.IMPORT,
        **given,
    )
    return HistoryEntry(event=told, member_id=member)


def by_us(number: int, text: str, *, person: Author = KIM, **parts: Any) -> HistoryEntry:
    return said(number, text, person=person, **{"author": SOL, "recipient": person, "direction": Direction.OUTBOUND, **parts})


def history(*entries: HistoryEntry, **parts: Any) -> HistoryImported:
    given: dict[str, Any] = {
        "import_id": ImportId(UUID(int=1)),
        "profile_id": ProfileId(UUID(int=2)),
        "archive": "chatwoot/3",
        "archive_name": "Shop (Chatwoot)",
        "status": ConversationStatus.CLOSED,
        **parts,
    }
    return HistoryImported(entries=entries, **given)


WHOLE = (
    said(1, "Where is my lamp?"),
    by_us(2, "Kim is a good customer", kind=Kind.NOTE, addressed=Addressed.OTHERS, member=MEMBER),
    by_us(3, "On its way", in_reply_to=Parent(external_id="chatwoot:1"), member=MEMBER),
    said(4, None, attachments=(PICTURE,)),
)


async def tell(bus: Bus, service: Service, *events: Event) -> None:
    for number, each in enumerate(events):
        header = Header(
            id=f"{each.type}-{uuid4()}",
            type=each.type,
            version=1,
            workspace=service.workspace,
            time=datetime.now(UTC),
            subject=each.aggregate(),
            sequence=number + 1,
        )
        await bus.publish(header, msgspec.json.encode(each))


async def kept(service: Service, *, count: int) -> list[dict[str, Any]]:
    """The newest conversations, once they have so many messages together."""

    async def look() -> list[dict[str, Any]] | None:
        found = await conversations(service)
        return found if sum(each["message_count"] for each in found) >= count else None

    found: list[dict[str, Any]] = await until(look, within_seconds=30)
    return found


async def test_w12_what_was_said_elsewhere_is_history_as_it_was(service: Service, bus: Bus) -> None:
    member = MemberChanged(member_id=MEMBER, name="Sol", role=Role.AGENT, email="sol@acme.example", version=1)
    labels = (HistoryLabel(name="Refund", colour="#1f93ff"),)

    await tell(bus, service, member, history(*WHOLE, labels=labels, title="A lamp"))

    (thread,) = await kept(service, count=4)
    assert (thread["status"], thread["title"], thread["owner_id"]) == ("closed", "A lamp", None)
    made = (await service.get("/v1/labels")).json()["items"]
    assert [(each["id"], each["name"], each["colour"]) for each in made] == [(*thread["label_ids"], "Refund", "#1f93ff")]
    assert datetime.fromisoformat(thread["last_activity_at"]) == BEGAN + timedelta(minutes=4)
    rows = (await messages(service, thread["id"]))[::-1]
    assert [(each["kind"], each["direction"], each["text"]) for each in rows] == [
        ("direct", "inbound", "Where is my lamp?"),
        ("note", "outbound", "Kim is a good customer"),
        ("direct", "outbound", "On its way"),
        ("direct", "inbound", None),
    ]
    assert [datetime.fromisoformat(each["occurred_at"]) for each in rows] == [BEGAN + timedelta(minutes=n) for n in (1, 2, 3, 4)]
    assert [each["member_id"] for each in rows] == [None, str(MEMBER), str(MEMBER), None]
    assert [each["author_name"] for each in rows] == ["Kim Lu", "Sol", "Sol", "Kim Lu"]
    assert {each["source"] for each in rows} == {"import"}
    assert [each["url"] for each in rows[3]["attachments"]] == [PICTURE.url]
    assert rows[3]["attachments"][0]["media_id"] is None


async def test_w12_history_gives_nobody_anything_to_do_and_again_changes_nothing(service: Service, bus: Bus) -> None:
    # Also what was said a moment ago: its answer is due where it came from.
    recent = said(5, "Hello?", at=datetime.now(UTC))
    whole = [history(*WHOLE), history(recent, status=ConversationStatus.OPEN)]
    await tell(bus, service, *whole)
    (before,) = await kept(service, count=5)

    await tell(bus, service, *whole, history(said(6, "Bye", thread="chatwoot:12")))

    after = await kept(service, count=6)
    assert before in after
    assert len(await messages(service, before["id"])) == 5
    told = await ledger(service)
    assert (told["owed"], told["exempt"]) == (0, 4)
    views = (await service.get("/v1/inbox")).json()["views"]
    assert {each["count"] for each in views} == {0}
    assert (await service.get("/v1/notifications")).json()["items"] == []


async def test_w12_an_archive_is_a_channel_of_its_own_that_sends_nothing(service: Service, bus: Bus) -> None:
    await tell(bus, service, history(*WHOLE), history(said(9, "Hi", thread="chatwoot:19"), archive="chatwoot/4", archive_name="Website"))
    threads = await kept(service, count=5)

    channels = (await service.get("/v1/channels")).json()
    assert sorted((each["name"], each["active"], each["disconnected_at"] is None) for each in channels) == [
        ("Shop (Chatwoot)", False, False),
        ("Website", False, False),
    ]
    assert len({each["channel_id"] for each in threads}) == 2
    first = next(each for each in threads if each["message_count"] == 4)
    answer = await service.post(f"/v1/conversations/{first['id']}/replies", {"text": "Hello"})
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_disconnected")


async def test_w12_history_of_a_mapped_inbox_joins_what_the_person_has_there(service: Service, bus: Bus) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (live,) = await conversations(service)
    person = Author(network="shop", external_id="person-1")
    old = [said(1, "Long ago", person=person, thread=None), by_us(2, "Answered", person=person, thread=None)]

    await tell(bus, service, history(*old, channel_id=ChannelId(UUID(live["channel_id"]))))

    (joined,) = await kept(service, count=3)
    assert (joined["id"], joined["status"]) == (live["id"], "open")
    assert [each["text"] for each in await messages(service, live["id"])][1:] == ["Answered", "Long ago"]
    assert (await ledger(service))["owed"] == 1
