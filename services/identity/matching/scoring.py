"""What the evidence about two profiles allows: linking them, asking a person, or nothing. Pure; the pair alone decides."""

import enum
from dataclasses import dataclass

from services.identity.matching.circles import Circles
from services.identity.matching.evidence import Sign, is_variant, made_of_addresses, made_of_names, named_address, signs_of, strongest
from services.identity.matching.facts import Facts, fit_people
from services.identity.matching.normalising.names import NameFit
from services.identity.matching.rules import VERSION, Strength
from services.identity.matching.weights import Weights

HANDLE_AND_NAME = "handle_and_name"
MANY_SIGNS = "many_signs"
_MOST_BITS = 60.0
_BITS_OF_PAPERS = 8.0
_BITS_OF_DATES = 4.0
# Signs of one kind follow from one another, so that three signs of one kind are one.
_KINDS = {
    "name": "name",
    "name_variant": "name",
    "first_name": "name",
    "garbled_name": "name",
    "birth_date": "birth",
    "similar_birth_date": "birth",
    "near_birth_date": "birth",
    "email": "address",
    "similar_email": "address",
    "address_like_handle": "address",
    "handle": "handle",
    "handle_variant": "handle",
    "place": "place",
    "picture": "picture",
    "phone": "phone",
}


class Verdict(enum.IntEnum):
    """What a pair's evidence is enough for."""

    NOTHING = 0
    SUGGEST = 1
    LINK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two profiles, the smaller id first, and what speaks for and against their being one person."""

    one: str
    other: str
    verdict: Verdict
    rule: str
    strength: Strength
    bits: float
    score: float
    """A probability, 0 to 1."""
    fit: NameFit
    signs: tuple[Sign, ...]
    version: int = VERSION

    @property
    def rank(self) -> tuple[int, float, str, str]:
        """The order in which pairs are taken: the strongest first, ties by id."""
        return (-int(self.strength), -self.bits, self.one, self.other)


def cannot_link(one: Facts, other: Facts) -> bool:
    """What `compare` would find, told sooner: against two people's names only a platform's id or a CRM's key links."""
    if not fit_people(one, other).conflicts or one.own_reference == other.own_reference:
        return False
    return not (one.references & other.references or one.own_reference in other.references or other.own_reference in one.references)


def compare(one: Facts, other: Facts, *, circles: Circles, weights: Weights) -> Comparison:
    """Weigh a pair. The same whichever profile comes first."""
    one, other = sorted((one, other), key=lambda each: each.id)
    fit, signs = signs_of(one, other, circles=circles)
    bits = round(max(-_MOST_BITS, min(_MOST_BITS, sum(sign.bits for sign in signs))), 3)
    linking = _linking_sign(one, other, fit=fit, signs=signs)
    together = None if linking else _together(one, other, fit=fit, signs=signs, bits=bits, weights=weights)
    best = linking or strongest(signs)
    verdict = Verdict.LINK if linking or together else Verdict.SUGGEST if bits >= _asking_bits(signs, weights) else Verdict.NOTHING
    return Comparison(
        one=one.id,
        other=other.id,
        verdict=verdict,
        rule=together or (best.rule.name if best else ""),
        strength=best.rule.strength if best else Strength.WEAK,
        bits=bits,
        score=round(weights.probability(bits), 4),
        fit=fit,
        signs=tuple(signs),
    )


def _asking_bits(signs: list[Sign], weights: Weights) -> float:
    """Where dates of birth agree, somebody can look them up, and less is enough to be asked."""
    return weights.suggesting_bits - (_BITS_OF_PAPERS if any(sign.rule.name == "birth_date" for sign in signs) else 0.0)


def _gathering_bits(signs: list[Sign], weights: Weights) -> float:
    """Records with dates of birth are somebody's papers: what speaks for a pair there, beside dates that differ, is worth more."""
    dated = any(sign.rule.name == "other_birth_date" or _KINDS.get(sign.rule.name) == "birth" for sign in signs)
    return weights.gathering_bits - (_BITS_OF_DATES if dated else 0.0)


def _linking_sign(one: Facts, other: Facts, *, fit: NameFit, signs: list[Sign]) -> Sign | None:
    """The strongest sign that links by itself, given how the names fit."""
    for sign in sorted(signs, key=lambda each: (-int(each.rule.strength), -each.bits, each.rule.name)):
        if sign.rule.strength is Strength.CERTAIN and _stands(sign, one, other, fit=fit):
            return sign
        if sign.rule.strength is Strength.MEDIUM and not fit.conflicts and _agrees(sign, one, other, fit=fit):
            return sign
    return None


def _stands(sign: Sign, one: Facts, other: Facts, *, fit: NameFit) -> bool:
    """Certain evidence stands unless the names are two people's, or the value is a family's and these names do not decide."""
    if sign.rule.name in {"platform_id", "crm_key"}:
        return True
    if fit.conflicts or (fit is NameFit.OTHER_FAMILY and sign.rule.name == "verified_phone"):
        return False
    return fit.agrees or (not sign.contested and fit is not NameFit.GARBLED) or _backed(one, other)


def _agrees(sign: Sign, one: Facts, other: Facts, *, fit: NameFit) -> bool:
    if sign.rule.name == "birth_date":
        return fit in {NameFit.FULL, NameFit.FORM}
    if fit.agrees:
        return True
    if fit in {NameFit.OTHER_FAMILY, NameFit.GARBLED} or sign.contested:
        return False
    return fit is NameFit.FIRST or _backed(one, other)


def _backed(one: Facts, other: Facts) -> bool:
    """Where a name is missing, whether handles or the mailbox's own name stand in for it."""
    if one.handle and one.handle == other.handle:
        return True
    return is_variant(one, other) or made_of_names(one, other) or made_of_addresses(one, other) or named_address(one, other)


def _together(one: Facts, other: Facts, *, fit: NameFit, signs: list[Sign], bits: float, weights: Weights) -> str | None:
    if _handle_and_name(one, other, fit=fit, signs=signs, bits=bits, weights=weights):
        return HANDLE_AND_NAME
    return MANY_SIGNS if _many_signs(fit, signs=signs, bits=bits, weights=weights) else None


def _handle_and_name(one: Facts, other: Facts, *, fit: NameFit, signs: list[Sign], bits: float, weights: Weights) -> bool:
    """Two weak signs that do not follow from one another: the very same handle, and names that agree, or that it spells."""
    if bits < weights.joining_bits:
        return False
    shared = next((sign for sign in signs if sign.rule.name in {"handle", "handle_variant"}), None)
    if shared is None:
        return False
    if fit.agrees:
        return True
    return not shared.contested and (fit is NameFit.FIRST or (fit is NameFit.UNKNOWN and made_of_names(one, other)))


def _many_signs(fit: NameFit, *, signs: list[Sign], bits: float, weights: Weights) -> bool:
    """Signs of three kinds that agree, or of two where one is a date of birth or each is medium; and no name against them."""
    if bits < _gathering_bits(signs, weights) or fit.conflicts or fit is NameFit.OTHER_FAMILY:
        return False
    born_alike = any(sign.rule.name == "birth_date" for sign in signs)
    speaking = [sign for sign in signs if sign.bits > 0 and not (sign.contested and not born_alike)]
    kinds = {_KINDS.get(sign.rule.name, "") for sign in speaking} - {""}
    if sum(sign.rule.strength is Strength.MEDIUM for sign in speaking) >= 2 or (fit is not NameFit.UNKNOWN and len(kinds) >= 3):
        return True
    if "birth" not in kinds:
        return False
    return (
        fit in {NameFit.FULL, NameFit.FORM}
        or "address" in kinds
        or (born_alike and fit in {NameFit.FIRST, NameFit.GARBLED} and "name" in kinds)
    )
