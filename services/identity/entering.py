"""People entered by a member or a program: a new one, or one more account, address or number of one who is known.

Called by `api`, in its transaction. What is entered is a profile; who it belongs to is decided as for any other, or said by the member.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.interaction import Author
from services.identity.contacts import get_contact, get_profile
from services.identity.errors import AccountNeededError, AddressNeededError, ProfileTakenError
from services.identity.matching import normalise_email, normalise_phone
from services.identity.merging import Saying, merge_contacts, side_of
from services.identity.profiles import BY_HAND, enter_profile
from services.identity.sightings import Sighting
from services.identity.statements import linking
from services.kit.db import Connection
from services.kit.ids import new_id

NO_NETWORK = "manual"
WHY = "Entered as an account of this contact."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is entered. Without a network and an id it is the account of its first address, else of its first number."""

    author: Author
    location: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


async def enter_person(
    connection: Connection, workspace: WorkspaceId, entry: Entry, *, deployment_key: bytes, saying: Saying
) -> tuple[ContactId, ProfileId]:
    """Gives the contact, who may have been known by what is entered. Raises AddressNeededError, AccountNeededError, MalformedError."""
    author = entry.author
    if not (author.external_id or author.name or author.emails or author.phones):
        raise AddressNeededError
    profile = await _enter(connection, workspace, entry, deployment_key=deployment_key, saying=saying)
    return (await get_profile(connection, workspace, profile)).contact_id, profile


async def enter_for_contact(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, entry: Entry, *, deployment_key: bytes, saying: Saying
) -> ProfileId:
    """One more profile of a contact, which a member can undo as a merge.

    Raises ContactNotFoundError, PreconditionFailedError, ProfileTakenError, AddressNeededError, AccountNeededError, MalformedError.
    """
    author = entry.author
    if not (author.external_id or author.emails or author.phones):
        raise AddressNeededError
    await linking.linking_lock(connection, workspace)  # before the contact's row, as in every merge
    known = await side_of(connection, workspace, contact, expected=saying.expected)
    profile = await _enter(connection, workspace, entry, deployment_key=deployment_key, saying=saying)
    holder = (await get_profile(connection, workspace, profile)).contact_id
    if holder == (await get_contact(connection, workspace, contact)).id:
        return profile
    if (await side_of(connection, workspace, holder)).profiles != [profile]:
        raise ProfileTakenError(contact_id=str(holder))
    joined = replace(saying, expected=None, reason=saying.reason or WHY)
    await merge_contacts(connection, workspace, known.contact_id, other=holder, survivor=known.contact_id, saying=joined)
    return profile


async def _enter(connection: Connection, workspace: WorkspaceId, entry: Entry, *, deployment_key: bytes, saying: Saying) -> ProfileId:
    sighting = Sighting(
        author=_placed(entry.author), at=saying.now, source=BY_HAND, location=entry.location, attributes=dict(entry.attributes)
    )
    return await enter_profile(connection, workspace=workspace, sighting=sighting, deployment_key=deployment_key, now=saying.now)


def _placed(author: Author) -> Author:
    """With the account that it is."""
    if author.external_id and author.network:
        return author
    if author.external_id or author.network:
        raise AccountNeededError
    address = next((normalised for each in author.emails if (normalised := normalise_email(each.value))), None)
    number = next((normalised for each in author.phones if (normalised := normalise_phone(each.value))), None)
    if address:
        return replace(author, network="email", external_id=address)
    if number:
        return replace(author, network="phone", external_id=number)
    return replace(author, network=NO_NETWORK, external_id=str(new_id()))
