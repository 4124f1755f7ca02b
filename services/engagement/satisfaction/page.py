"""What a person sees behind the link: a small page that needs no script and loads nothing. Plain rules."""

import base64
import hashlib
from html import escape

from services.engagement.satisfaction.reviews import Review

STARS = range(1, 6)
COMMENT_LIMIT_CHARS = 2000
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}"
    "label{display:inline-block;padding:.6rem .9rem}textarea{width:100%;min-height:6rem}button{font:inherit;padding:.6rem 1.4rem}"
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
    """The form; what was said before stands in it."""
    choices = "".join(
        f'<label><input type="radio" name="stars" value="{each}" required{" checked" if each == stars else ""}> {each}</label>'
        for each in STARS
    )
    form = (
        f'<form method="post"><fieldset><legend>1 is poor, 5 is excellent</legend>{choices}</fieldset>'
        f'<p><label for="comment">Anything to add?</label><textarea id="comment" name="comment" maxlength="{COMMENT_LIMIT_CHARS}">'
        f"{escape(comment)}</textarea></p><p><button>Send</button></p></form>"
    )
    return _page("How did we do?", form)


def message_page(title: str) -> bytes:
    """One sentence."""
    return _page(title, "")


def thanks_page(review: Review | None) -> bytes:
    """That it was kept; and for the happy, where they may say it to others."""
    if review is None:
        return message_page("Thank you")
    link = f'<a href="{escape(review.url)}" rel="noopener noreferrer external">Write a review</a>'
    return _page("Thank you", f"<p>{escape(review.words)}</p><p>{link}</p>")


def _page(title: str, body: str) -> bytes:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'.encode()
