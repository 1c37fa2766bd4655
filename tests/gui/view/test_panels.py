"""Output, answers, banner, search and the theme: the small parts, with real events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from poolscope_gui.model.answers import Line
from poolscope_gui.model.palette import STATES, THEMES, ThemeName, contrast
from poolscope_gui.view import icons
from poolscope_gui.view.answer_panel import MOST_LINES as MOST_ANSWERS
from poolscope_gui.view.answer_panel import AnswerPanel
from poolscope_gui.view.banner import Banner
from poolscope_gui.view.box import Box, button
from poolscope_gui.view.callout import Callout
from poolscope_gui.view.elided_combo import ElidedCombo
from poolscope_gui.view.elided_label import CountsLabel
from poolscope_gui.view.output_panel import MOST_LINES, OutputPanel
from poolscope_gui.view.run_dialog import RunDialog
from poolscope_gui.view.search_box import SearchBox
from poolscope_gui.view.state_filter import StateFilter
from poolscope_gui.view.theme import ThemeSwitch, chrome, qt_palette, style_sheet


@pytest.fixture
def output(qtbot: QtBot) -> OutputPanel:
    panel = OutputPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 120)
    panel.show()
    return panel


def test_output_follows_the_end_unless_the_reader_has_scrolled_up(output: OutputPanel) -> None:
    bar = output.verticalScrollBar()
    output.add("".join(f"line {n}\n" for n in range(100)))
    assert bar.value() == bar.maximum() > 0
    bar.setValue(10)
    output.add("more\n" * 50)
    assert bar.value() == 10
    bar.setValue(bar.maximum())
    output.add("more\n" * 50)
    assert bar.value() == bar.maximum()


def test_output_is_bounded_and_plain(output: OutputPanel) -> None:
    output.add("\x1b[1;32mgreen\x1b[0")
    output.add("m and plain\n")
    assert output.toPlainText() == "green and plain\n"
    output.add("x\n" * (MOST_LINES + 500))
    assert output.document().blockCount() <= MOST_LINES
    output.add("y" * 1_000_000)
    assert "characters left out" in output.toPlainText()
    output.begin_anew()
    assert output.toPlainText() == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_combo_box_elides_what_it_has_no_room_for(qtbot: QtBot, theme: ThemeName) -> None:
    combo = ElidedCombo(120)
    qtbot.addWidget(combo)
    combo.setStyleSheet(style_sheet(theme))
    combo.resize(160, 28)
    combo.addItem("ProcessPoolExecutor-0 · 2 processes, forkserver")
    assert combo.words().endswith("\N{HORIZONTAL ELLIPSIS}")
    plain = QComboBox()
    qtbot.addWidget(plain)
    plain.setStyleSheet(style_sheet(theme))
    plain.resize(160, 28)
    plain.addItem(combo.words())
    assert combo.grab().toImage() == plain.grab().toImage()
    combo.setItemText(0, "io")
    assert combo.words() == "io"


def test_a_count_that_has_no_room_is_left_out_and_not_cut(qtbot: QtBot) -> None:
    label = CountsLabel("402 tasks  \N{MIDDLE DOT}  12 selected")
    qtbot.addWidget(label)
    width = label.fontMetrics().horizontalAdvance
    assert label.words(width(label.text())) == label.text()
    assert label.words(width(label.text()) - 1) == "402 tasks"
    assert label.words(width("402 tasks") - 1) == ""


def test_what_ended_well_bears_no_sign_of_warning(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    (sign,) = [each for each in banner.findChildren(QLabel) if not each.wordWrap()]
    banner.say("Ended.", calm=True)
    assert sign.isHidden()
    banner.say("Killed by SIGKILL.")
    assert not sign.isHidden()


def test_answers_are_bounded_and_keep_their_place(qtbot: QtBot) -> None:
    panel = AnswerPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 120)
    panel.show()
    panel.add([Line(10**9, f'<b>cancel</b>(<a href="task:{n}">#{n + 1}</a>)') for n in range(60)])
    bar = panel.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    bar.setValue(5)
    panel.add([Line(2 * 10**9, "later", failed=True)])
    assert bar.value() == 5
    panel.set_theme("dark")
    assert panel.toPlainText().count("cancel") == 60
    for _ in range(MOST_ANSWERS // 100):
        panel.add([Line(0, "x")] * 150)
    assert panel.document().blockCount() <= MOST_ANSWERS


def test_answers_are_as_far_apart_as_one_another(qtbot: QtBot) -> None:
    """The first two were closer."""
    panel = AnswerPanel()
    qtbot.addWidget(panel)
    panel.add([Line(number, "<b>submit</b>(sleep)") for number in range(4)])
    block, gaps = panel.document().begin(), []
    while block.isValid():
        gaps.append(block.blockFormat().bottomMargin())
        block = block.next()
    assert gaps == [4.0] * 4


def test_a_task_in_an_answer_can_be_clicked(qtbot: QtBot) -> None:
    panel = AnswerPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 200)
    panel.add([Line(0, '<a href="task:41">#42</a>')])
    panel.show()
    where = panel.cursorRect(panel.document().find("#42")).center() - QPoint(8, 0)
    with qtbot.waitSignal(panel.task_clicked) as caught:
        qtbot.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert caught.args == [41]


def test_a_box_says_why_its_control_cannot_act(qtbot: QtBot) -> None:
    box = Box("Task")
    qtbot.addWidget(box)
    act = button("&Submit")
    box.grid.addWidget(act)
    box.control("submit", act, "Submit it")
    box.apply({"submit": "There is no pool."})
    assert (act.isEnabled(), act.toolTip()) == (False, "There is no pool.")
    box.apply({"submit": ""})
    assert (act.isEnabled(), act.toolTip()) == (True, "Submit it")


def test_a_callout_stays_in_the_window_and_follows_its_field(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addStretch(1)
    field = QLineEdit()
    column.addWidget(field)
    window.resize(400, 200)
    window.show()
    callout = Callout(field, "A sentence that says what is wrong with it, at some length. " * 2)
    assert callout.geometry().bottom() < field.y()
    window.resize(400, 300)
    qtbot.waitUntil(lambda: field.y() - 12 < callout.geometry().bottom() < field.y())
    assert window.rect().contains(callout.geometry())
    field.hide()
    assert not callout.isVisible()
    callout.close_for_good()


def test_search_waits_for_a_pause_but_not_for_enter(qtbot: QtBot) -> None:
    box = SearchBox()
    qtbot.addWidget(box)
    wanted: list[str] = []
    box.wanted.connect(lambda: wanted.append(box.text()))
    with qtbot.waitSignal(box.wanted):
        qtbot.keyClicks(box, "fib")
    assert wanted == ["fib"]
    qtbot.keyClicks(box, "(")
    with qtbot.waitSignal(box.next_wanted):
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert wanted == ["fib", "fib("]


def test_state_buttons(qtbot: QtBot) -> None:
    states = StateFilter()
    qtbot.addWidget(states)
    states.set_counts([1, 0, 2, 12_345, 1, 0])
    assert states.buttons[3].text() == "12 k"
    with qtbot.waitSignal(states.changed) as caught:
        qtbot.mouseClick(states.buttons[4], Qt.MouseButton.LeftButton)
    assert caught.args == [[4]]
    with qtbot.waitSignal(states.changed) as caught:
        qtbot.mouseClick(states.buttons[4], Qt.MouseButton.LeftButton)
    assert caught.args == [None]


def test_a_script_that_is_not_there_is_marked(qtbot: QtBot) -> None:
    dialog = RunDialog("", "--n '1 2", __file__)
    qtbot.addWidget(dialog)
    dialog.show()
    ran: list[tuple[str, list[str]]] = []
    dialog.run_wanted.connect(lambda path, said: ran.append((path, said)))
    dialog.script.setText("/no/such/script.py")
    qtbot.mouseClick(dialog.run, Qt.MouseButton.LeftButton)
    assert dialog.script.property("wrong") is True
    dialog.script.setText(__file__)
    qtbot.mouseClick(dialog.run, Qt.MouseButton.LeftButton)
    assert dialog.arguments.property("wrong") is True
    dialog.arguments.setText("--n '1 2'")
    qtbot.mouseClick(dialog.run, Qt.MouseButton.LeftButton)
    assert ran == [(__file__, ["--n", "1 2"])]
    assert not dialog.isVisible()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_a_theme_is_readable_and_whole(qapp: QApplication, name: ThemeName) -> None:  # noqa: ARG001
    look = chrome(name)
    for ink, ground in (
        (look.text, look.surface),
        (look.text, look.field),
        (look.text, look.button),
        (look.muted, look.surface),
        (look.text, look.accent_soft),
        (look.on_accent, look.accent),
        (look.alarm, look.surface),
        (look.text, look.alarm_soft),
    ):
        assert contrast(ink, ground) >= 4.5
    palette = qt_palette(name)
    group = QPalette.ColorGroup
    active = palette.color(group.Active, QPalette.ColorRole.Text)
    assert active != palette.color(group.Disabled, QPalette.ColorRole.Text)
    assert "@" not in style_sheet(name)
    assert len(THEMES[name].states) == len(STATES)


def test_a_theme_follows_the_desktop_until_told_otherwise(qapp: QApplication) -> None:
    switch = ThemeSwitch(qapp, "system")
    assert switch.name == "light"  # offscreen: the desktop prefers nothing
    told: list[str] = []
    switch.changed.connect(told.append)
    switch.set_mode("dark")
    switch.toggle()
    switch.toggle()
    switch.set_mode("system")
    assert told == ["dark", "light", "dark", "light"]


def test_a_drawing_takes_the_colour_it_is_given(qapp: QApplication) -> None:  # noqa: ARG001
    red = chrome("light").alarm
    from poolscope_gui.view.theme import colour

    image = icons.pixmap("stop", colour(red), 16, 2).toImage()
    assert image.width() == 32
    assert image.pixelColor(16, 16).rgba() == red
    with pytest.raises(FileNotFoundError, match="install Poolscope again"):
        icons.pixmap("no such drawing", colour(red))
