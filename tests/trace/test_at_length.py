"""Records in short are read as those at length; what is not told of is never guessed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.trace import at_length, chunk, schema
from poolscope.trace.cells import Cells, Slice
from poolscope.trace.schema import Kind

ORIGIN = 1000
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
STRING = Kind.SUBMITTED_WITH_STRING
GAVE = Kind.GAVE_STRING
STRINGS = st.sampled_from(["a", "b", "it's", "x" * 26, "é" * 70])
events = st.lists(
    st.tuples(st.just(Kind.SUBMITTED_WITH), st.integers(1, 99), INT64, st.sampled_from("fgh"))
    | st.tuples(st.just(Kind.GAVE_NUMBER), st.integers(1, 99), st.integers(0, (1 << 32) - 1))
    | st.tuples(st.just(STRING), st.integers(1, 99), STRINGS, st.sampled_from("fgh"))
    | st.tuples(st.just(GAVE), st.integers(1, 99), STRINGS)
    | st.tuples(st.just(Kind.STARTED), st.integers(1, 99)),
    max_size=120,
)

BAD = "it holds a task of a call, or a string, of which it does not tell"
# What is cut into parts there may be of: a string whose record is in the next.
CUT = {"a", "b", "it's", "x" * 26, "é" * 70}


def text(number: int, said: str) -> bytes:
    fields = chunk.cut_in_cells(said.encode(), number)
    return struct.pack("<" + "30sH" * ((len(fields) - 5) // 2) + "25sBHHH", *fields)


def record(kind: Kind, a: int, b: int = 0, c: int = 0, d: int = 0) -> bytes:
    return schema.RECORD.pack(ORIGIN, a, b, c, d, kind)


def in_short(rows: list[tuple[object, ...]]) -> bytes:
    data, numbers = b"", dict[str, int]()

    def told(said: str) -> int:
        nonlocal data
        if said not in numbers:
            numbers[said] = len(numbers) + 1
            data += text(numbers[said], said)
        return numbers[said]

    for kind, task, *rest in rows:
        assert isinstance(task, int)
        if kind in (Kind.SUBMITTED_WITH, STRING):
            value, head = rest
            assert isinstance(head, str)
            if (label := head * 40 + "(") not in numbers:
                told(label)
                data += record(Kind.CALL_TOLD, ord(head), c=numbers[label])
            if kind is STRING:
                string = told(str(value))
                data += record(STRING, task, numbers[label], string, 3)
            else:
                data += record(Kind.SUBMITTED_WITH, task, value, numbers[label], 3)  # type: ignore[arg-type]
        elif kind is Kind.GAVE_NUMBER:
            data += record(Kind.GAVE_NUMBER, task, 8, rest[0])  # type: ignore[arg-type]
        elif kind is GAVE:
            string = told(str(rest[0]))
            data += record(GAVE, task, 8, string)
        else:
            data += record(Kind.STARTED, task)
    return data


def said(found: list[Slice]) -> list[tuple[object, ...]]:
    texts: dict[int, str] = {}
    rows: list[tuple[object, ...]] = []
    for each in found:
        assert not each.bad
        assert not texts.keys() & each.texts.keys(), "a number is one text's"
        texts.update(each.texts)
        for _, a, b, c, d, kind in each.records.tolist():
            if kind == Kind.SUBMITTED:
                rows.append((Kind.SUBMITTED, a, b, d, texts[c]))
            elif kind == Kind.FINISHED:
                rows.append((Kind.FINISHED, a, b, d, texts[c]))
            elif kind != Kind.CALL_TOLD:
                rows.append((Kind(kind), a))
    return rows


@given(events, st.lists(st.integers(1, 100), min_size=1))
def test_cut_anywhere_all_is_there_in_full(
    rows: list[tuple[object, ...]], parts: list[int]
) -> None:
    data, decoder = in_short(rows), Cells(ORIGIN)
    expected: list[tuple[object, ...]] = []
    for kind, task, *rest in rows:
        if kind in (Kind.SUBMITTED_WITH, STRING):
            head = str(rest[1])
            label = f"{head * 40}({rest[0]!r})"
            expected.append((Kind.SUBMITTED, task, ord(head), 3, label))
        elif kind in (Kind.GAVE_NUMBER, GAVE):
            expected.append((Kind.FINISHED, task, 8, 0, repr(rest[0])))
        else:
            expected.append((kind, task))
    found, at = [], 0
    while at < len(data):
        size = parts[len(found) % len(parts)] * schema.RECORD_SIZE
        found.append(decoder.decode(data[at : at + size]))
        at += size
    assert said(found) == expected
    assert sum(each.cells for each in found) * schema.RECORD_SIZE == len(data)
    submitted = sum(row[0] in (Kind.SUBMITTED_WITH, STRING) for row in rows)
    assert sum(each.tasks for each in found) == submitted
    left = {text for each in found for text in each.texts.values()}
    assert left <= {str(row[-1]) for row in expected} | {h * 40 + "(" for h in "fgh"} | CUT


@pytest.mark.parametrize("told", [False, True])
def test_a_task_of_a_call_that_was_not_told(told: bool) -> None:
    data = record(Kind.STARTED, 1) + text(4, "f(")
    if told:
        data += record(Kind.CALL_TOLD, 9, c=4)
    data += record(Kind.SUBMITTED_WITH, 2, 30, 4 if told else 5) + record(Kind.GAVE_NUMBER, 2, 3, 7)
    found = Cells(ORIGIN).decode(data)
    if told:
        assert not found.bad
        assert len(found.records) == 4
    else:
        assert found.bad == BAD
        assert found.records["a"].tolist() == [1]


@pytest.mark.parametrize("kind", [STRING, GAVE])
@pytest.mark.parametrize("told", [False, True])
def test_a_string_that_was_not_told(kind: Kind, told: bool) -> None:
    data = text(4, "f(") + record(Kind.CALL_TOLD, 9, c=4) + record(Kind.STARTED, 1) + text(5, "a")
    data += record(kind, 2, 4, 5 if told else 6) + record(Kind.STARTED, 3)
    found = Cells(ORIGIN).decode(data)
    assert found.bad == ("" if told else BAD)
    assert found.records["a"].tolist() == ([9, 1, 2, 3] if told else [9, 1])


def test_the_first_that_was_not_told_is_where_it_ends() -> None:
    told = text(4, "f(") + record(Kind.CALL_TOLD, 9, c=4)
    bad = [
        record(Kind.SUBMITTED_WITH, 2, 30, 7),
        text(5, "a") + record(STRING, 2, 7, 5),
        record(STRING, 2, 4, 8),
        record(GAVE, 2, 3, 8),
    ]
    for first in bad:
        for second in bad:
            for third in bad:
                found = Cells(ORIGIN).decode(
                    told + record(Kind.STARTED, 1) + first + second + third
                )
                assert found.bad == BAD
                assert found.records["a"].tolist() == [9, 1]


def test_in_another_chunk_a_string_must_be_told_anew() -> None:
    decoder = Cells(ORIGIN)
    gave = record(GAVE, 2, 3, 4)
    assert not decoder.decode(text(4, "a") + gave + gave).bad
    decoder.begin()
    assert not decoder.decode(gave).bad, "behind a hole it is the same chunk"
    decoder.new_chunk()
    assert decoder.decode(gave).bad == BAD


def test_a_string_is_remembered_for_as_long_as_it_may_come_again() -> None:
    decoder = Cells(ORIGIN)
    most = schema.STRING_AGAIN
    for number in range(1, 3 * most + 1):
        assert not decoder.decode(text(number, f"{number}") + record(GAVE, 2, 3, number)).bad
    found = decoder.decode(record(GAVE, 2, 3, 2 * most + 1))
    assert found.texts[int(found.records["c"][0])] == repr(f"{2 * most + 1}")
    assert len(decoder._at_length._strings) == 2 * most


def test_in_another_chunk_a_call_must_be_told_anew() -> None:
    decoder = Cells(ORIGIN)
    first = text(4, "f(") + record(Kind.CALL_TOLD, 9, c=4)
    task = record(Kind.SUBMITTED_WITH, 2, 30, 4)
    assert not decoder.decode(first + task).bad
    decoder.begin()
    assert not decoder.decode(task).bad, "behind a hole it is the same chunk"
    decoder.new_chunk()
    assert decoder.decode(task).bad


def test_numbers_of_texts_begin_anew_when_they_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = Cells(ORIGIN)
    monkeypatch.setattr(at_length, "_LAST", at_length._FIRST + 3)
    for _ in range(4):
        found = decoder.decode(
            record(Kind.GAVE_NUMBER, 1, 8, 5) + record(Kind.GAVE_NUMBER, 2, 8, 6)
        )
        assert [found.texts[c] for c in found.records["c"].tolist()] == ["5", "6"]
        assert max(found.texts) <= at_length._FIRST + 3
