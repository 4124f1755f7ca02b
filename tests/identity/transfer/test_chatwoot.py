"""A Chatwoot's file comes in (W12): people with their inboxes and labels here, what was said as events; again changes nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from services.contracts.events import HistoryImported
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ConversationStatus, Direction, ImportKind, Kind, Source
from services.identity.admin_transfers import Wish, transfers
from services.identity.settings import IdentitySettings
from services.identity.transfer.chatwoot.accounts import Inbox, account_of
from services.identity.transfer.errors import ImportRefusedError
from tests import chatwoot
from tests.databases import Databases
from tests.identity.service import Service
from tests.identity.transfer.importing import ended, imported, people, report, upload

_CHATWOOT = "kind=chatwoot"


@pytest.fixture
async def owner(shared_service: tuple[Service, str], databases: Databases) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(databases.url(shared_service[1]), timeout=10)
    yield connection
    await connection.close()


async def _said(owner: asyncpg.Connection, workspace: str) -> list[HistoryImported]:
    query = "SELECT data FROM identity.outbox WHERE type = 'identity.history.imported' AND workspace_id = $1 ORDER BY id"
    return [msgspec.json.decode(row["data"], type=HistoryImported) for row in await owner.fetch(query, workspace)]


async def _workspace(service: Service, token: str) -> str:
    return str((await service.ask("GET", "/v1/me", token=token)).body["workspace"]["id"])


async def test_w12_a_chatwoot_file_brings_people_with_their_inboxes_and_what_was_said(service: Service, owner: asyncpg.Connection) -> None:
    token = await service.begin("acme")
    workspace = await _workspace(service, token)

    told = await imported(service, token, chatwoot.lines(), query=_CHATWOOT)

    assert (told["state"], told["kind"], told["rows_done"], told["rows_refused"]) == ("done", "chatwoot", len(chatwoot.WHOLE), 0)
    found = await people(service, token)
    accounts = sorted(sorted((each["network"], each["scope"], each["external_id"]) for each in group) for group in found.values())
    assert accounts == [
        [("chatwoot", "", "5"), ("webchat", "chatwoot/4", "7e1a-widget"), ("whatsapp", "", "34600111222")],
        [("chatwoot", "", "6")],
    ]
    (kim,) = (id_ for id_, group in found.items() if len(group) == 3)
    kept = (await service.ask("GET", f"/v1/contacts/{kim}/attributes", token=token)).body["items"]
    assert {each["key"]: each["value"] for each in kept} == {
        "location": "Leeds",
        "tier": "gold",
        "company_name": "Lu Ltd",
        "identifier": "crm-5",
    }
    labels = (await service.ask("GET", f"/v1/contacts/{kim}/labels", token=token)).body["items"]
    assert [(each["name"], each["colour"]) for each in labels] == [("vip", "#1f93ff")]
    events = {each.title or each.entries[0].event.text: each for each in await _said(owner, workspace)}
    assert {name: (each.archive, each.archive_name, each.status) for name, each in events.items()} == {
        "Where is my lamp?": ("chatwoot/3", "Shop (Chatwoot)", ConversationStatus.CLOSED),
        "A lamp": ("chatwoot/4", "Website (Chatwoot)", ConversationStatus.OPEN),
        "Hello": ("chatwoot/4", "Website (Chatwoot)", ConversationStatus.CLOSED),
    }
    _check_first(events["Where is my lamp?"])
    assert await owner.fetchval("SELECT count(*) FROM identity.import_reference WHERE workspace_id = $1", workspace) == 0


def _check_first(event: HistoryImported) -> None:
    """Kim's conversation: the question, a note, the answer, a picture; what Chatwoot noted by itself is not there."""
    said = [each.event for each in event.entries]
    assert [(each.kind, each.direction, each.text) for each in said] == [
        (Kind.DIRECT, Direction.INBOUND, "Where is my lamp?"),
        (Kind.NOTE, Direction.OUTBOUND, "Kim is a good customer"),
        (Kind.DIRECT, Direction.OUTBOUND, "On its way"),
        (Kind.DIRECT, Direction.INBOUND, None),
    ]
    assert {each.source for each in said} == {Source.IMPORT}
    assert said[0].occurred_at == datetime.fromtimestamp(chatwoot.BEGAN + 60, UTC)
    assert (said[0].author.network, said[0].author.external_id, said[2].author.name) == ("whatsapp", "34600111222", "Sol")
    assert said[2].recipient is not None
    assert said[2].recipient.external_id == "34600111222"
    assert said[2].in_reply_to is not None
    assert said[2].in_reply_to.external_id == said[0].id == "chatwoot:1"
    assert [(each.kind, each.url, each.size_bytes) for each in said[3].attachments] == [("image", "https://chat.example/lamp.png", 1234)]
    assert [each.member_id is not None for each in event.entries] == [False, True, True, False]
    assert [(each.name, each.colour) for each in event.labels] == [("refund", "#808080")]


async def test_w12_the_same_chatwoot_file_again_changes_nobody_and_says_the_same(service: Service, owner: asyncpg.Connection) -> None:
    token = await service.begin("acme")
    workspace = await _workspace(service, token)
    await imported(service, token, chatwoot.lines(), query=_CHATWOOT)
    before, said = await people(service, token), await _said(owner, workspace)
    versions = "SELECT id, version FROM identity.contact WHERE workspace_id = $1 ORDER BY id"
    told = await owner.fetch(versions, workspace)

    await imported(service, token, chatwoot.lines(), query=_CHATWOOT)

    assert await people(service, token) == before
    assert await owner.fetch(versions, workspace) == told
    again = (await _said(owner, workspace))[len(said) :]
    assert [_without_import(each) for each in again] == [_without_import(each) for each in said]


def _without_import(event: HistoryImported) -> dict[str, Any]:
    return {**msgspec.to_builtins(event), "import_id": None}


async def test_w12_each_refused_line_of_a_chatwoot_file_is_told_with_its_reason(service: Service, owner: asyncpg.Connection) -> None:
    token = await service.begin("acme")
    refused = (
        {"payload": [chatwoot.KIM]},
        {"colour": "red"},
        [1],
        {**chatwoot.FIRST, "id": None},
        {**chatwoot.FIRST, "meta": {}},
        chatwoot.message(1, 99, "to nobody"),
        chatwoot.message(2, 11, None),
        chatwoot.message(3, 11, "tomorrow", created_at=4_000_000_000),
        chatwoot.message(4, 11, "odd", message_type="shouted"),
    )
    # What PostgreSQL cannot keep, numbers where texts belong, and parts of other forms cost nobody a row.
    odd = {
        **chatwoot.ANA,
        "id": "6\x00",
        "name": "A\x00na",
        "contact_inboxes": [5, {"source_id": None}],
        "custom_attributes": {"a\x00": [1]},
    }
    taken = (chatwoot.FIRST, {**chatwoot.KIM, "email": "nobody", "phone_number": "0600"})

    told = await imported(service, token, chatwoot.lines([*taken, *refused, odd]), query=_CHATWOOT)

    assert (told["state"], told["rows_done"], told["rows_refused"]) == ("done", len(taken) + 1, len(refused))
    rows = await report(service, token, told["id"])
    assert [(each["line"], each["kept"]) for each in rows] == [(2, True), *((line, False) for line in range(3, 12))]
    reasons = " ".join(each["reason"] for each in rows)
    for words in ("no e-mail address", "jq -c", "none of Chatwoot's objects", "no id", "with whom", "Conversation 99", "neither text"):
        assert words in reasons


async def test_w12_a_mapped_inbox_goes_to_its_channel_under_the_platforms_own_ids(service: Service, owner: asyncpg.Connection) -> None:
    token = await service.begin("acme")
    channel = "0197a000-0000-7000-8000-0000000000c1"

    await imported(service, token, chatwoot.lines(), query=f"{_CHATWOOT}&scope=eu&channel=3={channel}")

    events = await _said(owner, await _workspace(service, token))
    mapped = [each for each in events if each.channel_id is not None]
    assert [(str(each.channel_id), each.archive) for each in mapped] == [(channel, "chatwoot:eu/3")]
    assert [(each.event.id, each.event.thread) for each in mapped[0].entries][:2] == [("wamid.1", None), ("chatwoot:eu:2", None)]
    assert {each.event.thread for event in events if event.channel_id is None for each in event.entries} == {
        "chatwoot:eu:12",
        "chatwoot:eu:13",
    }
    assert (await upload(service, token, b"{}", query="channel=3=x&kind=chatwoot")).status == 422
    mailbox = {"id": 9, "name": "Mail", "channel_type": "Channel::Email"}
    mail = [mailbox, chatwoot.conversation(21, chatwoot.ANA, mailbox), chatwoot.message(8, 21, "Hi", source_id="a@mail.example")]
    await imported(service, token, chatwoot.lines(mail), query=f"{_CHATWOOT}&channel=9={channel}")
    entry = (await _said(owner, await _workspace(service, token)))[-1].entries[0].event
    assert (entry.id, entry.thread) == ("a@mail.example", "chatwoot:21")
    assert (await upload(service, token, b"{}", query=f"channel=3={channel}")).status == 422


async def test_w12_a_folder_of_a_chatwoots_files_is_read_in_the_order_in_which_they_name_one_another(
    service: Service, shared_service: tuple[Service, str], databases: Databases, secret_key: str, tmp_path: Path
) -> None:
    token = await service.begin("acme")
    workspace = WorkspaceId(UUID(await _workspace(service, token)))
    settings = IdentitySettings(database_url=databases.url(shared_service[1]), secret_key=secret_key, nats_url="nats://127.0.0.1:1")
    wish = Wish(kind=ImportKind.CHATWOOT)

    async with transfers(settings, clock=service.clock) as hands:
        with pytest.raises(ImportRefusedError):
            await hands.begin(workspace, tmp_path, wish)
        (tmp_path / "messages.ndjson").write_bytes(chatwoot.lines(chatwoot.SAID))
        (tmp_path / "conversations.ndjson").write_bytes(chatwoot.lines([chatwoot.FIRST, chatwoot.SECOND, chatwoot.WITHOUT_INBOX]))
        (tmp_path / "contacts.ndjson").write_bytes(chatwoot.lines([chatwoot.KIM, chatwoot.ANA]))
        with pytest.raises(ImportRefusedError):
            await hands.begin(workspace, tmp_path, Wish())
        begun = await hands.begin(workspace, tmp_path, wish)

    told = await ended(service, token, str(begun.id))
    assert (told["state"], told["rows_done"], told["rows_refused"]) == ("done", 12, 0)


@pytest.mark.parametrize(
    ("type_", "page", "source", "account"),
    [
        ("Channel::Whatsapp", "", "34600111222", ("whatsapp", "", "34600111222")),
        ("Channel::TwilioSms", "", "whatsapp:+34600111222", ("whatsapp", "", "34600111222")),
        ("Channel::TwilioSms", "", "+34600111222", ("phone", "", "+34600111222")),
        ("Channel::Sms", "", "+34600111222", ("phone", "", "+34600111222")),
        ("Channel::FacebookPage", "99", "psid", ("facebook", "99", "psid")),
        ("Channel::FacebookPage", "", "psid", ("facebook", "chatwoot:eu/3", "psid")),
        ("Channel::Instagram", "88", "igsid", ("instagram", "88", "igsid")),
        ("Channel::Telegram", "", "42", ("telegram", "", "42")),
        ("Channel::TwitterProfile", "", "42", ("x", "", "42")),
        ("Channel::Line", "", "U42", ("line", "chatwoot:eu/3", "U42")),
        ("Channel::Email", "", "Kim@Example.com", ("email", "", "kim@example.com")),
        ("Channel::Api", "", "abc", ("api", "chatwoot:eu/3", "abc")),
        ("Channel::Smoke Signal", "", "abc", ("smokesignal", "chatwoot:eu/3", "abc")),
        ("", "", "abc", ("chatwoot", "chatwoot:eu/3", "abc")),
    ],
)
def test_w12_whom_an_inbox_of_chatwoot_knows_is_the_account_that_our_connectors_name(
    type_: str, page: str, source: str, account: tuple[str, str, str]
) -> None:
    author = account_of(Inbox(id="3", channel_type=type_, page=page), source, scope="eu", name="Kim")

    assert (author.network, author.scope, author.external_id) == account
