"""The signs that two profiles show of being one person, or two. Pure; called by `scoring`. Symmetric in the two."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.identity.matching.circles import Circles
from services.identity.matching.facts import Facts, Key, fit_people
from services.identity.matching.frequencies import agreement_bits, family_bits, given_bits
from services.identity.matching.normalising.emails import own_domain
from services.identity.matching.normalising.handles import bits_of
from services.identity.matching.normalising.names import NameFit, PersonName, fit_names
from services.identity.matching.normalising.slips import distance, is_slip
from services.identity.matching.rules import RULES, Rule, Strength
from services.identity.matching.values import EMAIL

_MOST_BITS_OF_NAME = 22.0
_MOST_BITS_OF_HANDLE = 24.0
_BIRTHS = ("birth_date", "similar_birth_date", "near_birth_date", "other_birth_date")


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule that holds for a pair; `contested` where the shared value is used by people of different names."""

    rule: Rule
    bits: float
    contested: bool = False


def signs_of(one: Facts, other: Facts, *, circles: Circles) -> tuple[NameFit, list[Sign]]:
    """How the names fit, and every sign, the weightiest first."""
    fit = fit_people(one, other)
    found = [
        *_shared_keys(one, other, circles),
        *_links(one, other, circles),
        *_names(one, other, fit),
        *_handles(one, other, circles),
        *_circumstances(one, other),
    ]
    return fit, sorted(found, key=lambda sign: (-sign.bits, sign.rule.name))


def _sign(name: str, bits: float | None = None, *, contested: bool = False) -> Sign:
    rule = RULES[name]
    weight = rule.bits if bits is None else bits
    return Sign(rule, weight or 0.0, contested)


def _shared_keys(one: Facts, other: Facts, circles: Circles) -> Iterator[Sign]:
    if one.own_reference == other.own_reference:
        yield _sign("platform_id")
    if one.references & other.references or one.own_reference in other.references or other.own_reference in one.references:
        yield _sign("crm_key")
    for kind in ("email", "phone"):
        shared = sorted(key for key in one.claimed & other.claimed if key.kind == kind and circles.says_something(key))
        if shared:
            verified = [key for key in shared if key in one.verified and key in other.verified]
            contested = all(circles.contested(key) for key in verified or shared)
            yield _sign(f"verified_{kind}" if verified else kind, contested=contested)
    sites = [key for key in one.sites & other.sites if circles.says_something(key)]
    if sites:
        yield _sign("own_site", contested=all(circles.contested(key) for key in sites))
    if not _share_email(one, other) and (bits := _similar_emails(one, other)):
        yield _sign("similar_email", bits)


def _share_email(one: Facts, other: Facts) -> bool:
    return any(key.kind == EMAIL for key in one.claimed & other.claimed)


def _similar_emails(one: Facts, other: Facts) -> float:
    """Bits: fewer at a provider of many, none where the digits differ, for that is how neighbours there are told apart."""
    bits = 0.0
    for mine in one.claimed:
        for yours in other.claimed:
            if mine.kind == yours.kind == EMAIL and _digits(mine.value) == _digits(yours.value):
                limit = min(3, len(mine.value) // 7)
                if distance(mine.value, yours.value, limit=limit) <= limit:
                    bits = max(bits, 12.0 if own_domain(mine.value) and own_domain(yours.value) else 4.0)
    return bits


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _links(one: Facts, other: Facts, circles: Circles) -> Iterator[Sign]:
    forth, back = _points(one, other, circles), _points(other, one, circles)
    if forth and back:
        yield _sign("reciprocal_links")
    elif forth or back:
        source = one if forth else other
        yield _sign("confirmed_link" if source.confirmed_links else "one_way_link")


def _points(source: Facts, target: Facts, circles: Circles) -> bool:
    """Whether a link leads here and nowhere else: a handle that two accounts of a network share names neither."""
    account = target.own_account
    return (
        account is not None and account in source.accounts and len(circles.owners.get(account, ())) == 1 and circles.says_something(account)
    )


def _names(one: Facts, other: Facts, fit: NameFit) -> Iterator[Sign]:
    against = {NameFit.CONFLICT: "other_name", NameFit.HOUSEHOLD: "other_first_name", NameFit.OTHER_FAMILY: "other_family_name"}
    if fit in against:
        yield _sign(against[fit])
    elif fit is NameFit.GARBLED:
        if fit_names(one.name, other.name) is not fit:
            return
        yield _sign("garbled_name")
    elif fit is not NameFit.UNKNOWN and one.name is not None and other.name is not None:
        name = {NameFit.FULL: "name", NameFit.FIRST: "first_name"}.get(fit, "name_variant")
        yield _sign(name, min(_MOST_BITS_OF_NAME, agreement_bits(one.name, other.name, fit=fit)))


def _handles(one: Facts, other: Facts, circles: Circles) -> Iterator[Sign]:
    known = (one.name.words if one.name else frozenset[str]()) | (other.name.words if other.name else frozenset[str]())
    if one.handle and one.handle == other.handle:
        key = Key("handle", one.handle)
        if circles.says_something(key):
            yield _sign("handle", min(_MOST_BITS_OF_HANDLE, bits_of(one.handle, known=known)), contested=circles.contested(key))
    elif is_variant(one, other):
        shorter = min(one.handle, other.handle, key=lambda each: (len(each), each))
        yield _sign("handle_variant", max(3.0, bits_of(shorter, known=known) - 5.0))
    if made_of_names(one, other):
        yield _sign("handle_like_name", _name_bits(one, other))
    if made_of_addresses(one, other) and one.handle != other.handle:
        yield _sign("address_like_handle", 3.0 if is_variant(one, other) else 6.0)


def is_variant(one: Facts, other: Facts) -> bool:
    """One stem under different decoration, or one handle cut short by a limit of length. Other digits are another person's."""
    if not one.handle or not other.handle:
        return False
    (mine, my_digits), (yours, your_digits) = one.stem, other.stem
    if mine and mine == yours:
        return my_digits.startswith(your_digits) or your_digits.startswith(my_digits)
    short, long = sorted((one.handle, other.handle), key=len)
    return len(short) >= 8 and long.startswith(short)


def handle_fits(handle: str, name: PersonName) -> bool:
    """Whether a handle is made of a full name: kimlu, lukim, klu; also cut short (benjaminestradasal)."""
    if not name.is_full:
        return False
    family = name.families[-1].replace("-", "")
    letters = handle.rstrip("0123456789")
    whole = {
        f"{name.given}{family}",
        f"{family}{name.given}",
        f"{name.given[0]}{family}",
        f"{name.given}{family[0]}",
        f"{family}{name.given[0]}",
    }
    if any(each in letters for each in whole if len(each) >= 5):
        return True
    return len(letters) >= 9 and f"{name.given}{family}".startswith(letters) and len(letters) > len(name.given) + 2


def made_of_names(one: Facts, other: Facts) -> bool:
    """Whether the handle of the one fits the other's name, where the one shows no name of its own."""
    return any(
        name is not None and handle and handle_fits(handle, name)
        for handle, name, shown in ((one.handle, other.name, one.name), (other.handle, one.name, other.name))
        if shown is None or not shown.is_full
    )


def _name_bits(one: Facts, other: Facts) -> float:
    """What the handle adds to the names: the family name, and where none is shown the given name by its pattern."""
    name = max((each for each in (one.name, other.name) if each and each.is_full), key=lambda each: (len(each.families), each.families))
    given = 0.5 * given_bits(name.given) if one.name is None or other.name is None else 0.0
    return max(2.0, given + family_bits(name.families[-1]) - 2.0)


def made_of_addresses(one: Facts, other: Facts) -> bool:
    """Whether the mailbox of one is named like the other's handle: not a shared value, yet unlikely by chance."""
    return any(
        handle and len(handle) >= 7 and handle == local_part(key)
        for profile, handle in ((one, other.handle), (other, one.handle))
        for key in profile.claimed
        if key.kind == EMAIL
    )


def named_address(one: Facts, other: Facts) -> bool:
    """Whether they share a mailbox that is named after one of them: dorsey.derek@, not thedorseys@."""
    names = [name for name in (one.name, other.name) if name is not None]
    return any(key.kind == EMAIL and handle_fits(local_part(key), name) for key in one.claimed & other.claimed for name in names)


def local_part(key: Key) -> str:
    """Letters and digits before the @ of an e-mail key."""
    return "".join(letter for letter in key.value.partition("@")[0] if letter.isalnum())


def _circumstances(one: Facts, other: Facts) -> Iterator[Sign]:
    if one.place and other.place:
        yield _sign("place" if one.place == other.place or is_slip(one.place, other.place) else "other_place")
    if one.network == other.network and one.handle and other.handle:
        yield _sign("same_network")
    if one.birth and other.birth:
        yield _sign(_BIRTHS[distance(one.birth, other.birth, limit=2)])
    if one.picture and one.picture == other.picture:
        yield _sign("picture")


def strongest(signs: list[Sign]) -> Sign | None:
    """The sign that a decision is named after."""
    speaking = [sign for sign in signs if sign.rule.strength is not Strength.AGAINST]
    return max(speaking, key=lambda sign: (sign.rule.strength, sign.bits, sign.rule.name), default=None)
