"""A file is split into the same records however its bytes come, and whatever they are, it is read to its end (W12)."""

import csv
import io
import sys
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.identity.transfer.beginning import Wish, reading_of
from services.identity.transfer.encodings import Recoder, fields_of
from services.identity.transfer.errors import ImportRefusedError
from services.identity.transfer.formulas import bared, harmless
from services.identity.transfer.pieces import KeptFile
from services.identity.transfer.preparing import read_rows
from services.identity.transfer.records import NEVER_CLOSED, RECORD_LIMIT_BYTES, TOO_LONG, Record, Splitter
from services.identity.transfer.rows import Reading
from services.kit.ids import new_id

CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=12)
COLUMNS = ("external_id", "name", "email", "attribute:x")


def split(body: bytes, *, delimiter: str | None, step: int, position: int = 0, line: int = 1) -> list[Record]:
    splitter = Splitter(delimiter=delimiter, position=position, line=line)
    records = [each for start in range(position, len(body), step) for each in splitter.feed(body[start : start + step], last=False)]
    return records + list(splitter.feed(b"", last=True))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=6), st.sampled_from(",;\t|"), st.integers(1, 40))
def test_tables_come_back_as_they_were_written(rows: list[list[str]], delimiter: str, step: int) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    body = text.getvalue().encode()

    records = split(body, delimiter=delimiter, step=step)

    assert [fields_of(record.body.decode(), delimiter=delimiter) for record in records] == rows
    assert all(not record.refused for record in records)


@given(st.binary(max_size=300), st.sampled_from([",", None]), st.integers(1, 40))
def test_any_bytes_are_split_alike_however_they_come_and_from_wherever_one_goes_on(body: bytes, delimiter: str | None, step: int) -> None:
    whole = split(body, delimiter=delimiter, step=1000)

    assert split(body, delimiter=delimiter, step=step) == whole
    for place, record in enumerate(whole):
        assert split(body, delimiter=delimiter, step=step, position=record.end, line=record.next_line) == whole[place + 1 :]
    assert all(one.end <= other.end for one, other in pairwise(whole))


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]":,0123e-\\u\n x', max_size=200).map(str.encode)), st.booleans())
def test_w12_no_file_makes_the_reading_of_its_rows_fail(body: bytes, as_csv: bool) -> None:
    reading = Reading(encoding="utf-8", network="crm", delimiter="," if as_csv else None, columns=COLUMNS if as_csv else ())

    records = split(body, delimiter=reading.delimiter, step=50)
    people, refusals = read_rows(records, reading=reading)

    assert len(people) + len(refusals) == len(records)
    assert all(reason for _, _, reason, _ in refusals)


@given(CELLS)
def test_a_cell_made_harmless_is_bare_again(cell: str) -> None:
    assert bared(harmless(cell)) == cell
    assert harmless(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@given(CELLS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.integers(1, 9))
def test_texts_keep_their_letters_in_any_encoding(text: str, encoding: str, step: int) -> None:
    body, recoder = f"id,{text}".encode(encoding), Recoder()

    kept = b"".join(recoder.feed(body[start : start + step]) for start in range(0, len(body), step)) + recoder.feed(b"", last=True)

    assert (kept.decode(), recoder.encoding) == (f"id,{text}", "utf-8")


def test_a_quotation_that_never_closes_costs_its_own_line_only() -> None:
    body = b'1,"open\n' + b"2,b\n" * 200

    first, *rest = split(body, delimiter=",", step=64)

    assert (first.line, first.refused) == (1, NEVER_CLOSED)
    assert [record.line for record in rest] == list(range(2, 202))


def test_a_line_that_is_too_long_is_let_go_of_and_told() -> None:
    body = b"x" * (3 * RECORD_LIMIT_BYTES) + b"\n1\n"

    long, short = split(body, delimiter=None, step=10_000)

    assert (long.line, long.body, long.refused) == (1, b"", TOO_LONG)
    assert (short.line, short.body, short.end) == (2, b"1\n", len(body))


def test_w12_lines_that_each_look_like_the_start_of_a_quotation_cost_a_bounded_number_of_steps() -> None:
    line = b'x" ,"' + b'""' * 1200 + b"\n"
    body = line * (1024 * 1024 // len(line))
    steps = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        records = split(body, delimiter=",", step=256 * 1024)
    finally:
        sys.setprofile(None)

    assert {record.refused for record in records} == {NEVER_CLOSED}
    assert len(records) == body.count(b"\n")
    assert steps < 5 * body.count(b'"')


@pytest.mark.parametrize("head", [b"external_id," + b"x" * 200_000 + b"\n1,2\n", b"external_id,a\rb,c\n1,2,3\n"])
def test_w12_a_first_line_that_is_no_csv_is_refused(head: bytes) -> None:
    kept = KeptFile(upload=new_id(), size_bytes=len(head), head=head, encoding="utf-8", sha256=b"")

    with pytest.raises(ImportRefusedError, match="first line"):
        reading_of(kept, wish=Wish())
