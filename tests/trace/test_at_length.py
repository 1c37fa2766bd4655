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
events = st.lists(
    st.tuples(st.just(Kind.SUBMITTED_WITH), st.integers(1, 99), INT64, st.sampled_from("fgh"))
    | st.tuples(st.just(Kind.GAVE_NUMBER), st.integers(1, 99), st.integers(0, (1 << 32) - 1))
    | st.tuples(st.just(Kind.STARTED), st.integers(1, 99)),
    max_size=120,
)


def text(number: int, said: str) -> bytes:
    fields = chunk.cut_in_cells(said.encode(), number)
    return struct.pack("<" + "30sH" * ((len(fields) - 4) // 2) + "25sBIH", *fields)


def record(kind: Kind, a: int, b: int = 0, c: int = 0, d: int = 0) -> bytes:
    return schema.RECORD.pack(ORIGIN, a, b, c, d, kind)


def in_short(rows: list[tuple[object, ...]]) -> bytes:
    data, calls = b"", dict[str, int]()
    for kind, task, *rest in rows:
        assert isinstance(task, int)
        if kind is Kind.SUBMITTED_WITH:
            value, head = rest
            assert isinstance(head, str)
            if head not in calls:
                number = calls[head] = len(calls) + 1
                data += text(number, head * 40 + "(") + record(Kind.CALL_TOLD, ord(head), c=number)
            data += record(Kind.SUBMITTED_WITH, task, value, calls[head], 3)  # type: ignore[arg-type]
        elif kind is Kind.GAVE_NUMBER:
            data += record(Kind.GAVE_NUMBER, task, 8, rest[0])  # type: ignore[arg-type]
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
                rows.append((Kind.SUBMITTED_WITH, a, b, d, texts[c]))
            elif kind == Kind.FINISHED:
                rows.append((Kind.GAVE_NUMBER, a, b, d, texts[c]))
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
        if kind is Kind.SUBMITTED_WITH:
            head = str(rest[1])
            expected.append((kind, task, ord(head), 3, f"{head * 40}({rest[0]})"))
        elif kind is Kind.GAVE_NUMBER:
            expected.append((kind, task, 8, 0, str(rest[0])))
        else:
            expected.append((kind, task))
    found, at = [], 0
    while at < len(data):
        size = parts[len(found) % len(parts)] * schema.RECORD_SIZE
        found.append(decoder.decode(data[at : at + size]))
        at += size
    assert said(found) == expected
    assert sum(each.cells for each in found) * schema.RECORD_SIZE == len(data)
    assert sum(each.tasks for each in found) == sum(row[0] is Kind.SUBMITTED_WITH for row in rows)


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
        assert found.bad == "it holds a task of a call of which it does not tell"
        assert found.records["a"].tolist() == [1]


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
