"""Any seed gives a story that the product must sort right: every phrase with every word that can be put into it."""

from itertools import product

import pytest

from rapport.demo.story import Place, write_story
from rapport.demo.wording import ANSWERED, CITIES, LANGUAGES, MODELS, PRODUCTS, SAID, WHOSE_JOB, Matter
from services.contracts.vocabulary import Kind
from services.routing.triage import Message, analyse

MARK = "Zq7XmarkW"
KINDS = ((Kind.DIRECT, None), (Kind.COMMENT, None), (Kind.REVIEW, 5.0), (Kind.REVIEW, 1.0))
STARS = {Matter.PRAISE: 5.0, Matter.COMPLAINT: 1.0}


@pytest.mark.parametrize(("matter", "language"), list(product(Matter, LANGUAGES)))
def test_every_phrase_is_sorted_to_whose_job_it_is(matter: Matter, language: str) -> None:
    for phrase, thing, model, mark in product(SAID[matter, language], PRODUCTS[language], MODELS, ("", MARK)):
        text = phrase.format(product=thing.format(model=model + mark), number=f"4417{mark}", city=CITIES[0])
        for kind, stars in KINDS:
            if stars is not None and STARS.get(matter) != stars:
                continue
            (result,) = analyse([Message(id="1", text=text, kind=kind, public=kind is not Kind.DIRECT, rating=stars)])
            assert (result.discipline, result.exempt_reason) == (WHOSE_JOB[matter], None), (text, kind)
            assert result.deserves_answer, (text, kind)


@pytest.mark.parametrize("seed", range(60))
def test_every_seed_has_two_people_three_channels_and_three_matters(seed: int) -> None:
    story = write_story(seed)

    assert len(story.people) == 2
    assert len({person.email for person in story.people}) == 2
    assert len({person.first for person in story.people}) == 2
    assert sorted(line.place for line in story.lines) == sorted(Place)
    assert sorted(line.matter for line in story.lines) == sorted(Matter)
    assert sorted(len(person.places) for person in story.people) == [1, 2]
    assert len({text for line in story.lines for text in (line.text, line.answer)}) == 6


def test_stories_differ_by_seed_and_only_by_seed() -> None:
    assert write_story(7) == write_story(7)
    stories = [write_story(seed) for seed in range(60)]
    assert len({tuple(line.text for line in story.lines) for story in stories}) > 55
    assert len({tuple((line.place, line.matter) for line in story.lines) for story in stories}) > 20


@pytest.mark.parametrize("seed", range(30))
def test_the_mark_is_in_everything_that_could_leak(seed: int) -> None:
    story = write_story(seed, mark=MARK)

    for line in story.lines:
        for leak in (line.text, line.answer, line.person.first, line.person.last, line.person.email):
            assert MARK.lower() in leak.lower()


def test_every_matter_has_words_in_every_language() -> None:
    assert set(SAID) == set(ANSWERED) == set(product(Matter, LANGUAGES))
