"""Texts by number, whatever is in them and however many there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope.analysis import texts
from poolscope.analysis.texts import Texts
from poolscope.trace.reader import Batch, StreamInfo
from tests.analysis.traces import DTYPE


def batch(stream: int, said: dict[int, str]) -> Batch:
    return Batch(StreamInfo(stream, 1, 1, 1, 0, ""), np.empty(0, DTYPE), said)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.dictionaries(st.integers(1, 500), st.text(max_size=9))),
        max_size=9,
    )
)
def test_every_number_of_every_stream_has_its_text(polls: list[tuple[int, dict[int, str]]]) -> None:
    table, known = Texts(), dict[tuple[int, int], str]()
    for stream, said in polls:
        assert table.define([batch(stream, said)]) == bool(said)
        known.update({(stream, number): text for number, text in said.items()})
    for (stream, number), text in known.items():
        found = table.resolve(np.array([stream]), np.array([number]))
        assert table[int(found[0])] == text
    assert table.resolve(np.array([9]), np.array([9])).tolist() == [0]
    assert table[0] == ""
    assert len(table) <= 1 + len({text for _, said in polls for text in said.values()})


def test_a_text_that_comes_again_has_the_same_number_unless_many_came_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "_REMEMBERED", 4)
    table = Texts()
    for number in range(60):
        table.define([batch(0, {number + 1: f"once {number}", 100 + number: "often"})])
    numbers = table.resolve(np.zeros(60, np.int64), np.arange(100, 160))
    assert len(np.unique(numbers)) == 1
    assert len(table) == 62
    table.define([batch(0, {999: "once 0"})])
    assert len(table) == 63, "it is there twice: to remember all of them would cost more"
    with pytest.raises(IndexError, match="there are 63 texts, none of number 63"):
        table[63]
