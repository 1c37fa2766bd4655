"""Cells taken apart one by one, a few, or as plain records are the same as by all the rules."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from poolscope.trace import cells, schema
from poolscope.trace.cells import Cells, Slice, committed, written
from poolscope.trace.schema import Kind

ORIGIN = 1000
KINDS = [*Kind, 0, 200, 256, 0x1200]
some = st.lists(
    st.tuples(
        st.integers(0, 1) | st.integers(ORIGIN, 1 << 62) | st.just(ORIGIN - 1),
        st.integers(-(1 << 63), (1 << 63) - 1),
        st.integers(0, (1 << 32) - 1),
        st.sampled_from([Kind.STARTED, Kind.SUBMITTED, Kind.FINISHED]) | st.sampled_from(KINDS),
    ),
    max_size=60,
)


def packed(rows: list[tuple[int, int, int, int]]) -> bytes:
    return b"".join(schema.RECORD.pack(t, a, -a - 1, c, 7, kind) for t, a, c, kind in rows)


def told(data: bytes) -> tuple[object, ...] | str:
    try:
        found: Slice = Cells(ORIGIN).decode(data)
    except ValueError as error:
        return str(error)
    return (found.records.tobytes(), *found[1:])


@given(some)
@example([(ORIGIN, 1, 0, Kind.STARTED), (ORIGIN + 1, 1, 0, Kind.FINISHED)])
@example([(ORIGIN - 1, 1, 0, Kind.STARTED)])
@example([(1 << 62, 1, 0, Kind.STARTED)])
@example([(ORIGIN, 1, 0, Kind.STARTED | 0x100)])
def test_few_and_plain_ones_are_as_any(rows: list[tuple[int, int, int, int]]) -> None:
    data = packed(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_FEW", 1 << 20)
        few = told(data)
        patch.setattr(cells, "_FEW", 0)
        plain = told(data)
        patch.setattr(Cells, "_plain", lambda *_: None)
        many = told(data)
    assert few == plain == many


@given(some, st.integers(0, schema.RECORD_SIZE - 1))
def test_what_is_committed_ends_at_the_first_cell_without_a_kind(
    rows: list[tuple[int, int, int, int]], more: int
) -> None:
    data = packed(rows) + b"\1" * more
    kinds = [kind for *_, kind in rows]
    assert committed(data) == (kinds.index(0) if 0 in kinds else len(kinds))
    assert written(data) == next((at for at, kind in enumerate(kinds) if kind), len(kinds))


def test_the_end_and_the_submissions_of_a_slice() -> None:
    rows = [(ORIGIN + at, at, 0, kind) for at, kind in enumerate([Kind.SUBMITTED, Kind.STARTED])]
    for times in (1, 100):
        found = Cells(ORIGIN).decode(packed(rows) * times)
        assert (found.tasks, found.last) == (times, ORIGIN + 1)
    text = np.zeros(0, np.uint8).tobytes()
    assert Cells(ORIGIN).decode(text).last == 0
