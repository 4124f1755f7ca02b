"""Mails, chats and digests: one message per member and means, tried again, never in quiet hours, never what was read (E20)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from services.contracts.vocabulary import DigestEvery, NotificationKind
from services.engagement.notifications import preferences
from services.engagement.notifications.delivering import Deliverer, Ways
from services.engagement.notifications.hours import Hours, next_digest, next_loud
from services.engagement.notifications.kinds import Means
from services.engagement.notifications.mail import MailServer as OurServer
from services.engagement.statements import notifications as statements
from services.kit.crypto import Vault
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.net import Net
from tests.engagement.notifications.office import NOON, Office, failed, task
from tests.engagement.notifications.post import ChatRoom, MailServer, free_port
from tests.serving import served

VAULT = Vault(b"k" * 32)
LINK = "https://desk.example/c/{conversation_id}"


@asynccontextmanager
async def deliverer(office: Office, port: int, *, allow_private: bool = True) -> AsyncIterator[Deliverer]:
    net = Net(allow_private=allow_private)
    ours = OurServer(host="127.0.0.1", port=port, sender="Rapport <desk@acme.example>", security="none")
    ways = Ways(server=ours, net=net, vault=VAULT, link=LINK)
    try:
        yield Deliverer(office.database, worker=office.worker, ways=ways, clock=office.clock)
    finally:
        await net.close()


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.open():
        yield server


async def deliveries(office: Office) -> list[dict[str, Any]]:
    async with office.database.transaction(office.workspace) as connection:
        rows = await connection.fetch("SELECT * FROM notification_delivery ORDER BY means")
    return [dict(row) for row in rows]


def text_of(message: Any) -> str:
    found: str = message.get_body(("plain",)).get_content()
    return found


async def test_what_is_new_goes_out_as_one_mail_and_the_rest_five_minutes_later(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    first = task(ana)
    await office.hear(first, failed(ana, reason="blocked by <the> person"))
    async with deliverer(office, mails.port) as sender:
        await sender.sweep()
        await office.hear(task(ana))
        await sender.sweep()
        assert len(mails.messages) == 1
        office.clock.advance(timedelta(minutes=5))
        await sender.sweep()
        await sender.sweep()

    one, two = mails.messages
    assert mails.recipients == ["ana@acme.example", "ana@acme.example"]
    assert (one["From"], one["To"], one["Auto-Submitted"]) == ("Rapport <desk@acme.example>", "ana@acme.example", "auto-generated")
    assert one["Subject"].startswith("2 notifications")
    assert f"https://desk.example/c/{first.conversation_id}" in text_of(one)
    html = one.get_body(("html",)).get_content()
    assert "blocked by &lt;the&gt; person" in html
    assert two["Subject"] == "A task was assigned to you"
    assert one["Message-ID"] != two["Message-ID"]


async def test_a_thousand_events_are_one_mail(office: Office, mails: MailServer) -> None:
    ana, matter = await office.member("ana"), uuid4()
    async with deliverer(office, mails.port) as sender:
        await office.hear(*(task(ana, task_id=matter) for _ in range(500)))
        await sender.sweep()
        for _ in range(5):
            await office.hear(*(task(ana, task_id=matter) for _ in range(100)))
            office.clock.advance(timedelta(minutes=10))
            await sender.sweep()

    (mail,) = mails.messages
    assert mail["Subject"] == "A task was assigned to you (500 times)"
    assert await office.told(ana) == [("task_assigned", 1000)]


async def test_a_mail_server_that_is_away_is_asked_again_with_the_same_message(office: Office) -> None:
    ana = await office.member("ana")
    server = MailServer(port=free_port())
    await office.hear(task(ana))
    async with deliverer(office, server.port) as sender:
        await sender.sweep()
        (waiting,) = await deliveries(office)
        assert (waiting["attempt"], waiting["trouble"]) == (1, "the mail server does not answer")
        assert waiting["due_at"] == NOON + timedelta(seconds=30)
        async with server.open():
            await sender.sweep()
            assert server.messages == []
            server.refusal = "451 not now"
            office.clock.advance(timedelta(seconds=30))
            await sender.sweep()
            (waiting,) = await deliveries(office)
            assert (waiting["attempt"], waiting["due_at"]) == (2, office.clock.now() + timedelta(minutes=1))
            server.refusal = None
            office.clock.advance(timedelta(minutes=1))
            await sender.sweep()

    (mail,) = server.messages
    assert str(waiting["batch_id"]) in mail["Message-ID"]
    (done,) = await deliveries(office)
    assert (done["due_at"], done["trouble"], done["lease_id"]) == (None, "", None)


async def test_what_a_server_refuses_for_ever_is_given_up_and_said(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    mails.refusal = "550 no such person"
    await office.hear(task(ana))
    async with deliverer(office, mails.port) as sender:
        await sender.sweep()
        office.clock.advance(timedelta(hours=1))
        await sender.sweep()
    (done,) = await deliveries(office)
    assert (done["due_at"], done["trouble"]) == (None, "the mail server refused it (550)")
    async with office.database.transaction(office.workspace) as connection:
        shown = await preferences.get_settings(connection, office.workspace, ana, email_possible=True)
    assert shown.trouble == "email: the mail server refused it (550)"


async def test_one_process_at_a_time_sends_a_message(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    await office.hear(task(ana))
    async with deliverer(office, mails.port) as one, deliverer(office, mails.port) as two:
        claimed = await one._claim(office.workspace)
        assert len(claimed) == 1
        await two.sweep()
        assert mails.messages == []
        # The first died: when its lease is over, another sends, under the same name.
        office.clock.advance(timedelta(minutes=3))
        await two.sweep()
        await one._attempt(claimed[0])
    assert {mail["Message-ID"] for mail in mails.messages} == {mails.messages[0]["Message-ID"]}
    (done,) = await deliveries(office)
    assert done["due_at"] is None


async def test_what_was_read_is_not_sent(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    await office.hear(task(ana))
    async with office.database.transaction(office.workspace) as connection:
        await statements.mark_all_read(connection, office.workspace, ana, until=NOON, now=NOON)
    async with deliverer(office, mails.port) as sender:
        await sender.sweep()
    assert mails.messages == []
    assert (await deliveries(office))[0]["due_at"] is None


async def set_hours(office: Office, member: Any, hours: Hours, *, version: int = 0) -> None:
    async with office.database.transaction(office.workspace) as connection:
        await preferences.change_hours(connection, office.workspace, member, hours, version=version)


async def test_nothing_goes_out_in_quiet_hours(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    # Noon in UTC is two in the afternoon in Madrid.
    await set_hours(office, ana, Hours(time_zone="Europe/Madrid", quiet_from=13 * 60, quiet_until=15 * 60))
    await office.hear(task(ana))
    async with deliverer(office, mails.port) as sender:
        await sender.sweep()
        assert mails.messages == []
        office.clock.advance(timedelta(minutes=59))
        await sender.sweep()
        assert mails.messages == []
        office.clock.advance(timedelta(minutes=1))
        await sender.sweep()
    assert len(mails.messages) == 1


async def test_e20_a_digest_is_one_mail_a_day_for_what_is_unread(office: Office, mails: MailServer) -> None:
    ana = await office.member("ana")
    await office.choose(ana, NotificationKind.TASK_ASSIGNED, Means(app=True, digest=True))
    await set_hours(office, ana, Hours(time_zone="Europe/Madrid", digest=DigestEvery.DAY, digest_at=16 * 60))
    seen = task(ana)
    await office.hear(seen, task(ana), task(ana))
    row = next(row for row in await office.rows(ana) if row["matter"] == seen.task_id)
    async with office.database.transaction(office.workspace) as connection:
        await statements.mark_read(connection, office.workspace, ana, [row["id"]], now=NOON)
    async with deliverer(office, mails.port) as sender:
        office.clock.advance(timedelta(hours=1, minutes=59))
        await sender.sweep()
        assert mails.messages == []
        office.clock.advance(timedelta(minutes=1))
        await sender.sweep()
        await office.hear(task(ana))
        office.clock.advance(timedelta(hours=23))
        await sender.sweep()
        assert [mail["Subject"] for mail in mails.messages] == ["Your digest: 2 unread"]
        office.clock.advance(timedelta(hours=1))
        await sender.sweep()
    assert [mail["Subject"] for mail in mails.messages] == ["Your digest: 2 unread", "Your digest: 1 unread"]
    assert [row["read_at"] for row in await office.rows(ana) if row["matter"] != seen.task_id] == [None] * 3


@pytest.mark.parametrize("answer", [200, 500, 410])
async def test_e20_a_chat_is_told_signed_and_as_slack_takes_it(office: Office, mails: MailServer, answer: int) -> None:
    ana, room = await office.member("ana"), ChatRoom(status=answer)
    await office.choose(ana, NotificationKind.TASK_ASSIGNED, Means(chat=True))
    async with served(room) as url, deliverer(office, mails.port) as sender:
        secret = await chat_of(office, ana, url)
        office.clock.advance(datetime.now(UTC) - office.clock.now())
        await office.hear(task(ana))
        await sender.sweep()

    ((headers, body),) = room.posts
    assert Webhook(secret).verify(body, headers)["text"].startswith("- A task was assigned to you [")
    (row,) = await office.rows(ana)
    (waiting,) = await deliveries(office)
    assert mails.messages == []
    if answer == 500:
        assert (waiting["attempt"], waiting["trouble"], row["by_chat"]) == (1, "the chat answered with 500", True)
    else:
        # What is told by chat alone is thereby read: the next time is told anew.
        assert (waiting["due_at"], row["by_chat"], row["read_at"]) == (None, False, office.clock.now())
        assert waiting["trouble"] == ("" if answer == 200 else "the chat answered with 410")


async def chat_of(office: Office, member: Any, url: str) -> str:
    async with office.database.transaction(office.workspace) as connection:
        return await preferences.set_chat(connection, office.workspace, member, url, vault=VAULT)


async def test_no_inside_address_is_told(office: Office, mails: MailServer) -> None:
    ana, room = await office.member("ana"), ChatRoom()
    async with served(room) as url, deliverer(office, mails.port, allow_private=False) as sender:
        await chat_of(office, ana, url)
        await office.choose(ana, NotificationKind.TASK_ASSIGNED, Means(chat=True))
        await office.hear(task(ana))
        await sender.sweep()
    assert room.posts == []
    assert (await deliveries(office))[0]["trouble"] == "the address is not one that may be called"


async def test_the_room_is_told_once_however_many_members_are_concerned(office: Office, mails: MailServer) -> None:
    for name in ("ana", "bo", "cy"):
        await office.member(name)
    room = ChatRoom()
    async with served(room) as url, deliverer(office, mails.port) as sender:
        await chat_of(office, office.workspace, url)
        await office.choose(office.workspace, NotificationKind.REPLY_FAILED, Means(chat=True))
        ana = (await office.member("dee"), await office.member("eva"))
        await office.hear(failed(ana[0]))
        await sender.sweep()
    assert len(room.posts) == 1
    assert b"A reply could not be sent: blocked" in room.posts[0][1]


@pytest.mark.parametrize(
    ("hours", "now", "digest", "loud"),
    [
        (Hours(), "2026-05-04T12:00:30", "2026-05-05T08:00:00", "2026-05-04T12:00:30"),
        (Hours(digest=DigestEvery.HOUR), "2026-05-04T12:00:30", "2026-05-04T13:00:00", "2026-05-04T12:00:30"),
        (Hours(quiet_from=1320, quiet_until=420), "2026-05-04T23:00:00", "2026-05-05T08:00:00", "2026-05-05T07:00:00"),
        (Hours(quiet_from=1320, quiet_until=420), "2026-05-04T06:59:59", "2026-05-04T08:00:00", "2026-05-04T07:00:00"),
        (Hours(quiet_from=1320, quiet_until=420), "2026-05-04T07:00:00", "2026-05-04T08:00:00", "2026-05-04T07:00:00"),
        (
            Hours(digest=DigestEvery.HOUR, quiet_from=720, quiet_until=840),
            "2026-05-04T11:30:00",
            "2026-05-04T14:00:00",
            "2026-05-04T11:30:00",
        ),
        # Madrid has no half past two in the night of 29 March 2026, and two of them in that of 25 October.
        (Hours(time_zone="Europe/Madrid", digest_at=150), "2026-03-28T23:30:00", "2026-03-29T01:30:00", "2026-03-28T23:30:00"),
        (Hours(time_zone="Europe/Madrid", digest_at=150), "2026-10-24T22:30:00", "2026-10-25T00:30:00", "2026-10-24T22:30:00"),
        (Hours(time_zone="Europe/Madrid", digest_at=150), "2026-10-25T00:40:00", "2026-10-26T01:30:00", "2026-10-25T00:40:00"),
    ],
)
def test_hours_are_those_of_the_member(hours: Hours, now: str, digest: str, loud: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert next_digest(hours, now=at) == datetime.fromisoformat(digest).replace(tzinfo=UTC)
    assert next_loud(hours, now=at) == datetime.fromisoformat(loud).replace(tzinfo=UTC)


async def test_an_outage_is_told_as_what_it_is_and_ends_no_work(office: Office) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", name="test", acquire_timeout_seconds=1)
    await away.open()
    ways = Ways(server=None, net=Net(allow_private=True), vault=VAULT, link=LINK)
    with pytest.raises(DatabaseUnavailableError):
        await Deliverer(away, worker=office.worker, ways=ways, clock=office.clock).deliver(office.workspace)
    await away.close()
    await ways.net.close()
