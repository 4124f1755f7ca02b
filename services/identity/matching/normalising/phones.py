"""Phone numbers in international form, and whether one can be somebody's. Pure."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers

_DIGITS = range(7, 16)
_REPEATED = 5
_REMEMBERED = 4096


@lru_cache(maxsize=_REMEMBERED)
def normalise_phone(value: str, *, region: str | None = None) -> str | None:
    """Digits in international form (+34600111222), or None where country or number cannot be told.

    `region` (ES) is the country of numbers written without one. The length must be possible in its country; whether a
    range is in use is not asked: ranges open faster than lists of them.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    digits = re.sub(r"[\s().\-/]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not re.fullmatch(r"\+[1-9][0-9]+" if region is None else r"\+?[0-9]+", digits):
        return None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return whole if len(whole) - 1 in _DIGITS else None


def is_own_phone(phone: str) -> bool:
    """Whether a normalised number can be one household's: no digit five times over at its end, no counting up or down."""
    digits = phone.lstrip("+")
    tail = digits[-_REPEATED - 1 :]
    return len(set(tail)) > 1 and not any(run in digits for run in ("1234567", "7654321", "2345678", "8765432"))
