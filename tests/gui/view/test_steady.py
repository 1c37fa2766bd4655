"""Texts that change several times a second do not have the window laid out anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from poolscope_gui.view.elided_label import CountsLabel
from poolscope_gui.view.state_filter import StateFilter
from poolscope_gui.view.status_line import StatusLine
from poolscope_gui.view.steady import SteadyButton, SteadyLabel, fit


def settle() -> None:
    """Have all been laid out: each layout asks the one around it, from one round to the next."""
    for _ in range(8):
        QCoreApplication.processEvents()


class Layouts(QObject):
    """Counts how often a widget is asked to lay out what is in it."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.window = watched  # which nobody else keeps
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False

    def after(self, act: Callable[[], object]) -> int:
        """How often, of ``act``."""
        settle()
        before = self.count
        act()
        settle()
        return self.count - before


def shown(qtbot: QtBot, *widgets: QWidget) -> Layouts:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    with qtbot.waitExposed(window):
        window.show()
    return Layouts(window)


@pytest.mark.parametrize("make", [SteadyLabel, SteadyButton])
def test_only_a_text_that_needs_other_room_asks_for_it(
    qtbot: QtBot, make: type[SteadyLabel | SteadyButton]
) -> None:
    plain = QLabel() if make is SteadyLabel else QToolButton()
    steady = make()
    layouts = shown(qtbot, steady, plain)
    for each in (steady, plain):
        each.setText("4.06 s")
    assert layouts.after(lambda: steady.setText("4.18 s")) == 0
    assert layouts.after(lambda: plain.setText("4.18 s")) == 1, "as Qt has it"
    assert layouts.after(lambda: steady.setText("4.18 s")) == 0
    assert layouts.after(lambda: steady.setText("running 4.18 s")) == 1
    assert steady.width() >= steady.sizeHint().width()
    steady.setText("4 s")
    assert (steady.width() == steady.sizeHint().width()) == (make is SteadyLabel)
    fit(steady)
    settle()
    assert steady.width() == steady.sizeHint().width()
    font = steady.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    steady.setFont(font)
    settle()
    assert steady.size() == steady.sizeHint(), "as large as another font needs"


def test_a_count_of_a_state_stays_under_the_mouse(qtbot: QtBot) -> None:
    states = StateFilter()
    layouts = shown(qtbot, states)
    states.set_counts([192, 0, 64, 1_000, 0, 0])
    settle()
    places = [each.geometry() for each in states.buttons]
    for pending in (0, 88, 192):
        counts = [pending, 0, 64, 1_100 + pending, 0, 0]
        assert layouts.after(lambda counts=counts: states.set_counts(counts)) == 0
    assert [each.geometry() for each in states.buttons] == places
    states.set_counts([0] * 6)
    settle()
    assert states.buttons[0].width() < places[0].width(), "another run begins"


def test_the_status_line_and_the_counts_of_a_dock_lay_nothing_out(qtbot: QtBot) -> None:
    line, note = StatusLine(), CountsLabel("8 tasks")
    layouts = shown(qtbot, line, note)
    line.say("demo.py, running 4.06 s", "4.5 k events/s", "")
    assert layouts.after(lambda: line.say("demo.py, running 4.18 s", "4.6 k events/s", "")) == 0
    assert line.who.text() == "demo.py, running 4.18 s"
    assert layouts.after(lambda: note.setText("8,448 tasks, of which some are found")) == 0
    assert note.text() == note.accessibleName() == "8,448 tasks, of which some are found"
