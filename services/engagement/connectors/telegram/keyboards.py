"""Buttons below a message: how choices become some, and which one a person pressed. Called by sending, payloads and updates; pure.

Vendor's pages: https://core.telegram.org/bots/api#inlinekeyboardmarkup, #callbackquery.
"""

import msgspec
from msgspec import field

from services.engagement.protocol import Choice, Choices

# What a button gives back has at most 64 bytes; with this before it, it is one of ours, and its title says what was chosen.
CHOICE = "c:"
CHOICE_BYTES = 64 - len(CHOICE)


class Button(msgspec.Struct):
    """https://core.telegram.org/bots/api#inlinekeyboardbutton."""

    text: str | None = None
    callback_data: str | None = None


class Keyboard(msgspec.Struct):
    """https://core.telegram.org/bots/api#inlinekeyboardmarkup."""

    inline_keyboard: list[list[Button]] = field(default_factory=list)


def keyboard_of(choices: Choices) -> dict[str, object]:
    """One below the other, as titles are long."""
    return {"inline_keyboard": [[_button(each)] for each in choices.options]}


def pressed(data: str | None, *, keyboard: Keyboard | None) -> tuple[str | None, dict[str, str]]:
    """What a person who pressed a button said, and which choice it was (`payload`)."""
    if not data:
        return None, {}
    if not data.startswith(CHOICE):
        return data, {"payload": data}
    buttons = [button for row in (keyboard.inline_keyboard if keyboard else []) for button in row]
    title = next((each.text for each in buttons if each.callback_data == data and each.text), None)
    return title or data.removeprefix(CHOICE), {"payload": data.removeprefix(CHOICE)}


def _button(choice: Choice) -> dict[str, str]:
    return {"text": choice.title, **({"url": choice.url} if choice.url else {"callback_data": CHOICE + choice.id})}
