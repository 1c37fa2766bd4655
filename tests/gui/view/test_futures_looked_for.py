"""What takes long to look for or to sort is done between frames; the table shows what it had."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from poolscope_gui.model import text_match, text_order
from poolscope_gui.model.task_rows import Column
from poolscope_gui.view import bit_by_bit
from poolscope_gui.view.futures_table import FuturesTable
from tests.gui.made_traces import MadeRun
from tests.gui.view.test_futures_table import column, many, table_of

LIMIT_S = 10.0


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few letters take longer than a frame has time for."""
    monkeypatch.setattr(bit_by_bit, "_BIT_MS", 0)
    monkeypatch.setattr(text_match, "AT_ONCE", 8)
    monkeypatch.setattr(text_order, "FEW", 4)


@pytest.fixture
def run() -> MadeRun:
    return many(30)


@pytest.fixture
def table(qtbot: QtBot, run: MadeRun) -> FuturesTable:
    return table_of(qtbot, run)


def test_a_search_is_told_of_and_then_shown(table: FuturesTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.busy_began):
        table.set_filter("rk(7", None)
    assert table.busy
    assert len(column(table)) == 30, "nothing half done is shown"
    assert not table.rows.filtered
    with qtbot.waitSignal(table.refreshed):
        pass
    assert not table.busy
    assert table.rows.filtered
    assert column(table) == ["8"]


def test_another_search_takes_the_place_of_one_that_goes_on(
    table: FuturesTable, qtbot: QtBot
) -> None:
    for typed in ("w", "wo", "work(1"):
        table.set_filter(typed, None)
    table.refresh()  # the store has changed: that is for when it is done
    assert table.busy
    qtbot.waitUntil(lambda: not table.busy)
    assert len(column(table)) == 11


def test_tasks_that_come_while_texts_are_put_in_order_are_at_the_end(
    table: FuturesTable, qtbot: QtBot, run: MadeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, ranks = threading.Event(), text_order.ranks
    monkeypatch.setattr(text_order, "ranks", lambda *given: go.wait(LIMIT_S) and ranks(*given))
    table.horizontalHeader().setSortIndicator(Column.TASK, Qt.SortOrder.AscendingOrder)
    assert table.busy
    many(2, 0, run)  # with names that come first
    go.set()
    qtbot.waitUntil(lambda: not table.busy)
    names = [f"work({number})" for number in range(30)]
    assert column(table, Column.TASK) == [*sorted(names), "work(0)", "work(1)"]
    table.refresh_now()
    qtbot.waitUntil(lambda: not table.busy)
    assert column(table, Column.TASK) == sorted([*names, "work(0)", "work(1)"])


def test_a_window_that_closes_looks_for_nothing_more(table: FuturesTable, qtbot: QtBot) -> None:
    table.set_filter("work", None)
    with qtbot.assertNotEmitted(table.refreshed, wait=50):
        table.end()
    assert not table.busy
