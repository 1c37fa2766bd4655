"""The tool bar of a narrow window: what is last in it is not put away before the words are."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from poolscope_gui.view.tool_bar import ToolBar
from tests.gui.made_traces import every_state
from tests.gui.test_window import Stage

WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
ICONS = Qt.ToolButtonStyle.ToolButtonIconOnly


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path, every_state()).live()


def bar_of(stage: Stage) -> ToolBar:
    found = stage.window.findChild(ToolBar)
    assert found is not None
    return found


def test_in_the_least_window_the_search_box_and_the_menu_are_there(
    qtbot: QtBot, stage: Stage
) -> None:
    window, bar, opener = stage.window, bar_of(stage), stage.window.actions_.opener
    assert bar.toolButtonStyle() == WORDS
    window.resize(1, 1)
    assert window.width() < 900
    assert bar.toolButtonStyle() == ICONS
    qtbot.waitUntil(lambda: window.search.isVisible() and opener.isVisible())
    assert opener.geometry().right() < bar.width()
    shown = [b for b in bar.findChildren(QToolButton) if b.isVisible()]
    assert all(button.toolTip() and button.accessibleName() for button in shown)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.focusWidget() is window.search
    window.resize(1440, 860)
    assert bar.toolButtonStyle() == WORDS


def test_the_words_come_and_go_at_one_width(stage: Stage) -> None:
    window, bar = stage.window, bar_of(stage)
    whole = bar.sizeHint().width()
    for width, style in ((whole, WORDS), (whole - 1, ICONS), (whole, WORDS), (whole - 1, ICONS)):
        window.resize(width, 800)
        assert bar.toolButtonStyle() == style


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_has_no_room_even_so_is_behind_a_button_that_is_seen(stage: Stage, mode: str) -> None:
    window, bar = stage.window, bar_of(stage)
    window.theme.set_mode("dark" if mode == "dark" else "light")
    for dock in window.furniture.docks:
        dock.hide()
    window.resize(380, 500)
    more = next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == "More tools")
    assert more.isVisible()
    image = more.grab().toImage()
    ground = image.pixelColor(0, 0)
    far = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 50
    ]
    assert len(far) > 8
