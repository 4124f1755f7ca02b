"""The shipped model: it is what its card says, refuses to be another, and says the same of a text alone and in any company."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from services.routing.triage import Message, analyse
from services.routing.triage.features import hash_texts
from services.routing.triage.heads import FOLDER, DamagedModelError, load_model, shipped_model
from services.routing.triage.signals import NAMES

TEXTS = ["My kettle stopped working", "", "🔥🔥", "¿Cuánto cuesta?", "मेरा ऑर्डर नहीं आया", "\ud800 \x00", "a" * 5000, "طلبي لم يصل", " "]


def test_r1_the_shipped_arrays_are_those_of_their_card() -> None:
    model = shipped_model()

    assert model.signals == NAMES, "train anew: the signals changed"
    assert {head.name for group in model.groups for head in group.heads} >= {
        "discipline",
        "phase",
        "sentiment",
        "crisis",
        "deserves_answer",
    }
    for group in model.groups:
        assert group.weights.shape == (1 << group.bits, group.biases.size)
        assert group.weights.dtype == np.int8


def test_an_array_of_which_one_byte_changed_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(FOLDER, folder)
    array = folder / "narrow_biases.npy"
    array.write_bytes(array.read_bytes()[:-1] + b"\x01")

    with pytest.raises(DamagedModelError, match="train anew"):
        load_model(folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedModelError):
        load_model(tmp_path)


def test_the_card_names_its_sources_and_no_text() -> None:
    card = json.loads((FOLDER / "model.json").read_text())

    assert any("SemEval" in source for source in card["sources"])
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 8_000_000


def test_a_text_has_the_same_features_alone_and_in_company() -> None:
    together = hash_texts(TEXTS)

    for row, text in enumerate(TEXTS):
        alone = hash_texts([text])
        for many, one in zip([*together.words, *together.pieces], [*alone.words, *alone.pieces], strict=False):
            assert many.columns[many.rows == row].tolist() == one.columns.tolist()


def test_a_batch_says_what_each_message_alone_would_get() -> None:
    batch = [Message(id=str(place), text=text) for place, text in enumerate(TEXTS * 20)]

    assert analyse(batch) == [analyse([message])[0] for message in batch]


def test_r1_every_field_says_how_sure_it_is_what_else_it_may_be_and_who_says_so() -> None:
    (result,) = analyse([Message(id="1", text="My kettle stopped working, please help")])

    field = result.fields["discipline"]
    assert field.label == result.discipline
    assert 0.0 <= field.alternatives[0][1] <= field.confidence <= 1.0
    assert (field.source, field.version) == ("local", result.version)
    assert any(found.source == result.version for found in field.evidence)
    assert set(result.fields) >= {"language", "sentiment", "phase", "urgency", "spam", "crisis", "ready"}
