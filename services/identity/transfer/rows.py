"""One row of a file as a person, or the reason why it is none. Called by jobs; pure.

What cannot be compared (an address that is none, a number without its country) is left out and told of; the row is taken all the same.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from services.contracts.interaction import Author, Claimed
from services.identity.matching import normalise_email, normalise_phone
from services.identity.transfer.encodings import fields_of, text_of
from services.identity.transfer.formulas import bared
from services.identity.transfer.mapping import ATTRIBUTE, IGNORED, NAME_LIMIT_CHARS
from services.identity.transfer.records import Record

ATTRIBUTES_LIMIT = 100
VALUE_LIMIT_CHARS = 5000
CLAIMS_LIMIT = 20
EXTERNAL_ID_LIMIT_CHARS = 500
SCOPE_LIMIT_CHARS = 200
NO_COUNTRY = "A number needs its country, as in +34600111222"
NETWORK = re.compile(r"[a-z0-9_.-]{1,40}")
_LISTED = re.compile(r"[\s;,]+")
_PHONES = re.compile(r"[\n;,]+")
_YES = frozenset({"true", "yes", "y", "1", "t", "ja", "si", "sí", "oui"})
_MOST = 2**63 - 1
_OTHER_NAMES = {
    "id": "external_id",
    "email": "emails",
    "phone": "phones",
    "phone_number": "phones",
    "thumbnail": "avatar_url",
    "custom_attributes": "attributes",
}


class RowRefusedError(Exception):
    """The row is no person; the message says why, `key` whose row it is as far as that is known."""

    def __init__(self, reason: str, *, key: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of a file are read. `columns` are the fields of a CSV file's columns; `network` and `scope` are for rows without.

    `of` is the account that followers follow, by its id on the network; empty where that is not known. `chatwoot`: its lines are objects
    of Chatwoot's, and `channels` are channels of ours by the inboxes whose history they get.
    """

    encoding: str
    network: str
    scope: str = ""
    delimiter: str | None = None
    columns: Sequence[str] = ()
    followers: bool = False
    of: str = ""
    chatwoot: bool = False
    channels: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a row says of one account. `at` is since when what the file tells of it is so; `left_out` names what could not be taken."""

    author: Author
    location: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    left_out: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Whose row it is, for the report."""
        return f"{self.author.network}:{self.author.external_id}"


def read_row(record: Record, *, reading: Reading) -> Person:
    """The person of a record. Raises RowRefusedError."""
    if record.refused:
        raise RowRefusedError(record.refused)
    text = text_of(record.body, encoding=reading.encoding)
    given = _json_fields(text) if reading.delimiter is None else _csv_fields(text, reading=reading)
    return _person(given, reading=reading)


def _json_fields(text: str) -> dict[str, Any]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RowRefusedError(f"This is not JSON: {error.msg}.") from error
    if not isinstance(given, dict):
        raise RowRefusedError("This is JSON, but no object.")
    return {**_renamed(given), **given}


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields under the names that other systems give them, such as Chatwoot's API its contacts.

    Source: https://developers.chatwoot.com/api-reference/contacts/list-contacts
    """
    found = {field_name: given[name] for name, field_name in _OTHER_NAMES.items() if given.get(name) is not None}
    beside = given.get("additional_attributes")
    if isinstance(beside, dict) and beside.get("city"):
        found["location"] = beside["city"]
    return found


def _csv_fields(text: str, *, reading: Reading) -> dict[str, Any]:
    """The columns under the names that a line of JSON has."""
    try:
        cells = fields_of(text, delimiter=reading.delimiter or ",")
    except csv.Error as error:
        raise RowRefusedError(f"This is not CSV: {error}.") from error
    if len(cells) > len(reading.columns) and any(cells[len(reading.columns) :]):
        raise RowRefusedError(f"The row has {len(cells)} fields, the header has {len(reading.columns)}.")
    given: dict[str, Any] = {"emails": [], "phones": [], "links": [], "attributes": {}}
    verified = any(field == "verified" and cell.strip().casefold() in _YES for field, cell in zip(reading.columns, cells, strict=False))
    for field_name, cell in zip(reading.columns, cells, strict=False):
        value = bared(cell.strip())
        if value and field_name != IGNORED:
            _put(given, field_name, value, verified=verified)
    if "name" not in given and (parts := [given[each] for each in ("first_name", "last_name") if each in given]):
        given["name"] = " ".join(parts)
    return given


def _put(given: dict[str, Any], field_name: str, value: str, *, verified: bool) -> None:
    match field_name:
        case "email" | "verified_email":
            vouched = verified or field_name == "verified_email"
            given["emails"] += [{"value": each, "verified": vouched} for each in _LISTED.split(value) if each]
        case "phone" | "verified_phone":
            vouched = field_name == "verified_phone"
            given["phones"] += [{"value": bared(each.strip()), "verified": vouched} for each in _PHONES.split(value) if each.strip()]
        case "link":
            given["links"] += value.split()
        case "attributes":
            given["attributes"] = {**_attributes_of(value), **given["attributes"]}
        case _ if field_name.startswith(ATTRIBUTE):
            given["attributes"].setdefault(field_name.removeprefix(ATTRIBUTE), value)
        case _:
            given.setdefault(field_name, value)


def _attributes_of(value: str) -> dict[str, Any]:
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {"attributes": value}
    return found if isinstance(found, dict) else {"attributes": value}


def _person(given: Mapping[str, Any], *, reading: Reading) -> Person:
    left_out: list[str] = []
    emails = _claims(given.get("emails"), normalise=normalise_email, left_out=left_out, why="This is no e-mail address")
    phones = _claims(given.get("phones"), normalise=normalise_phone, left_out=left_out, why=NO_COUNTRY)
    handle = _text(given.get("handle"))
    network, external_id = _identity(given, reading=reading, handle=handle, emails=emails, phones=phones)
    author = Author(
        network=network,
        scope=(_text(given.get("scope")) or reading.scope)[:SCOPE_LIMIT_CHARS],
        external_id=external_id,
        handle=handle,
        name=_text(given.get("name")),
        avatar_url=_text(given.get("avatar_url")),
        bio=_text(given.get("bio")),
        language=_text(given.get("language")),
        followers=_number(given.get("followers")),
        emails=tuple(emails),
        phones=tuple(phones),
        links=tuple(link for each in _listed(given.get("links")) if (link := _text(each))),
    )
    return Person(
        author=author,
        location=_text(given.get("location")),
        attributes=_attributes(given.get("attributes"), key=f"{network}:{external_id}"),
        at=_moment(given.get("at") or given.get("followed_at")),
        left_out=left_out,
    )


def _identity(
    given: Mapping[str, Any], *, reading: Reading, handle: str | None, emails: Sequence[Claimed], phones: Sequence[Claimed]
) -> tuple[str, str]:
    """Network and external id: as given; of a follower list else the handle; of a CRM row without a number else the address."""
    network = (_text(given.get("network")) or reading.network).lower()
    external_id = _text(given.get("external_id")) or (_text(given.get("id")) if reading.followers else None)
    if external_id is None and reading.followers and handle:
        external_id = handle.removeprefix("@").casefold()
    if external_id is None and not reading.followers:
        network, external_id = _by_address(network, emails=emails, phones=phones)
    if external_id is None:
        wanted = "an external_id or a handle" if reading.followers else "an external_id, nor an e-mail address or phone number instead"
        raise RowRefusedError(f"The row has neither {wanted}.".replace("neither an external_id or", "neither an external_id nor"))
    key = f"{network}:{external_id}"[:200]
    if not NETWORK.fullmatch(network):
        raise RowRefusedError("A network has 1 to 40 letters, digits, dots, dashes or underscores.", key=key)
    if len(external_id) > EXTERNAL_ID_LIMIT_CHARS:
        raise RowRefusedError(f"An external_id has at most {EXTERNAL_ID_LIMIT_CHARS} characters.", key=key)
    return network, external_id


def _by_address(network: str, *, emails: Sequence[Claimed], phones: Sequence[Claimed]) -> tuple[str, str | None]:
    if emails:
        return "email", normalise_email(emails[0].value)
    if phones:
        return "phone", normalise_phone(phones[0].value)
    return network, None


def _claims(given: object, *, normalise: Any, left_out: list[str], why: str) -> list[Claimed]:  # noqa: ANN401 - one of two functions
    found: list[Claimed] = []
    for each in _listed(given)[:CLAIMS_LIMIT]:
        value, verified = (_text(each.get("value")), each.get("verified") is True) if isinstance(each, dict) else (_text(each), False)
        if value is None:
            continue
        if normalise(value) is None:
            left_out.append(f"{why}: {value[:100]}")
        else:
            found.append(Claimed(value=value, verified=verified))
    return found


def _attributes(given: object, *, key: str) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    if len(given) > ATTRIBUTES_LIMIT:
        raise RowRefusedError(f"A row has at most {ATTRIBUTES_LIMIT} attributes.", key=key)
    return {
        name: value
        for each, raw in given.items()
        if (name := _text(each)) and len(name) <= NAME_LIMIT_CHARS and (value := _text(raw)) is not None
    }


def _listed(given: object) -> Sequence[Any]:
    if given is None:
        return ()
    return given if isinstance(given, list) else (given,)


def _text(value: object) -> str | None:
    """A value as text: numbers and the like as JSON writes them; None where nothing is left of it."""
    if value is None:
        return None
    plain = value if isinstance(value, str) else orjson.dumps(value).decode()
    return plain.replace("\x00", "").strip()[:VALUE_LIMIT_CHARS] or None


def _number(value: object) -> int | None:
    plain = _text(value)
    if plain is None or not plain.isascii() or not plain.replace(",", "").isdigit():
        return None
    return min(int(plain.replace(",", "")[:20]), _MOST)


def _moment(value: object) -> datetime | None:
    plain = _text(value)
    if plain is None:
        return None
    try:
        found = datetime.fromisoformat(plain)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
