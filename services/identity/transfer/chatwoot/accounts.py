"""Whose account a `source_id` of an inbox is: network, scope and id as our own connectors name them. Called by people and threads; pure.

What is unique only inside its inbox gets the inbox as its scope, so that two people are never taken for one.
Source of the types: https://github.com/chatwoot/chatwoot/tree/develop/app/models/channel
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.contracts.interaction import Author, Claimed
from services.identity.matching import normalise_email
from services.identity.transfer.chatwoot.objects import SYSTEM, id_of, words

_WHATSAPP_OF_TWILIO = "whatsapp:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """An inbox as far as the file has told of it; `page` is the account of ours that gives its people their ids."""

    id: str
    name: str = ""
    channel_type: str = ""
    page: str = ""


def inbox_of(given: Mapping[str, Any]) -> Inbox:
    """An inbox's object."""
    page = words(given, "page_id") or words(given, "instagram_id") or id_of(given, "page_id") or id_of(given, "instagram_id")
    return Inbox(id=id_of(given), name=words(given, "name") or "", channel_type=words(given, "channel_type") or "", page=page)


def account_of(inbox: Inbox, source: str, *, scope: str, name: str | None) -> Author:
    """The account with that `source_id`; `scope` tells two installations of Chatwoot apart."""
    own = f"{own_scope(scope)}/{inbox.id}"
    make = _BY_TYPE.get(inbox.channel_type.removeprefix("Channel::"))
    if make is not None:
        author = make(inbox, source, own)
    else:
        kind = "".join(sign for sign in inbox.channel_type.removeprefix("Channel::").lower() if sign.isascii() and sign.isalnum())
        author = Author(network=kind[:40] or SYSTEM, scope=own, external_id=source)
    return Author(
        network=author.network, scope=author.scope, external_id=author.external_id, name=name, emails=author.emails, phones=author.phones
    )


def contact_account(contact: str, *, scope: str, name: str | None = None) -> Author:
    """Chatwoot's own record of a person: whoever is known by no inbox is this."""
    return Author(network=SYSTEM, scope=scope, external_id=contact, name=name)


def own_scope(scope: str) -> str:
    """What the things of one installation are called by."""
    return f"{SYSTEM}:{scope}" if scope else SYSTEM


def _number(source: str) -> str:
    return source.removeprefix(_WHATSAPP_OF_TWILIO).removeprefix("+")


def _whatsapp(_: Inbox, source: str, __: str) -> Author:
    number = _number(source)
    # WhatsApp has proved that the number is the account's.
    phones = (Claimed(value=f"+{number}", verified=True),) if number.isascii() and number.isdigit() else ()
    return Author(network="whatsapp", external_id=number, phones=phones)


def _sms(inbox: Inbox, source: str, own: str) -> Author:
    if source.startswith(_WHATSAPP_OF_TWILIO):
        return _whatsapp(inbox, source, own)
    return Author(network="phone", external_id=source, phones=(Claimed(value=source),))


def _email(_: Inbox, source: str, own: str) -> Author:
    known = normalise_email(source)
    if known is None:
        return Author(network="email", scope=own, external_id=source)
    return Author(network="email", external_id=known, emails=(Claimed(value=source),))


def _of_page(network: str) -> Callable[[Inbox, str, str], Author]:
    return lambda inbox, source, own: Author(network=network, scope=inbox.page or own, external_id=source)


def _everywhere(network: str) -> Callable[[Inbox, str, str], Author]:
    return lambda _, source, __: Author(network=network, external_id=source)


def _inside(network: str) -> Callable[[Inbox, str, str], Author]:
    return lambda _, source, own: Author(network=network, scope=own, external_id=source)


_BY_TYPE: Mapping[str, Callable[[Inbox, str, str], Author]] = MappingProxyType(
    {
        "Whatsapp": _whatsapp,
        "Sms": _sms,
        "TwilioSms": _sms,
        "Email": _email,
        "FacebookPage": _of_page("facebook"),
        "Instagram": _of_page("instagram"),
        "Telegram": _everywhere("telegram"),
        "TwitterProfile": _everywhere("x"),
        "Tiktok": _inside("tiktok"),
        "Line": _inside("line"),
        "WebWidget": _inside("webchat"),
        "Api": _inside("api"),
    }
)
