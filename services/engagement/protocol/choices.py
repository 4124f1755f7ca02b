"""Choices beside a reply, to press instead of typing: what they are, how a platform shows them, what it would not take. Plain and pure.

A platform declares the forms that it has, the plainest first; a reply takes the first that fits. What comes back when one is chosen is an
event with the title as its text and the id in `extra` as `payload`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of them. `id` comes back when it is chosen; one with a `url` opens that instead, and nothing comes back.

    `description` says more below the title, where there are lists.
    """

    title: str
    id: str = ""
    url: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What goes beside the text of a reply. `label` is on what opens a list, where it has to be opened."""

    options: tuple[Choice, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceForm:
    """One way in which a platform shows choices, and its limits: in characters, but for `id_bytes`; 0 is: it has none.

    `addresses`: whether choices open addresses (none does, each may, all do). `text` is how long the words beside them may be (None: as
    without choices), `label` how long what opens them.
    """

    name: str
    count: int
    title: int
    id_bytes: int = 0
    addresses: Literal["none", "each", "all"] = "none"
    description: int = 0
    label: int = 0
    text: int | None = None

    def lacks(self, choices: Choices, *, text: str) -> str | None:
        """Why these are not shown in this way; None where they are."""
        options = choices.options
        if len(options) > self.count:
            return f"takes {self.count}, not {len(options)}"
        if any(not each.url for each in options) and self.addresses == "all":
            return "only opens addresses"
        if any(each.url for each in options) and self.addresses == "none":
            return "opens no address"
        longest = max(len(each.title) for each in options)
        if longest > self.title:
            return f"takes titles of {self.title} characters, not {longest}"
        longest = max(len(each.id.encode()) for each in options)
        if longest > self.id_bytes and self.addresses != "all":
            return f"takes ids of {self.id_bytes} bytes, not {longest}"
        return self._lacks_words(choices, text=text)

    def _lacks_words(self, choices: Choices, *, text: str) -> str | None:
        longest = max(len(each.description) for each in choices.options)
        if longest > self.description:
            return f"takes descriptions of {self.description} characters, not {longest}" if self.description else "shows no descriptions"
        if self.label and not 0 < len(choices.label) <= self.label:
            return f"needs a label of 1 to {self.label} characters, on what opens it"
        if self.text is not None and len(text) > self.text:
            return f"takes a text of {self.text} characters, not {len(text)}"
        return None


def malformed(choices: Choices) -> str | None:
    """Why nobody could show these, on whatever platform; None where somebody could."""
    options = choices.options
    ids, titles = [each.id for each in options if each.id], {each.title for each in options}
    wrong = (
        (not options, "there is nothing to choose from"),
        (any(not each.title.strip() for each in options), "a choice has no title"),
        (any(bool(each.id) == bool(each.url) for each in options), "a choice has either an id, which comes back, or an address to open"),
        (any(each.id != each.id.strip() for each in options), "an id begins or ends with a blank"),
        (any(each.url and not _ADDRESS.fullmatch(each.url) for each in options), "a choice opens an http or https address"),
        (len(set(ids)) < len(ids) or len(titles) < len(options), "two choices have the same id or title"),
    )
    return next((why for is_so, why in wrong if is_so), None)


def form_for(choices: Choices, *, text: str, forms: Sequence[ChoiceForm]) -> ChoiceForm | str:
    """The form in which these are shown, or why there is none, in words for whoever wrote them."""
    wrong = malformed(choices)
    if wrong is not None:
        return wrong
    reasons = [(form, form.lacks(choices, text=text)) for form in forms]
    fitting = next((form for form, reason in reasons if reason is None), None)
    return fitting or "; ".join(f"{form.name}: {reason}" for form, reason in reasons)
