"""One profile as the comparison sees it: normalised, with what says nothing taken out. Made by `read_facts`; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.identity.matching.normalising.emails import comparable_email, is_personal, normalise_email
from services.identity.matching.normalising.handles import normalise_handle, stem_of
from services.identity.matching.normalising.links import Account, Site, normalise_link
from services.identity.matching.normalising.names import NameFit, PersonName, fit_names, read_name
from services.identity.matching.normalising.nicknames import is_known
from services.identity.matching.normalising.phones import is_own_phone, normalise_phone
from services.identity.matching.normalising.places import normalise_birth, normalise_place
from services.identity.matching.values import EMAIL, PHONE

_VALUES_LIMIT = 20
_TEXT_LIMIT_CHARS = 300
_BIRTH = ("birth_date", "birthdate", "date_of_birth", "dob", "birthday")
_PICTURE = ("picture_hash", "avatar_hash")
_VISITOR = ("visitor_id", "user_id")
_TRUE = frozenset({"true", "1", "yes"})


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A typed value that profiles may share: ("email", "kim@example.com"), ("account", "x:kim")."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One profile as somebody tells it, in the form of a line of an import; `attributes` may hold a date of birth or a CRM's key."""

    id: str
    network: str
    external_id: str
    scope: str = ""
    handle: str = ""
    name: str = ""
    location: str = ""
    emails: tuple[tuple[str, bool], ...] = ()
    """Each with whether somebody vouched for it; so with phones."""
    phones: tuple[tuple[str, bool], ...] = ()
    links: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    all_of: tuple[tuple[str, str], ...] = ()
    """Attributes that hold beside one another, by name: two keys of one CRM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What can be compared. Keys that stand for nobody in particular (info@, 0000000000, shorteners) are not among them."""

    id: str
    network: str
    external_id: str
    scope: str
    handle: str
    stem: tuple[str, str]
    """Of the handle, without decoration, and its last digits."""
    name: PersonName | None
    place: str
    birth: str
    verified: frozenset[Key]
    claimed: frozenset[Key]
    """E-mail addresses and numbers, verified or not."""
    accounts: frozenset[Key]
    sites: frozenset[Key]
    confirmed_links: bool
    """The network says that the pages behind the links point back (rel=me)."""
    references: frozenset[Key]
    picture: str

    @property
    def own_account(self) -> Key | None:
        """The key by which others link here."""
        return Key("account", f"{self.network}:{self.handle}") if self.handle else None

    @property
    def own_reference(self) -> Key:
        """The platform's id."""
        return Key("reference", f"{self.network}:{self.scope}:{self.external_id}")


def read_facts(told: Described) -> Facts:
    """Normalise one profile. What cannot be read is left out; nothing is refused here."""
    network = told.network.strip().lower()
    handle = told.handle.strip()[:_TEXT_LIMIT_CHARS]
    emails, phones = _emails(told.emails), _phones(told.phones)
    links = [found for link in told.links[:_VALUES_LIMIT] if (found := normalise_link(link))]
    own = (network, normalise_handle(handle))
    said = [(name, value.strip()[:_TEXT_LIMIT_CHARS]) for name, value in (*told.attributes.items(), *told.all_of)]
    return Facts(
        id=told.id,
        network=network,
        external_id=told.external_id.strip(),
        scope=told.scope.strip(),
        handle=own[1],
        stem=stem_of(handle),
        name=read_name(told.name[:_TEXT_LIMIT_CHARS], handle=handle),
        place=normalise_place(told.location[:_TEXT_LIMIT_CHARS]),
        birth=normalise_birth(_first(told.attributes, _BIRTH)),
        verified=frozenset(key for key, verified in (*emails, *phones) if verified),
        claimed=frozenset(key for key, _ in (*emails, *phones)),
        accounts=frozenset(
            Key("account", f"{each.network}:{each.handle}")
            for each in links
            if isinstance(each, Account) and (each.network, each.handle) != own
        ),
        sites=frozenset(Key("site", each.address) for each in links if isinstance(each, Site)),
        confirmed_links=any(name == "rel_me" and value.lower() in _TRUE for name, value in said),
        references=_references(said),
        picture=_first(told.attributes, _PICTURE),
    )


def fit_people(one: Facts, other: Facts) -> NameFit:
    """How the names fit. With one date of birth, only given names that both exist are two people's (twins); others are badly written."""
    fit = fit_names(one.name, other.name)
    if fit.conflicts and one.birth and one.birth == other.birth and one.name and other.name:
        return fit if is_known(one.name.given) and is_known(other.name.given) else NameFit.GARBLED
    return fit


def _emails(told: Iterable[tuple[str, bool]]) -> list[tuple[Key, bool]]:
    read = [(normalise_email(value), verified) for value, verified in tuple(told)[:_VALUES_LIMIT]]
    return [(Key(EMAIL, comparable_email(email)), verified) for email, verified in read if email and is_personal(email)]


def _phones(told: Iterable[tuple[str, bool]]) -> list[tuple[Key, bool]]:
    read = [(normalise_phone(value), verified) for value, verified in tuple(told)[:_VALUES_LIMIT]]
    return [(Key(PHONE, phone), verified) for phone, verified in read if phone and is_own_phone(phone)]


def _references(said: Iterable[tuple[str, str]]) -> frozenset[Key]:
    """`crm:<system>` holds a CRM's key of the person; a visitor id is one that the company's own site vouches for."""
    return frozenset(
        Key("reference", f"visitor:{value}" if name in _VISITOR else f"{name}:{value}")
        for name, value in said
        if value and (name in _VISITOR or name.startswith("crm:"))
    )


def _first(attributes: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value.strip()[:_TEXT_LIMIT_CHARS] for name in names if (value := attributes.get(name, ""))), "")
