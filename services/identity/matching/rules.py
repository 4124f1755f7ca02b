"""The rules of matching as a table: what each sign is called, how strong it is, what it weighs and how it is told. Pure data."""

import enum
from dataclasses import dataclass
from types import MappingProxyType

VERSION = 2
"""Counts changes of rules or weights; every stored decision carries it."""


class Strength(enum.IntEnum):
    """What a sign may do by itself."""

    AGAINST = 0
    WEAK = 1
    """Adds to the score."""
    MEDIUM = 2
    """Links where the names agree."""
    CERTAIN = 3
    """Links, unless a veto stands against it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`bits` is the usual weight, log2 of how much likelier the sign is for one person than for two; computed where it is None."""

    name: str
    strength: Strength
    bits: float | None
    sentence: str


def _table(*rules: Rule) -> MappingProxyType[str, Rule]:
    return MappingProxyType({rule.name: rule for rule in rules})


RULES = _table(
    Rule("platform_id", Strength.CERTAIN, 40.0, "they are the same account"),
    Rule("crm_key", Strength.CERTAIN, 34.0, "they carry the same key of your system"),
    Rule("verified_email", Strength.CERTAIN, 30.0, "they have the same verified e-mail address"),
    Rule("verified_phone", Strength.CERTAIN, 28.0, "they have the same verified phone number"),
    Rule("reciprocal_links", Strength.CERTAIN, 30.0, "they link to each other"),
    Rule("email", Strength.MEDIUM, 22.0, "they have the same e-mail address, which is not verified on both"),
    Rule("phone", Strength.MEDIUM, 18.0, "they have the same phone number, which is not verified on both"),
    Rule("confirmed_link", Strength.MEDIUM, 24.0, "one shows a link to the other that its network has checked"),
    Rule("one_way_link", Strength.MEDIUM, 20.0, "one links to the other"),
    Rule("own_site", Strength.MEDIUM, 20.0, "they show the same site of their own"),
    Rule("birth_date", Strength.MEDIUM, 14.0, "they have the same date of birth"),
    Rule("handle", Strength.WEAK, None, "they use the same handle"),
    Rule("handle_variant", Strength.WEAK, None, "their handles are variants of one"),
    Rule("handle_like_name", Strength.WEAK, None, "the handle of one is made of the other's name"),
    Rule("address_like_handle", Strength.WEAK, None, "the e-mail address of one looks like the other's handle"),
    Rule("similar_email", Strength.WEAK, 12.0, "their e-mail addresses differ in a letter"),
    Rule("similar_birth_date", Strength.WEAK, 9.0, "their dates of birth differ in one digit"),
    Rule("near_birth_date", Strength.WEAK, 5.0, "their dates of birth differ in two digits"),
    Rule("name", Strength.WEAK, None, "they have the same name"),
    Rule("name_variant", Strength.WEAK, None, "their names are forms of one"),
    Rule("garbled_name", Strength.WEAK, 6.0, "their names may be one, badly written"),
    Rule("first_name", Strength.WEAK, None, "they have the same first name"),
    Rule("place", Strength.WEAK, 2.5, "they are in the same place"),
    Rule("picture", Strength.WEAK, 9.0, "they show the same picture"),
    Rule("other_place", Strength.AGAINST, -3.0, "they are in different places"),
    Rule("same_network", Strength.AGAINST, -5.0, "both are accounts of one network"),
    Rule("other_birth_date", Strength.AGAINST, -6.0, "their dates of birth differ"),
    Rule("other_family_name", Strength.AGAINST, -8.0, "their family names differ"),
    Rule("other_first_name", Strength.AGAINST, -12.0, "they have one family name and different first names"),
    Rule("other_name", Strength.AGAINST, -14.0, "their names differ"),
)
