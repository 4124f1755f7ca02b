"""E16: how text becomes words, how queries are read, what an excerpt shows. Pure."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.engagement.search.excerpts import EXCERPT_CHARS, excerpt_of
from services.engagement.search.folding import TEXT_LIMIT_CHARS, fold, parts_of, tokens_of, words_of, words_of_parts
from services.engagement.search.queries import PARTS_LIMIT, read_query

FOLDED = {
    "latin": ("Größe, ŁÓDŹ & İstanbul: straße", " grosse lodz istanbul strasse "),
    "apart": ("cafe\u0301 l'été", " cafe l ete "),
    "cyrillic": ("Привет, ЁЛКА", " привет елка "),
    "greek": ("Καλημέρα Ὀδυσσεύς", " καλημερα οδυσσευσ "),
    "hebrew": ("שָׁלוֹם עולם", " שלום עולם "),
    "arabic": ("مُحَمَّد إسلام ١٢٣", " محمد اسلام 123 "),
    "persian": ("کتاب", " كتاب "),
    "hindi": ("हिन्दी में खोज।", " हिन्दी में खोज "),
    "japanese": ("東京都の水", " 東京 京都 都の の水 水 "),
    "korean": ("학교에서", " 학교 교에 에서 서 "),
    "thai": ("ไทยดี", " ไท ทย ยด ดี ี "),
    "mixed": ("iPhone15を買う", " iphone15 を買 買う う "),
    "emoji": ("👍🏽 ❤️ 👩\u200d🚀", " 👍 ❤ 👩 🚀 "),
    "sigils": ("#Sale by @max_power", " # sale by @ max power "),
    "numbers": ("AB-12345/7, 3.14", " ab 12345 7 3 14 "),
    "mail": ("anna.smith@example.com", " anna smith @ example com "),
    "nothing": (" -- ... \n", ""),
}


@pytest.mark.parametrize("case", FOLDED)
def test_text_of_each_script_becomes_words(case: str) -> None:
    text, words = FOLDED[case]
    assert words_of(text) == unicodedata.normalize("NFC", words)


def found(query: str, text: str) -> bool:
    """Whether the text has all that is wanted and nothing that is not: what the database does with LIKE."""
    words, asked = words_of(text), read_query(query)
    contained = [part.pattern()[1:-1].replace("\\", "") in words for part in asked.wanted]
    return bool(contained) and all(contained) and not any(part.pattern()[1:-1] in words for part in asked.unwanted)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("grosse", "Die Größe passt", True),
        ("order kettle", "the kettle of my order", True),
        ('"my order"', "my last order", False),
        ('"my order"', "where is My Order?", True),
        ("kett*", "kettles", True),
        ("kett", "kettles", False),
        ("order -kettle", "order of a kettle", False),
        ("order -kettle", "order of a pan", True),
        ('order -"old kettle"', "order, kettle, old", True),
        ("AB-12345", "your order ab-12345 is here", True),
        ("AB-123*", "your order ab-12345 is here", True),
        ("#sale", "the sale", False),
        ("sale", "#SALE", True),
        ("anna.smith@example.com", "mail Anna.Smith@Example.com", True),
        ("京都", "東京都庁", True),
        ("都", "東京都", True),
        ("東京 水", "水は東京", True),
        ("大阪", "東京都", False),
        ("👍", "great 👍🏿!", True),
        ("“kettle”", "a kettle", True),
        ("(a)", "clause \u249c of it", True),
    ],
)
def test_queries_find_what_people_mean(query: str, text: str, expected: bool) -> None:
    assert found(query, text) is expected


@given(st.text(max_size=300))
@example("\u249c \u2488 \u3220")
def test_reading_a_query_never_fails_and_asks_for_bounded_parts(text: str) -> None:
    query = read_query(text)
    assert len(query.wanted) <= PARTS_LIMIT
    for part in (*query.wanted, *query.unwanted):
        # Nothing that an operator of LIKE or of text search could be made of, and nothing that never matches.
        assert not set("".join(part.words)) & set("%_\\'\"&|!():<>* \x00")
        assert part.terms() or part.beginning()


@given(st.text(max_size=300))
def test_words_are_clean_and_found_by_themselves(text: str) -> None:
    words = words_of(text)
    assert words == "" or (words.startswith(" ") and words.endswith(" ") and "  " not in words)
    for token in tokens_of(text):
        assert 0 <= token.start < token.end <= len(text)
        assert fold(token.word) == token.word or len(token.word) <= 2


@given(st.text(alphabet=st.sampled_from("aä東京1 #-."), min_size=1, max_size=30), st.text(max_size=40), st.text(max_size=40))
def test_whatever_stands_in_a_text_is_found_as_a_phrase(needle: str, before: str, after: str) -> None:
    asked = read_query(f'"{needle}"')
    if asked.wanted:
        assert found(f'"{needle}"', f"{before} {needle} {after}")


@given(st.text(max_size=600), st.text(max_size=30))
def test_excerpts_are_stretches_of_the_text_with_places_inside(text: str, query: str) -> None:
    excerpt = excerpt_of(text, read_query(query))
    assert excerpt.text in text
    assert len(excerpt.text) <= EXCERPT_CHARS
    assert all(0 <= start < end <= len(excerpt.text) for start, end in excerpt.places)


def test_an_excerpt_shows_the_words_where_they_stand() -> None:
    text = "x " * 300 + "the Größe of 東京都庁, a kettle"
    excerpt = excerpt_of(text, read_query("grosse 京都 kett*"))
    assert [excerpt.text[start:end] for start, end in excerpt.places] == ["Größe", "京都", "kett"]
    assert len(excerpt.text) <= EXCERPT_CHARS


def test_very_long_texts_are_searched_by_their_beginning() -> None:
    assert words_of("a" * TEXT_LIMIT_CHARS + " kettle").endswith("a ")


def test_a_phrase_does_not_reach_from_the_text_into_the_subject_or_a_file() -> None:
    words = words_of_parts(parts_of("it leaks", subject="Broken samovar", names=["bill.pdf"]))
    assert words == " it leaks  broken samovar  bill pdf "
    for query, stands in (('"it leaks"', True), ('"leaks broken"', False), ('"samovar bill"', False), ("bill.pdf", True)):
        (part,) = read_query(query).wanted
        assert (part.pattern()[1:-1] in words) is stands


def test_a_subject_with_which_the_text_begins_is_kept_once() -> None:
    assert parts_of("Kettle\n\nIt leaks.", subject="Kettle", names=[]) == ["Kettle\n\nIt leaks."]
    assert parts_of(None, subject="Kettle", names=[]) == ["Kettle"]
    assert parts_of("", subject=None, names=()) == []
