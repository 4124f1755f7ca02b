"""Which column of a CSV file is which field of a person: by usual names of columns, or as the caller says. Called by uploading; pure."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from services.identity.transfer.errors import ImportRefusedError

IGNORED = "-"
ATTRIBUTE = "attribute:"
SINGLE = (
    "network",
    "scope",
    "external_id",
    "handle",
    "name",
    "first_name",
    "last_name",
    "location",
    "language",
    "bio",
    "avatar_url",
    "followers",
    "verified",
    "at",
)
MULTIPLE = ("email", "verified_email", "phone", "verified_phone", "link", "attributes")
FIELDS = frozenset((*SINGLE, *MULTIPLE))
COLUMNS_LIMIT = 500
NAME_LIMIT_CHARS = 100
_USUAL: Mapping[str, str] = MappingProxyType(
    {
        name: field
        for field, names in {
            "network": "network platform source_network",
            "scope": "scope",
            "external_id": "external_id id user_id userid uid customer_id customerid crm_id account_id contact_id record_id "
            "kundennummer customer_number client_id lead_id person_id",
            "handle": "handle username user_name screen_name nickname login",
            "name": "name full_name fullname display_name displayname contact_name customer_name nombre_completo",
            "first_name": "first_name firstname given_name forename vorname nombre prenom",
            "last_name": "last_name lastname surname family_name nachname apellido apellidos nom",
            "location": "location city place ort stadt ciudad ville",
            "language": "language locale lang preferred_language sprache idioma",
            "bio": "bio description about profile_text",
            "avatar_url": "avatar_url avatar picture picture_url image image_url photo profile_image_url",
            "followers": "followers followers_count follower_count",
            "verified": "email_verified verified is_verified",
            "at": "followed_at connected_on connected_at",
            "email": "email emails e_mail e_mail_address mail mail_address email_address primary_email work_email private_email correo",
            "verified_email": "verified_emails verified_email",
            "phone": "phone phones phone_number phone_numbers telephone tel mobile mobile_phone cell cell_phone whatsapp telefon telefono",
            "verified_phone": "verified_phones verified_phone",
            "link": "link links url urls website web homepage webseite profile_url",
            "attributes": "attributes custom_attributes",
        }.items()
        for name in names.split()
    }
)
_NUMBERED = re.compile(r"_?\d+(?:_value)?$")


def mapped(header: Sequence[str], *, told: Mapping[str, str]) -> tuple[str, ...]:
    """The field of each column, in order. What has no usual name is kept as an attribute of that name; IGNORED is left out.

    `told` names columns (as they are written, in any case) and their fields. Raises ImportRefusedError.
    """
    _refuse_unknown(header, told)
    wanted = {_plain(column): field for column, field in told.items()}
    names = [_plain(column) for column in header]
    # In a file of ours `contact_id` is our own; in a file of others it may be all that there is.
    own = {"contact_id", "profile_id", "first_seen_at"} if "external_id" in names else set()
    fields = [IGNORED if name in own else _usual(name, column) for name, column in zip(names, header, strict=True)]
    fields = [wanted.get(name, field) for name, field in zip(names, fields, strict=True)]
    return tuple(_each_once(fields, header, told={*wanted.values()}))


def is_header(fields: Sequence[str]) -> bool:
    """Whether a first line names columns: one of them, at least, has a usual name."""
    return any(_usual(_plain(each), each) in FIELDS for each in fields)


def _refuse_unknown(header: Sequence[str], told: Mapping[str, str]) -> None:
    if len(header) > COLUMNS_LIMIT:
        raise ImportRefusedError(f"The file has more than {COLUMNS_LIMIT} columns.")
    present = {_plain(column) for column in header}
    for column, field in told.items():
        if _plain(column) not in present:
            raise ImportRefusedError(f"There is no column {column!r}; there are {', '.join(header)[:500]}.")
        if field not in FIELDS and field != IGNORED and not _is_attribute(field):
            known = ", ".join(sorted(FIELDS))
            raise ImportRefusedError(f"{field!r} is no field. Fields are {known}, attribute:NAME, and - for none.")


def _is_attribute(field: str) -> bool:
    return field.startswith(ATTRIBUTE) and 0 < len(field) - len(ATTRIBUTE) <= NAME_LIMIT_CHARS


def _usual(name: str, column: str) -> str:
    if not name:
        return IGNORED
    found = _USUAL.get(name) or _USUAL.get(_NUMBERED.sub("", name))
    return found or ATTRIBUTE + column.strip()[:NAME_LIMIT_CHARS]


def _each_once(fields: Sequence[str], header: Sequence[str], *, told: set[str]) -> list[str]:
    """Of columns that would be the same single field, the first is it and the others are attributes; what was told is as told."""
    seen: set[str] = set()
    kept: list[str] = []
    for field, column in zip(fields, header, strict=True):
        twice = field in SINGLE and field in seen and field not in told
        kept.append(ATTRIBUTE + column.strip()[:NAME_LIMIT_CHARS] if twice else field)
        seen.add(field)
    return kept


def _plain(column: str) -> str:
    return re.sub(r"\W+", "_", column.strip().casefold()).strip("_")
