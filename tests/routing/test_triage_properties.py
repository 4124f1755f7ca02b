"""What holds for any text: triage never raises, gives equal answers to equal messages, and points only at words that are there."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.vocabulary import Addressed, Control, Discipline, Kind
from services.routing.triage import Message, analyse
from services.routing.triage.folding import fold
from tests.routing.triage_phrases import read_phrases

PIECES = [word for phrase in read_phrases("phrases.jsonl") for word in (phrase.message.text or "").split()]
TEXTS = st.one_of(st.none(), st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))
MESSAGES = st.builds(
    Message,
    id=st.just("1"),
    text=TEXTS,
    kind=st.sampled_from(Kind),
    public=st.booleans(),
    addressed=st.sampled_from(Addressed),
    control=st.sampled_from(Control),
    rating=st.none() | st.floats(),
    mentions=st.integers(0, 3),
    answers_us=st.booleans(),
    answers_peer=st.booleans(),
    bought_before=st.none() | st.booleans(),
    has_attachment=st.booleans(),
    said_at=st.none() | st.datetimes(),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(MESSAGES, max_size=4))
def test_any_batch_gets_one_sound_result_each(batch: list[Message]) -> None:
    results = analyse(batch)

    assert results == analyse(batch) == [analyse([message])[0] for message in batch]
    for message, result in zip(batch, results, strict=True):
        assert 0.0 <= result.confidence <= 1.0
        assert 0.0 <= result.sentiment_confidence <= 1.0
        assert all(0.0 <= confidence <= 1.0 for confidence in result.intent_confidences)
        assert len(result.intents) == len(result.intent_confidences)
        assert all(0 <= found.start < found.end <= len(message.text or "") for found in result.evidence)
        assert result.deserves_answer == (result.exempt_reason is None)
        if result.exempt_reason not in ("news", "not_to_us"):  # what needs no answer may still be somebody's news
            assert result.deserves_answer == (result.discipline is not Discipline.NONE)
        assert result.why.endswith(".")


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_a_text_of_a_million_characters_is_judged_like_its_beginning() -> None:
    start = "My kettle stopped working. " * 160

    long, short = analyse([Message(id="1", text=start + "no work " * 120_000), Message(id="1", text=start[:4_000])])

    assert long.discipline is short.discipline
    assert long.evidence[:50] == short.evidence[:50]
