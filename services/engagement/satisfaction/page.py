"""What a person sees behind the link: a small page that needs no script and loads nothing. Plain rules."""

import base64
import hashlib
from html import escape

from services.engagement.satisfaction.reviews import Review

STARS = range(1, 6)
COMMENT_LIMIT_CHARS = 2000
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;padding:.6rem 0}[aria-pressed]{font-weight:bold}"
    "textarea{width:100%;min-height:6rem}button{font:inherit;padding:.6rem 1.4rem}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}


def question_page(*, stars: int | None, comment: str) -> bytes:
    """The question. A tap on a number is an answer; who gave one is asked for words beside it, and may still tap another."""
    return _page("How did we do?", _choices(stars) + _words(stars, comment))


def message_page(title: str) -> bytes:
    """One sentence."""
    return _page(title, "")


def thanks_page(review: Review | None, *, stars: int, comment: str | None) -> bytes:
    """That it was kept; for the happy, where they may say it to others; and room for words, after a tap that brought none."""
    words = _words(stars, "") if comment is None else ""
    if review is None:
        return _page("Thank you", words)
    link = f'<a href="{escape(review.url)}" rel="noopener noreferrer external">Write a review</a>'
    return _page("Thank you", f"<p>{escape(review.words)}</p><p>{link}</p>{words}")


def _choices(stars: int | None) -> str:
    pressed = {stars: ' aria-pressed="true"'}
    buttons = " ".join(f'<button name="stars" value="{each}"{pressed.get(each, "")}>{each}</button>' for each in STARS)
    return f'<form method="post"><fieldset><legend>1 is poor, 5 is excellent</legend>{buttons}</fieldset></form>'


def _words(stars: int | None, comment: str) -> str:
    if stars is None:
        return ""
    return (
        f'<form method="post"><input type="hidden" name="stars" value="{stars}"><p><label for="comment">Anything to add?</label>'
        f'<textarea id="comment" name="comment" maxlength="{COMMENT_LIMIT_CHARS}">{escape(comment)}</textarea></p>'
        "<p><button>Send</button></p></form>"
    )


def _page(title: str, body: str) -> bytes:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'.encode()
