"""E-mail addresses: their written form, the form in which two are compared, and whether one stands for a person. Pure."""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_LIMIT_CHARS = 254
# One address is met several times while its row passes: as it was written, as it was kept, in what is compared.
_REMEMBERED = 4096

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
# Local parts and domains typed to get past a form; one of them with a domain of the same kind is nobody.
_FILLER_NAMES = frozenset(
    {"a", "aa", "aaa", "abc", "asd", "asdf", "demo", "email", "example", "fake", "foo", "me", "qwerty", "x", "xx", "xxx"}
)
_FILLER_DOMAINS = frozenset(
    {"a", "aa", "aaa", "abc", "asd", "asdf", "email", "fake", "foo", "mail", "none", "nowhere", "test", "x", "xx", "xxx"}
)
_DISPOSABLE = frozenset(
    [
        "10minutemail.com",
        "discard.email",
        "dispostable.com",
        "fakeinbox.com",
        "getnada.com",
        "grr.la",
        "guerrillamail.com",
        "guerrillamail.info",
        "mailcatch.com",
        "maildrop.cc",
        "mailinator.com",
        "mailnesia.com",
        "mintemail.com",
        "mohmal.com",
        "mytemp.email",
        "sharklasers.com",
        "spamgourmet.com",
        "temp-mail.org",
        "tempmail.com",
        "tempr.email",
        "throwawaymail.com",
        "trashmail.com",
        "yopmail.com",
        "yopmail.fr",
    ]
)
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
# Providers that document the plus sign as an address of the same mailbox.
_WITH_TAGS = _GOOGLE | frozenset(
    [
        "fastmail.com",
        "fastmail.fm",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mac.com",
        "me.com",
        "outlook.com",
        "pm.me",
        "proton.me",
        "protonmail.com",
    ]
)
_SHARED_HOSTS = _WITH_TAGS | frozenset(
    [
        "aol.com",
        "comcast.net",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "hey.com",
        "libero.it",
        "mail.com",
        "mail.ru",
        "orange.fr",
        "qq.com",
        "t-online.de",
        "tutanota.com",
        "wanadoo.fr",
        "web.de",
        "yahoo.com",
        "yahoo.co.uk",
        "yahoo.es",
        "yahoo.fr",
        "yandex.com",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    ]
)


@lru_cache(maxsize=_REMEMBERED)
def normalise_email(value: str) -> str | None:
    """The address as it is kept and written to, or None where it is none.

    Lower case throughout: no mailbox provider in use tells case apart. Dots and +tags stay, as the owner wrote them;
    `comparable_email` drops them. The domain is in Unicode form.
    """
    text = unicodedata.normalize("NFC", value).strip().removeprefix("mailto:")
    if not text or len(text) > _LIMIT_CHARS:
        return None
    try:
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return checked.normalized.lower()


def comparable_email(email: str) -> str:
    """A normalised address without what its provider ignores: Google's dots, and +tags where they are documented."""
    local, _, domain = email.rpartition("@")
    if domain in _WITH_TAGS:
        local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        return f"{local.replace('.', '') or local}@gmail.com"
    return f"{local}@{domain}"


def is_personal(email: str) -> bool:
    """Whether a normalised address can stand for one person: no function's mailbox, form filler or throw-away address."""
    return not impersonal_reason(email)


def impersonal_reason(email: str) -> str:
    """Why a normalised address stands for nobody, as a sentence; empty where it can stand for one person."""
    local, _, domain = email.rpartition("@")
    name = re.sub(r"[._-]", "", local.partition("+")[0])
    if name in _ROLES or name.startswith(("noreply", "donotreply")):
        return "A role mailbox: it belongs to a function, not to a person, and joins nobody."
    if domain == "localhost" or domain in _DISPOSABLE:
        return "A throw-away address: it joins nobody."
    if _is_filler(name, domain):
        return "An address typed to get past a form: it joins nobody."
    return ""


def own_domain(email: str) -> str | None:
    """The domain, where it is no provider's that many people share."""
    domain = email.rpartition("@")[2]
    return None if domain in _SHARED_HOSTS else domain


def _is_filler(name: str, domain: str) -> bool:
    host = domain.partition(".")[0]
    return host in _FILLER_DOMAINS and (name in _FILLER_NAMES or name == host or name in {"test", "none", "user"})
