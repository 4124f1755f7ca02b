"""People and our own number as authors and venues. Called by messages, receipts and news; pure.

A person is their phone number. Whoever has taken a username may keep the number from us: then they are their business-scoped user id,
which holds for one business portfolio. Vendor's page: .../whatsapp/business-scoped-user-ids.
"""

import re
from collections.abc import Iterable

from services.contracts.interaction import Author, Claimed, Venue
from services.engagement.connectors.whatsapp.deliveries import Plain, Unit
from services.engagement.connectors.whatsapp.payloads import Contact, read
from services.engagement.protocol import ChannelFacts

NETWORK = "whatsapp"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on WhatsApp")
_NUMBER = re.compile(r"\+?[0-9]{6,15}")
_WRITTEN = re.compile(r"\+?[0-9][0-9 ().-]{5,24}")
_GROUP = "@g.us"


def person(unit: Unit, *, phone: str | None, user_id: str | None) -> Author | None:
    """The person with this number or id, as the delivery describes them; None where it names neither."""
    contact = _contact_of(contacts_of(unit.around), phone=phone, user_id=user_id)
    number = _as_dialled(phone or contact.wa_id or "") or None
    known = number or user_id or contact.user_id or None
    if known is None:
        return None
    handle = (contact.profile.username or contact.username or "").lstrip("@")
    return Author(network=NETWORK, external_id=known, handle=handle or None, name=contact.profile.name or None, phones=phones_of(number))


def ids_of(unit: Unit, *, phone: str | None, user_id: str | None) -> dict[str, str]:
    """The ids that a person has besides the one that is used."""
    contact = _contact_of(contacts_of(unit.around), phone=phone, user_id=user_id)
    told = {"user_id": user_id or contact.user_id, "parent_user_id": contact.parent_user_id}
    return {name: value for name, value in told.items() if value}


def contacts_of(around: Plain) -> list[Contact]:
    """Who is described beside a message."""
    told = around.get("contacts")
    return [read(each, into=Contact) for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def phones_of(number: str | None) -> tuple[Claimed, ...]:
    """WhatsApp has proved that the number of an account is the person's."""
    if not number or not _NUMBER.fullmatch(number):
        return ()
    return (Claimed(value=f"+{number.lstrip('+')}", verified=True),)


def is_number(value: str) -> bool:
    """Whether an id is a phone number; the others are user ids."""
    return value.isascii() and value.removeprefix("+").isdigit()


def is_group(value: str | None) -> bool:
    """Whether an id is a group's."""
    return bool(value) and str(value).endswith(_GROUP)


def ourselves(unit: Unit, *, channel: ChannelFacts) -> Author:
    """Our number, by its id in the API."""
    metadata = unit.metadata
    number = metadata.phone_number_id or channel.account or metadata.display_phone_number or NETWORK
    return Author(
        network=NETWORK, external_id=number, name=metadata.display_phone_number or channel.config.get("display_phone_number") or None
    )


def is_ours(who: str | None, *, unit: Unit, channel: ChannelFacts) -> bool:
    """Whether a number or id in a message is ours."""
    metadata = unit.metadata
    ours = {
        _digits(metadata.display_phone_number),
        _digits(channel.config.get("display_phone_number")),
        metadata.phone_number_id,
        channel.account,
    }
    return bool(who) and bool({who, _digits(who)} & {each for each in ours if each})


def venue_of(unit: Unit, *, channel: ChannelFacts, group: str | None = None) -> Venue:
    """Where it was said: a group, or our number."""
    if group:
        return Venue(network=NETWORK, external_id=group)
    us = ourselves(unit, channel=channel)
    return Venue(network=NETWORK, external_id=us.external_id, title=us.name)


def _as_dialled(number: str) -> str:
    """A number as WhatsApp names accounts; what is none stays as it is."""
    return _digits(number) if _WRITTEN.fullmatch(number) else number


def _digits(number: str | None) -> str:
    """A number as it is compared: people write it with spaces and a plus."""
    return re.sub(r"[^0-9]", "", number or "")


def _contact_of(contacts: Iterable[Contact], *, phone: str | None, user_id: str | None) -> Contact:
    """The description with that id; else the only one, for an account's id and its number may differ."""
    listed = list(contacts)
    for contact in listed:
        if (phone and contact.wa_id == phone) or (user_id and contact.user_id == user_id):
            return contact
    return listed[0] if len(listed) == 1 else Contact()
