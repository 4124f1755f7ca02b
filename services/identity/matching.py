"""When two profiles are certainly one person: normalised values, role mailboxes, and the placing of profiles into contacts.

Called by `profiles`; pure. Only a verified e-mail address is certain here. Never merges two contacts of several profiles
each: that is left to a person, as a conflict.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from email_validator import EmailNotValidError, validate_email

from services.contracts.ids import ContactId, ProfileId

EMAIL = "email"
PHONE = "phone"
CLUSTER_LIMIT = 100
"""Profiles that certain evidence may gather in one contact; beyond it a shared value is more likely than a busy person."""

_EMAIL_LIMIT_CHARS = 254
_PHONE_DIGITS = range(7, 16)

# Mailboxes of functions, not people: RFC 2142, and what companies call theirs in the languages we meet most.
_ROLE_NAMES = """
    abuse account accounts accounting admin administracion administration administrator all allstaff anfrage atencion
    atencionalcliente billing booking bookings buchhaltung bureau careers clientes comercial communications compliance
    compras contabilidad contact contacto contactus contato customercare customers customerservice customersupport
    datenschutz dev devnull donotreply einkauf empleo enquiries enquiry everyone facturacion feedback finance ftp
    hello help helpdesk hello hola hostmaster hr info informacion information infos inquiries inquiry invoice invoices it
    jobs kontakt kundenservice legal list mail mailerdaemon mailer marketing media news newsletter nobody nomail none
    noreplies noreply noresponse notification notifications office oficina order orders pedidos personal postbox
    postmaster presse press privacy purchasing recepcion rechnung reception recruiting registrar reply reservas
    reservation reservations returns root rrhh sales secretaria security service servicio shop soporte spam staff
    subscribe support sysadmin team tech test undisclosedrecipients unknown unsubscribe usenet vendas ventas verkauf
    vertrieb webmaster www
"""
_ROLES = frozenset(_ROLE_NAMES.split())
# Addresses typed to get past a form.
_FILLERS = frozenset({"a@a.com", "abc@abc.com", "asdf@asdf.com", "email@email.com", "none@none.com", "test@test.com", "x@x.com"})


def normalise_email(value: str) -> str | None:
    """The address in the one form it is compared in, or None where it is none.

    Lower case throughout: no mailbox provider in use tells case apart. Dots and +tags stay: whether they matter is the
    provider's secret, and certain evidence does not guess. The domain is in Unicode form.
    """
    text = unicodedata.normalize("NFC", value).strip().removeprefix("mailto:")
    if not text or len(text) > _EMAIL_LIMIT_CHARS:
        return None
    try:
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def normalise_phone(value: str) -> str | None:
    """Digits in international form (+34600111222), or None where country or number cannot be told."""
    text = unicodedata.normalize("NFKC", value).strip()
    digits = re.sub(r"[\s().\-/]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+[1-9][0-9]+", digits) or len(digits) - 1 not in _PHONE_DIGITS:
        return None
    return digits


def value_key(kind: str, value: str) -> bytes:
    """What a normalised value is indexed by: of fixed length, whatever was sent."""
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


def is_personal(email: str) -> bool:
    """Whether a normalised address can stand for one person: not a function's mailbox, not a form filler's."""
    local, _, domain = email.rpartition("@")
    name = re.sub(r"[._-]", "", local.partition("+")[0])
    return not (name in _ROLES or name.startswith(("noreply", "donotreply")) or email in _FILLERS or domain == "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A profile carried this key, vouched for, from this moment on."""

    profile_id: ProfileId
    key: bytes
    verified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why a profile left its own contact: it shares `key` with `other_id`."""

    other_id: ProfileId
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Certain evidence that would join two contacts of several profiles each; nothing was moved."""

    profile_id: ProfileId
    other_id: ProfileId
    key: bytes


@dataclass(slots=True)
class Placement:
    """Where every profile of a component belongs, and why; the outcome of `place`."""

    contacts: dict[ProfileId, ContactId]
    links: dict[ProfileId, Link] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def place(evidence: Iterable[Evidence], *, homes: Mapping[ProfileId, ContactId]) -> Placement:
    """Put the profiles of `homes` into contacts by the evidence they share.

    The evidence is taken in the order in which it came true, not in which it reached us, so any order of delivery
    gives the same contacts. Each profile begins in its home contact. One alone in its contact joins the contact of
    the first profile with the same key; where both contacts have company, they stay apart as a conflict.
    """
    placing = _Placing(homes)
    for item in sorted(evidence, key=lambda each: (each.verified_at, each.profile_id, each.key)):
        placing.take(item)
    return placing.placement


class _Placing:
    def __init__(self, homes: Mapping[ProfileId, ContactId]) -> None:
        self.placement = Placement(contacts=dict(homes))
        self._sizes: dict[ContactId, int] = dict.fromkeys(homes.values(), 1)
        self._first: dict[bytes, ProfileId] = {}

    def take(self, item: Evidence) -> None:
        first = self._first.setdefault(item.key, item.profile_id)
        contacts = self.placement.contacts
        own, host = contacts[item.profile_id], contacts[first]
        if own == host:
            return
        if self._sizes[own] == 1 and self._sizes[host] < CLUSTER_LIMIT:
            self._move(item.profile_id, beside=first, key=item.key)
        elif self._sizes[host] == 1 and self._sizes[own] < CLUSTER_LIMIT:
            self._move(first, beside=item.profile_id, key=item.key)
        else:
            self.placement.conflicts.append(Conflict(profile_id=item.profile_id, other_id=first, key=item.key))

    def _move(self, profile: ProfileId, *, beside: ProfileId, key: bytes) -> None:
        contacts = self.placement.contacts
        self._sizes[contacts[profile]] -= 1
        contacts[profile] = contacts[beside]
        self._sizes[contacts[beside]] += 1
        self.placement.links[profile] = Link(other_id=beside, key=key)
