"""What a person sees behind a preference link, in four languages: a small form that needs no script and loads nothing. Plain rules.

It names networks, purposes and labels that are offered to all, and nobody's name, handle or address: who holds the link may not be
who it was made for.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

from services.contracts.consent import Purpose
from services.kit.http.pages import page

SEPARATOR = "|"
NEVER = "never"
# What was ticked when the page was made: an old page is not to say yes, or lift a no, by what nobody touched.
WAS = "was"
WAS_NEVER = "was_never"
LABEL = "label"
WAS_LABEL = "was_label"
ONE_CLICK = "List-Unsubscribe"
_LANGUAGES_LIMIT = 20

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "What {company} may write to you",
        "intro": "Choose what you want to receive, and where. You can come back and change it at any time.",
        "save": "Save",
        "saved": "Saved. This is what counts from now on.",
        "nothing": "No more messages of any kind",
        "never": "Do not write to me at all, except to answer me",
        "interests": "What interests you",
        "gone": "This link is no longer valid. Ask for a new one.",
        "foreign": "Open the link yourself, please.",
        "unreadable": "That could not be read. Open the link again, please.",
        "unsubscribed": "You are unsubscribed.",
    },
    "es": {
        "title": "Qué puede escribirle {company}",
        "intro": "Elija qué quiere recibir y dónde. Puede volver y cambiarlo cuando quiera.",
        "save": "Guardar",
        "saved": "Guardado. Esto es lo que vale a partir de ahora.",
        "nothing": "Ningún mensaje más de ningún tipo",
        "never": "No me escriban nunca, salvo para contestarme",
        "interests": "Lo que le interesa",
        "gone": "Este enlace ya no es válido. Pida uno nuevo.",
        "foreign": "Abra usted mismo el enlace, por favor.",
        "unreadable": "No se pudo leer. Vuelva a abrir el enlace, por favor.",
        "unsubscribed": "Se ha dado de baja.",
    },
    "fr": {
        "title": "Ce que {company} peut vous écrire",
        "intro": "Choisissez ce que vous voulez recevoir, et où. Vous pouvez revenir et changer d'avis à tout moment.",
        "save": "Enregistrer",
        "saved": "C'est enregistré. Voilà ce qui vaut désormais.",
        "nothing": "Plus aucun message d'aucune sorte",
        "never": "Ne m'écrivez plus du tout, sauf pour me répondre",
        "interests": "Ce qui vous intéresse",
        "gone": "Ce lien n'est plus valable. Demandez-en un nouveau.",
        "foreign": "Ouvrez le lien vous-même, s'il vous plaît.",
        "unreadable": "Cela n'a pas pu être lu. Rouvrez le lien, s'il vous plaît.",
        "unsubscribed": "Vous êtes désabonné.",
    },
    "de": {
        "title": "Was {company} Ihnen schreiben darf",
        "intro": "Wählen Sie, was Sie bekommen möchten und wo. Sie können jederzeit wiederkommen und es ändern.",
        "save": "Speichern",
        "saved": "Gespeichert. Das gilt ab jetzt.",
        "nothing": "Keine Nachrichten mehr, gleich welcher Art",
        "never": "Schreiben Sie mir gar nicht, außer um mir zu antworten",
        "interests": "Was Sie interessiert",
        "gone": "Dieser Link gilt nicht mehr. Bitten Sie um einen neuen.",
        "foreign": "Bitte öffnen Sie den Link selbst.",
        "unreadable": "Das war nicht zu lesen. Bitte öffnen Sie den Link noch einmal.",
        "unsubscribed": "Sie sind abgemeldet.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """A label that people may choose; `held`: this person has it."""

    id: UUID
    name: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the page shows: `allowed` are (purpose, network) that are on; `never` is do-not-contact."""

    company: str
    purposes: Sequence[Purpose]
    networks: Sequence[str]
    allowed: Collection[tuple[str, str]]
    never: bool
    interests: Sequence[Interest] = ()


def language_of(accepted: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, section 12.5.4); English where none fits."""
    wanted = []
    for place, part in enumerate(accepted.split(",")[:_LANGUAGES_LIMIT]):
        tag, _, parameter = part.partition(";")
        wanted.append((-_quality(parameter), place, tag.strip().lower().partition("-")[0]))
    return next((base for refused, _, base in sorted(wanted) if refused < 0 and base in _WORDS), "en")


def preference_page(shown: Preferences, *, language: str, saved: bool = False) -> bytes:
    """The form; `saved` says above it that what it shows was kept."""
    words = _WORDS[language]
    told = f'<p role="status"><strong>{escape(words["saved"])}</strong></p>' if saved else f"<p>{escape(words['intro'])}</p>"
    groups = "".join(_group(shown, network, language=language) for network in shown.networks)
    ticked = " checked" if shown.never else ""
    was = f'<input type="hidden" name="{WAS_NEVER}" value="1">' if shown.never else ""
    never = f'<p>{was}<label><input type="checkbox" name="{NEVER}" value="1"{ticked}> {escape(words["never"])}</label></p>'
    buttons = f"<p><button>{escape(words['save'])}</button></p>"
    everything = (
        f'<form method="post"><input type="hidden" name="nothing" value="1"><p><button>{escape(words["nothing"])}</button></p></form>'
    )
    form = f'<form method="post">{groups}{_interests(shown.interests, words["interests"])}{never}{buttons}</form>{everything}'
    return page(words["title"].format(company=shown.company), told + form, language=language)


def message_page(name: str, *, language: str) -> bytes:
    """One sentence: `gone`, `foreign`, `unreadable`, `unsubscribed`."""
    return page(_WORDS[language][name], "", language=language)


def wording_of(purpose: Purpose, language: str) -> str:
    """What a purpose is called on the page."""
    return purpose.titles.get(language) or purpose.titles.get("en") or purpose.key


def _group(shown: Preferences, network: str, *, language: str) -> str:
    boxes = "".join(_box(purpose, network, shown.allowed, language=language) for purpose in shown.purposes)
    return f"<fieldset><legend>{escape(network.replace('_', ' ').title())}</legend>{boxes}</fieldset>"


def _interests(offered: Sequence[Interest], title: str) -> str:
    if not offered:
        return ""
    return f"<fieldset><legend>{escape(title)}</legend>{''.join(map(_interest, offered))}</fieldset>"


def _interest(offered: Interest) -> str:
    ticked = " checked" if offered.held else ""
    hidden = f'<input type="hidden" name="{WAS_LABEL}" value="{offered.id}">' if offered.held else ""
    return f'{hidden}<label><input type="checkbox" name="{LABEL}" value="{offered.id}"{ticked}> {escape(offered.name)}</label>'


def _box(purpose: Purpose, network: str, allowed: Collection[tuple[str, str]], *, language: str) -> str:
    value = escape(f"{purpose.key}{SEPARATOR}{network}")
    ticked = " checked" if (purpose.key, network) in allowed else ""
    hidden = f'<input type="hidden" name="shown" value="{value}">'
    if ticked:
        hidden += f'<input type="hidden" name="{WAS}" value="{value}">'
    return f'{hidden}<label><input type="checkbox" name="allow" value="{value}"{ticked}> {escape(wording_of(purpose, language))}</label>'


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
