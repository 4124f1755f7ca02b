"""The sentence that explains a triage result quotes each telling phrase once."""

from services.contracts.vocabulary import Kind
from services.routing.triage import Message, analyse


def test_a_phrase_is_quoted_once() -> None:
    message = Message(id="1", text="My order 4417 still has not arrived and this is the third time I write.", kind=Kind.DIRECT)
    (result,) = analyse([message])
    assert result.why.count('"not arrived"') == 1
    assert result.why.startswith("Service after a purchase: ")
