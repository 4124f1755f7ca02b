"""In which form choices are shown, and what is said to whoever wrote some that are not."""

from dataclasses import replace

import pytest

from services.engagement.protocol import Choice, ChoiceForm, Choices
from services.engagement.protocol.choices import form_for

BUTTONS = ChoiceForm(name="buttons", count=2, title=5, id_bytes=4, text=10)
LIST = ChoiceForm(name="a list", count=4, title=6, id_bytes=4, description=8, label=5)
LINK = ChoiceForm(name="a link", count=1, title=6, addresses="all")
FORMS = (BUTTONS, LIST, LINK)
A, B = Choice(title="Yes", id="y"), Choice(title="No", id="n")
AWAY = Choice(title="Shop", url="https://lumen.example/shop")


def shown(*options: Choice, text: str = "Well?", label: str = "") -> ChoiceForm | str:
    return form_for(Choices(options=options, label=label), text=text, forms=FORMS)


def test_the_first_form_that_fits_is_taken() -> None:
    assert shown(A, B) is BUTTONS
    assert shown(A, B, label="Open") is BUTTONS
    assert shown(replace(A, description="indeed"), B, label="Open") is LIST
    assert shown(replace(A, title="Indeed"), label="Open") is LIST
    assert shown(A, text="x" * 11, label="Open") is LIST
    assert shown(AWAY) is LINK
    mixed = replace(BUTTONS, addresses="each")
    assert form_for(Choices(options=(A, AWAY)), text="", forms=(BUTTONS, mixed)) is mixed


@pytest.mark.parametrize(
    ("options", "label", "why"),
    [
        ((A, B, replace(A, id="z", title="Oh")), "", "buttons: takes 2, not 3; a list: needs a label of 1 to 5 characters"),
        ((A, B, replace(A, id="z", title="Oh")), "Open it", "buttons: takes 2, not 3; a list: needs a label of 1 to 5 characters"),
        (
            (replace(A, title="Certainly"),),
            "Open",
            "buttons: takes titles of 5 characters, not 9; a list: takes titles of 6 characters, not 9",
        ),
        ((replace(A, id="ééé"),), "Open", "buttons: takes ids of 4 bytes, not 6"),
        ((replace(A, description="x" * 9),), "Open", "buttons: shows no descriptions; a list: takes descriptions of 8 characters, not 9"),
        ((A, AWAY), "Open", "buttons: opens no address; a list: opens no address; a link: takes 1, not 2"),
        ((A,) * 2, "", "two choices have the same id or title"),
        ((replace(A, title=" "),), "", "a choice has no title"),
        ((Choice(title="Nothing"),), "", "a choice has either an id, which comes back, or an address to open"),
        ((replace(AWAY, id="s"),), "", "a choice has either an id, which comes back, or an address to open"),
        ((replace(A, id="y "),), "", "an id begins or ends with a blank"),
        ((replace(AWAY, url="javascript:alert(1)"),), "", "a choice opens an http or https address"),
        ((), "", "there is nothing to choose from"),
    ],
)
def test_what_is_not_shown_says_why(options: tuple[Choice, ...], label: str, why: str) -> None:
    found = shown(*options, label=label)
    assert isinstance(found, str)
    assert found.startswith(why)
