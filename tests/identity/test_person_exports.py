"""W13 in identity: a person's data as one file, whole only once every service has told its part, and gone with time or the person."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import orjson

from services.contracts.ids import ContactId, PersonExportId, ProfileId, WorkspaceId
from services.contracts.vocabulary import Role
from services.identity.audit import OPERATOR
from services.identity.erasure.export_links import ExportLinks
from services.identity.erasure.exporting import PersonExports
from services.identity.statements.person_exports import Row
from services.identity.sweeping import sweep
from services.kit.clock import FixedClock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.ids import new_id
from services.kit.packing import PIECE_BYTES, Item, Packer, unpacked
from tests.identity.people import NOON, author, learn, new_workspace, sighting
from tests.identity.service import Service

VAULT = Vault(bytes(32))


def exports_at(clock: FixedClock) -> PersonExports:
    return PersonExports(vault=VAULT, links=ExportLinks(bytes(32), public_url="https://talk.example.com/"), clock=clock)


def part(workspace: WorkspaceId, export: UUID, service: str, *items: Item) -> list[Row]:
    packer = Packer(VAULT, workspace, export, service)
    return [(export, service, each.number, each.last, each.items, each.sealed) for each in [*packer.add(items), packer.end()]]


async def known(database: Database) -> tuple[WorkspaceId, ContactId]:
    workspace = new_workspace()
    await learn(database, workspace, sighting(author("Kim")))
    async with database.transaction(workspace) as connection:
        return workspace, ContactId(await connection.fetchval("SELECT id FROM contact"))


async def read(exports: PersonExports, database: Database, url: str) -> Mapping[str, list[dict[str, object]]]:
    granted = exports.links.read(url.rpartition("/")[2], now=NOON)
    assert granted is not None
    told: Mapping[str, list[dict[str, object]]] = orjson.loads(b"".join([each async for each in await exports.file(database, granted)]))
    return told


async def test_w13_the_file_is_whole_once_every_piece_has_come_in_any_order_and_twice(database: Database) -> None:
    workspace, contact = await known(database)
    exports = exports_at(FixedClock(NOON))
    async with database.transaction(workspace) as connection:
        asked = await exports.ask(connection, workspace, contact, by=OPERATOR)
    # Words that do not compress, so that there are several pieces, and an item that is larger than one.
    messages = [("interaction", {"text": secrets.token_urlsafe(size)}) for size in (1000, PIECE_BYTES, 2000)]
    history = part(workspace, asked.id, "engagement", *messages)
    assert len(history) > 1
    work = part(workspace, asked.id, "routing")
    states = []
    for rows in (history[1:], work, work, history[:1], history):
        async with database.transaction(workspace) as connection:
            await exports.keep(connection, workspace, rows)
            states.append(await exports.get(connection, workspace, asked.id))

    assert [each.url is not None for each in states] == [False, False, False, True, True]
    assert [each.service for each in states[2].services if each.acknowledged_at is None] == ["engagement"]
    assert states[-1].expires_at == NOON + timedelta(hours=24)
    file = await read(exports, database, states[-1].url or "")
    assert [each["data"] for each in file["engagement"]] == [data for _, data in messages]
    assert file["routing"] == []
    assert "Kim" in str(file["identity"])


async def test_w13_an_export_goes_with_its_person_and_what_is_told_late_is_dropped(service: Service, database: Database) -> None:
    token = await service.begin("acme")
    person = {"network": "crm", "external_id": "7", "name": "Kim"}
    contact = (await service.ask("POST", "/v1/profiles", person, token=token)).body["contact_id"]
    workspace = WorkspaceId(UUID((await service.ask("GET", "/v1/me", token=token)).body["workspace"]["id"]))
    asked = await service.ask("POST", f"/v1/contacts/{contact}/exports", token=token)
    assert (asked.status, asked.body["url"]) == (202, None)
    path = f"/v1/person-exports/{asked.body['id']}"
    assert (await service.ask("GET", path, token=token)).status == 200

    assert (await service.ask("POST", f"/v1/contacts/{contact}/erasures", {}, token=token)).status == 202

    async with database.transaction(workspace) as connection:
        await exports_at(service.clock).keep(connection, workspace, part(workspace, UUID(asked.body["id"]), "routing"))
        assert await connection.fetchval("SELECT count(*) FROM person_export_piece") == 0
    assert (await service.ask("GET", path, token=token)).status == 404


async def test_w13_exports_expire_and_are_swept(service: Service, worker_database: Database) -> None:
    token = await service.begin("acme")
    person = {"network": "crm", "external_id": "7", "name": "Kim"}
    contact = (await service.ask("POST", "/v1/profiles", person, token=token)).body["contact_id"]
    asked = await service.ask("POST", f"/v1/contacts/{contact}/exports", token=token)
    service.clock.advance(timedelta(days=7))
    again = await service.token("acme", "sol")
    assert (await service.ask("GET", f"/v1/person-exports/{asked.body['id']}", token=again)).status == 404

    await sweep(worker_database, clock=service.clock)

    async with worker_database.transaction() as connection:
        assert await connection.fetchval("SELECT count(*) FROM person_export") == 0


def test_w13_a_link_is_good_until_it_ends_and_for_nobody_who_changes_it() -> None:
    links = ExportLinks(bytes(32), public_url="https://talk.example.com/")
    workspace, export = new_workspace(), PersonExportId(new_id())
    token = links.make(workspace, export, end=NOON).rpartition("/")[2]

    assert links.read(token, now=NOON - timedelta(seconds=1)) == (workspace, export)
    assert links.read(token, now=NOON) is None
    other = "A" if token[20] != "A" else "B"
    for wrong in ("", "é", token[:-2], token[:20] + other + token[21:]):
        assert links.read(wrong, now=NOON - timedelta(seconds=1)) is None, wrong
    assert ExportLinks(bytes([1]) * 32, public_url="").read(token, now=NOON - timedelta(seconds=1)) is None


async def test_w13_a_file_that_is_not_whole_or_not_ours_is_not_given(service: Service) -> None:
    assert (await service.ask("GET", "/v1/person-exports/files/AAAA")).status == 404
    await service.begin("bolt")
    await service.add_member("bolt", "ana", Role.AGENT)
    agent = await service.token("bolt", "ana")
    assert (await service.ask("POST", f"/v1/contacts/{UUID(int=1)}/exports", token=agent)).status == 403
    assert (await service.ask("GET", f"/v1/person-exports/{UUID(int=1)}", token=agent)).status == 403


def test_a_piece_is_read_in_its_own_place_only() -> None:
    workspace, export = new_workspace(), new_id()
    (piece,) = part(workspace, export, "routing", ("task", {"id": str(ProfileId(new_id()))}))
    text = unpacked(VAULT, workspace, export, service="routing", number=0, sealed=piece[5])
    assert orjson.loads(text)[0]["kind"] == "task"
