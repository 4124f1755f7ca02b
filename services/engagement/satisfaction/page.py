"""What a person sees behind the link: a small page that needs no script and loads nothing. Plain rules."""

from html import escape

from services.engagement.satisfaction.reviews import Review
from services.kit.http.pages import page

STARS = range(1, 6)
COMMENT_LIMIT_CHARS = 2000


def question_page(*, stars: int | None, comment: str) -> bytes:
    """The question. A tap on a number is an answer; who gave one is asked for words beside it, and may still tap another."""
    return page("How did we do?", _choices(stars) + _words(stars, comment))


def message_page(title: str) -> bytes:
    """One sentence."""
    return page(title, "")


def thanks_page(review: Review | None, *, stars: int, comment: str | None) -> bytes:
    """That it was kept; for the happy, where they may say it to others; and room for words, after a tap that brought none."""
    words = _words(stars, "") if comment is None else ""
    if review is None:
        return page("Thank you", words)
    link = f'<a href="{escape(review.url)}" rel="noopener noreferrer external">Write a review</a>'
    return page("Thank you", f"<p>{escape(review.words)}</p><p>{link}</p>{words}")


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
