"""STOP and its kin: whether a message is nothing but a keyword. Called by hearing and settings; pure."""

import unicodedata

OPT_OUT = (
    "STOP",
    "STOP ALL",
    "STOPALL",
    "STOPP",
    "UNSUBSCRIBE",
    "OPT OUT",
    "OPTOUT",
    "BAJA",
    "DARME DE BAJA",
    "ARRÊT",
    "DÉSABONNER",
    "ME DÉSABONNER",
    "ABMELDEN",
    "ABBESTELLEN",
    "DISISCRIVIMI",
    "CANCELLAMI",
    "AFMELDEN",
    "DESCADASTRAR",
)
OPT_IN = (
    "START",
    "UNSTOP",
    "SUBSCRIBE",
    "OPT IN",
    "OPTIN",
    "ALTA",
    "DARME DE ALTA",
    "ABONNER",
    "M'ABONNER",
    "ANMELDEN",
    "ISCRIVIMI",
    "AANMELDEN",
)
_LONGEST_CHARS = 100


def plain(text: str) -> str:
    """A keyword or message without case, accents, punctuation, marks and what is not seen; words with one space between them."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in spread if unicodedata.category(each) not in {"Mn", "Cf"})
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


def may_be_keyword(text: str | None) -> bool:
    """Whether it is short enough to be worth looking at."""
    return text is not None and 0 < len(text.strip()) <= _LONGEST_CHARS


def is_among(text: str, keywords: tuple[str, ...]) -> bool:
    """Whether the text is nothing but one of these."""
    said = plain(text)
    return bool(said) and said in {plain(each) for each in keywords}


def is_command(text: str) -> bool:
    """Whether it begins with a slash: a platform's button may have written it, so it stands for no yes (Telegram's /start)."""
    return text.lstrip().startswith("/")
