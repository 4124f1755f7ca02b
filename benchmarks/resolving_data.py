"""A workspace's people, made by the database itself, and the events of newcomers, some of whom are one of them. Called by `resolving`.

Everybody has one address and one number, so that there are twice as many identifiers as profiles. The same in every call.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from benchmarks.side import SideDatabase
from services.contracts.envelope import Header
from services.contracts.events import InteractionReceived
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, WorkspaceId
from services.contracts.interaction import Author, Claimed, NeutralEvent, Venue
from services.contracts.vocabulary import Kind
from services.identity.matching.circles import keys_of
from services.identity.matching.facts import Described, read_facts
from services.kit.bus import encode
from services.kit.ids import new_id

IDENTIFIERS_EACH = 2
# From here on nobody is known.
_UNKNOWN = 50_000_000
_SEEN = datetime(2025, 3, 1, 12, tzinfo=UTC)
_TABLES = ("contact", "profile", "profile_identifier", "profile_facts", "profile_key", "membership")
# Stand in the one profile that is normalised by the product, and are replaced by the database, once for each person.
_ID, _HANDLE, _GIVEN, _FAMILY, _DIGITS = "00000000-0000-0000-0000-000000000000", "zqzqzqhd", "zqzqzqgv", "zqzqzqfm", "60718293"
# Eight letters for eight digits; 99,999,989 is prime, so that no two people have the same ones.
_SPELT = "translate(lpad((n::bigint * {factor} % 99999989)::text, 8, '0'), '0123456789', 'abdeghklmn')"
_PERSON = {
    _ID: "md5('profile ' || n)::uuid::text",
    _HANDLE: _SPELT.format(factor=7919),
    _GIVEN: _SPELT.format(factor=104729),
    _FAMILY: _SPELT.format(factor=1299709),
    _DIGITS: "lpad(n::text, 8, '0')",
}


async def fill(side: SideDatabase, workspace: WorkspaceId, *, identifiers: int) -> None:
    """Make them all."""
    tables = ", ".join(f"'{table}'" for table in _TABLES)
    indexes = await side.rows(
        "SELECT format('%I.%I', schemaname, indexname) AS name, indexdef AS definition FROM pg_indexes "
        f"WHERE schemaname = 'identity' AND tablename IN ({tables}) AND indexdef NOT LIKE 'CREATE UNIQUE%' ORDER BY indexname"
    )
    await side.fill(
        *(f"DROP INDEX {index['name']}" for index in indexes),
        *_statements(workspace, people=identifiers // IDENTIFIERS_EACH),
        *(index["definition"] for index in indexes),
        analysed=tuple(f"identity.{table}" for table in _TABLES),
    )


def _statements(workspace: WorkspaceId, *, people: int) -> Iterator[str]:
    """Of one person, normalised as the product does it, as many as are wanted."""
    facts = read_facts(_described())
    made = f"FROM generate_series(1, {people}) AS n"
    here, seen, id_ = f"'{workspace}'::uuid", f"timestamptz '{_SEEN.isoformat()}'", "md5('profile ' || n)::uuid"
    contact = "md5('contact ' || n)::uuid"
    name, handle = f"initcap({_PERSON[_GIVEN]}) || ' ' || initcap({_PERSON[_FAMILY]})", _PERSON[_HANDLE]
    yield (
        "INSERT INTO identity.profile (workspace_id, id, network, scope, external_id, home_contact_id, handle, handle_key, handle_at, "
        f"name, name_key, name_at, first_seen_at) SELECT {here}, {id_}, 'x', '', 'account-' || lpad(n::text, 8, '0'), {contact}, "
        f"{handle}, {handle}, {seen}, {name}, lower({name}), {seen}, {seen} {made} ORDER BY 2"
    )
    yield (
        "INSERT INTO identity.contact (workspace_id, id, founder_id, size, version, created_at) "
        f"SELECT {here}, {contact}, {id_}, 1, 1, {seen} {made} ORDER BY 2"
    )
    yield (
        "INSERT INTO identity.membership (workspace_id, profile_id, contact_id, version, rule, explanation, assigned_at) "
        f"SELECT {here}, {id_}, {contact}, 1, 'first_seen', 'First seen on x.', {seen} {made} ORDER BY 2"
    )
    for key in sorted(facts.claimed):
        value = _told(key.value)
        yield (
            "INSERT INTO identity.profile_identifier (workspace_id, profile_id, type, key, value, source, linkable, first_seen_at, "
            f"verified_at) SELECT {here}, {id_}, '{key.kind}', sha256(convert_to('{key.kind}:' || {value}, 'UTF8')), {value}, 'x', true, "
            f"{seen}, {seen} {made} ORDER BY 2"
        )
    text = msgspec.json.encode(facts, order="deterministic").decode()
    yield f"INSERT INTO identity.profile_facts (workspace_id, profile_id, facts) SELECT {here}, {id_}, {_told(text)} {made} ORDER BY 2"
    hashes = ", ".join(f"substr(sha256(convert_to('{key.kind}:' || {_told(key.value)}, 'UTF8')), 1, 16)" for key in sorted(keys_of(facts)))
    yield (
        f"INSERT INTO identity.profile_key (workspace_id, key, profile_id) SELECT DISTINCT {here}, key, {id_} {made} "
        f"CROSS JOIN LATERAL unnest(ARRAY[{hashes}]) AS key ORDER BY 2"
    )


def _described() -> Described:
    return Described(
        id=_ID,
        network="x",
        external_id=f"account-{_DIGITS}",
        handle=_HANDLE,
        name=f"{_GIVEN.title()} {_FAMILY.title()}",
        emails=((f"{_HANDLE}@people.example", True),),
        phones=((f"+346{_DIGITS}", True),),
    )


def _told(text: str) -> str:
    """SQL for a text in which the stand-ins are a person's."""
    sql = "'" + text.replace("'", "''") + "'"
    for stand_in, expression in _PERSON.items():
        if stand_in in text:
            sql = f"replace({sql}, '{stand_in}', {expression})"
    return sql


def newcomers(workspace: WorkspaceId, numbers: Sequence[int], *, people: int) -> list[bytes]:
    """Events as they travel, of accounts never seen: every second one has the address, every fourth the number, of somebody known."""
    return [_event(workspace, number, known=number * 15_485_863 % people + 1) for number in numbers]


def _event(workspace: WorkspaceId, number: int, *, known: int) -> bytes:
    person = _person(known if number % 2 else _UNKNOWN + number)
    phones = (Claimed(value=f"+346{known:08}", verified=True),) if number % 4 == 1 else ()
    author = Author(
        network="instagram",
        external_id=f"newcomer-{number}",
        handle=f"{_letters(number, factor=32_452_843)}{number % 97}",
        name=person["name"],
        emails=(Claimed(value=person["email"], verified=True),),
        phones=phones,
    )
    told = InteractionReceived(
        interaction_id=InteractionId(new_id()),
        profile_id=ProfileId(new_id()),
        channel_id=ChannelId(UUID(int=1)),
        conversation_id=ConversationId(new_id()),
        event=NeutralEvent(
            id=f"message-{number}",
            occurred_at=_SEEN,
            kind=Kind.DIRECT,
            author=author,
            venue=Venue(network="instagram", external_id="shop"),
            text="Where is my order?",
        ),
        received_at=_SEEN,
    )
    header = Header(
        id=str(number),
        type=told.type,
        version=told.schema_version,
        workspace=workspace,
        time=_SEEN,
        subject=str(told.aggregate()),
        sequence=number,
    )
    return encode(header, msgspec.json.encode(told))


def _person(number: int) -> Mapping[str, str]:
    given, family = _letters(number, factor=104_729), _letters(number, factor=1_299_709)
    return {"name": f"{given.title()} {family.title()}", "email": f"{_letters(number, factor=7_919)}@people.example"}


def _letters(number: int, *, factor: int) -> str:
    return f"{number * factor % 99_999_989:08}".translate(str.maketrans("0123456789", "abdeghklmn"))
