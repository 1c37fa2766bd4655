"""A ``repr`` that is slow again and again is left alone."""

from __future__ import annotations

import pytest

from poolscope import guarded
from poolscope.naming import short_repr


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_a_repr_that_is_slow_again_and_again_is_not_asked_for_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, asked = Clock(), []
    monkeypatch.setattr(guarded, "perf_counter_ns", clock)
    monkeypatch.setattr(guarded, "_slow", {})

    class Table:
        took = 2_000_000

        def __repr__(self) -> str:
            asked.append(self)
            clock.now += self.took
            return "Table"

    table = Table()
    for _ in range(7):
        assert short_repr(table) == "Table"
    table.took = 5_000  # it had only been interrupted
    assert short_repr(table) == "Table"
    table.took = 2_000_000
    assert [short_repr(table) for _ in range(20)] == ["Table"] * 8 + ["<Table>"] * 12
    assert len(asked) == 16

    class Query(Table):
        took = 200_000_000

    assert [short_repr(Query()) for _ in range(2)] == ["Table", "<Query>"]
