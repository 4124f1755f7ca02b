"""The words of a comment and whom they name. Called by the readers beside; pure."""

import html
import re

from services.contracts.interaction import Author
from services.engagement.connectors.youtube.people import author, ourselves
from services.engagement.protocol import ChannelFacts

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
# The markup that YouTube itself writes; anything else between angles is what somebody typed.
_MARKUP = re.compile(r"</?(?:a|b|i|s|u|em|strong|strike|del|span|img)(?:\s[^<>]*)?/?>", re.IGNORECASE)
# Handles are 3 to 30 letters, digits, dots, dashes, underscores: https://support.google.com/youtube/answer/11585688.
_HANDLE = re.compile(r"(?<![\w@./])@([\w][\w.\-·]{1,28}[\w])")
_MOST_MENTIONS = 20


def text_of(original: str | None, *, shown: str | None) -> str | None:
    """What was typed where YouTube tells it, else what it shows, without its markup."""
    if original is not None or shown is None:
        return original
    return html.unescape(_MARKUP.sub("", _BREAK.sub("\n", shown)))


def mentions_in(text: str | None, *, channel: ChannelFacts, above: Author | None = None) -> tuple[Author, ...]:
    """The handles in a text. YouTube tells no id with them: the handle stands for it, but for ours and that of who is answered."""
    known = {each.handle.lower(): each for each in (above, ourselves(channel)) if each and each.handle}
    names = list(dict.fromkeys(match.group(1) for match in _HANDLE.finditer(text or "")))[:_MOST_MENTIONS]
    return tuple(known.get(name.lower()) or author(f"@{name}", name=f"@{name}") for name in names)
