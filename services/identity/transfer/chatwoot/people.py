"""A contact of Chatwoot's as the accounts of one person: its own record, and one for each of its inboxes. Called by taking; pure.

All carry Chatwoot's key of the contact, which joins them for certain. Chatwoot checks no address, so none is taken for verified.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.contracts.interaction import Author, Claimed
from services.identity.matching import normalise_email, normalise_phone
from services.identity.sightings import OF_CRM
from services.identity.transfer.chatwoot.accounts import Inbox, account_of, contact_account, inbox_of
from services.identity.transfer.chatwoot.objects import SYSTEM, id_of, listed, names, part, words
from services.identity.transfer.rows import ATTRIBUTES_LIMIT, NO_COUNTRY, VALUE_LIMIT_CHARS, Person, RowRefusedError

_BESIDE = ("company_name", "country")
_INBOXES_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact: its own record with all that is told of it, its inboxes' `source_id`, and the names of its labels."""

    id: str
    person: Person
    sources: Sequence[tuple[Inbox, str]]
    labels: Sequence[str]


def read_contact(given: Mapping[str, Any], *, scope: str) -> Contact:
    """Raises RowRefusedError where it has no id."""
    contact = id_of(given)
    if not contact:
        raise RowRefusedError("The contact has no id.")
    left_out: list[str] = []
    beside = part(given, "additional_attributes")
    author = contact_account(contact, scope=scope, name=words(given, "name"))
    emails = _claimed(words(given, "email"), known=normalise_email, why="This is no e-mail address", left_out=left_out)
    phones = _claimed(words(given, "phone_number"), known=normalise_phone, why=NO_COUNTRY, left_out=left_out)
    person = Person(
        author=Author(
            network=author.network,
            scope=author.scope,
            external_id=author.external_id,
            name=author.name,
            avatar_url=words(given, "thumbnail", most=2000),
            bio=words(beside, "description", most=VALUE_LIMIT_CHARS),
            emails=emails,
            phones=phones,
        ),
        location=words(beside, "city"),
        attributes=_attributes(given, beside),
        left_out=left_out,
    )
    return Contact(id=contact, person=person, sources=list(_sources(given)), labels=names(given, "labels"))


def key_of_contact(contact: str, *, scope: str) -> Mapping[str, str]:
    """What says of two accounts for certain that Chatwoot has them as one contact."""
    return {OF_CRM + SYSTEM: f"{scope}/{contact}" if scope else contact}


def accounts_of(contact: Contact, inboxes: Mapping[str, Inbox], *, scope: str) -> list[Author]:
    """The accounts by which the inboxes know the contact; `inboxes` are those that the file told of."""
    name = contact.person.author.name
    return [account_of(inboxes.get(inbox.id, inbox), source, scope=scope, name=name) for inbox, source in contact.sources]


def _sources(given: Mapping[str, Any]) -> Iterable[tuple[Inbox, str]]:
    for each in listed(given, "contact_inboxes")[:_INBOXES_LIMIT]:
        if isinstance(each, dict) and (source := id_of({"id": words(each, "source_id", most=500)}) or id_of(each, "source_id")):
            inbox = inbox_of(part(each, "inbox") or {"id": each.get("inbox_id")})
            if inbox.id:
                yield inbox, source


def _claimed(value: str | None, *, known: Any, why: str, left_out: list[str]) -> tuple[Claimed, ...]:  # noqa: ANN401 - one of two functions
    if value is None:
        return ()
    if known(value) is None:
        left_out.append(f"{why}: {value[:100]}")
        return ()
    return (Claimed(value=value),)


def _attributes(given: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, str]:
    told = {**{name: beside.get(name) for name in _BESIDE}, "identifier": given.get("identifier"), **part(given, "custom_attributes")}
    found = {_plain(name)[:100]: _plain(value) for name, value in list(told.items())[:ATTRIBUTES_LIMIT]}
    return {name: value for name, value in found.items() if name and value}


def _plain(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text.replace("\x00", "").strip()[:VALUE_LIMIT_CHARS]
