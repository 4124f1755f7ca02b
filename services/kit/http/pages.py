"""Small pages for people whom no front-end of ours shows anything: they need no script and load nothing. Plain rules, called by doors."""

import base64
import hashlib
from html import escape

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


def page(title: str, body: str, *, language: str = "en") -> bytes:
    """A page; `title` is text, `body` is HTML, both in `language`."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'.encode()
