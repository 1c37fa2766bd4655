"""The legend: what fits is a button, the rest is behind one; locks push no state out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import Qt, QTextDocument
from pytestqt.qtbot import QtBot

from poolscope_gui.model.chart import LockLook
from poolscope_gui.model.legend import MOST_LOCKS
from poolscope_gui.model.palette import TOGGLES
from poolscope_gui.view.legend import LegendBar
from tests.gui.charts import small


@pytest.fixture
def bar(qtbot: QtBot) -> LegendBar:
    bar = LegendBar()
    qtbot.addWidget(bar)
    bar.resize(3000, 30)
    bar.show()
    return bar


def shown(bar: LegendBar) -> list[str]:
    return [b.entry.words for b in bar._buttons if b.isVisible()]


def with_locks(number: int) -> list[LockLook]:
    return [LockLook(f"lock_{i}", i) for i in range(number)]


def test_all_in_a_row_when_there_is_room(bar: LegendBar) -> None:
    bar.set_chart(small())
    assert len(shown(bar)) == len(TOGGLES) + 2
    assert not bar.more.isVisible()


@pytest.mark.parametrize("width", [300, 620, 800, 1000])
def test_the_rest_is_behind_a_button(bar: LegendBar, width: int) -> None:
    chart = small()
    chart.locks = with_locks(10)
    bar.set_chart(chart)
    bar.resize(width, 30)
    names = shown(bar)
    assert names == [b.entry.words for b in bar._buttons][: len(names)], "the first ones, whole"
    rest = len(TOGGLES) + 10 - len(names)
    assert bar.more.text() == f"+{rest} more"
    assert len(bar.more.toolTip().splitlines()) == rest
    assert "owns lock_9" in bar.more.toolTip()
    edges = [b.geometry() for b in (*bar._buttons[: len(names)], bar.more)]
    assert edges[-1].right() < width
    assert all(a.right() < b.left() for a, b in pairwise(edges))


def test_many_locks_leave_the_states(bar: LegendBar) -> None:
    chart = small()
    chart.locks = with_locks(500)
    bar.set_chart(chart)
    bar.resize(1000, 30)
    assert len(shown(bar)) >= len(TOGGLES)
    assert len(bar._buttons) == len(TOGGLES) + MOST_LOCKS
    assert bar.more.text() == f"+{len(TOGGLES) + 500 - len(shown(bar))} more"
    assert bar.more.toolTip().splitlines()[-1].startswith("and ")


def as_shown(tip: str) -> str:
    """A tooltip's text as Qt shows it."""
    if not Qt.mightBeRichText(tip):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


def test_a_lock_may_have_any_name(bar: LegendBar) -> None:
    """What looked like a tag was taken for one, and an ampersand for the mark of a key."""
    chart = small()
    chart.locks = [LockLook("<b>R&D</b>", 0)]
    bar.set_chart(chart)
    bar.resize(300, 30)
    assert "owns <b>R&D</b>" in as_shown(bar.more.toolTip())
    assert "owns <b>R&&D</b>" in [action.text() for action in bar.more.menu().actions()]
    (button,) = (each for each in bar._buttons if each.entry.words.startswith("owns"))
    assert "owns <b>R&D</b>" in as_shown(button.toolTip())


def test_a_state_behind_the_button_can_be_hidden(bar: LegendBar, qtbot: QtBot) -> None:
    bar.set_chart(small())
    bar.resize(300, 30)
    actions = {action.text(): action for action in bar.more.menu().actions()}
    assert not actions["owns db_lock"].isEnabled()
    with qtbot.waitSignal(bar.toggled) as told:
        actions["cancelled"].trigger()
    assert told.args == ["cancelled", False]
    assert not {a.text(): a for a in bar.more.menu().actions()}["cancelled"].isChecked()
