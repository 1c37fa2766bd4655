"""The chart's widget: input moves the view, clicks select, and nothing kills the process."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from poolscope_gui.model.chart import Chart
from poolscope_gui.model.frame_pace import FramePace
from poolscope_gui.model.layout import bands
from poolscope_gui.model.marks import Marks
from poolscope_gui.view import canvas as canvas_module
from poolscope_gui.view.timeline import TimelineView
from tests.gui.charts import MS, HandMade, crowd, sliced, small


def point(view: TimelineView, lane: int, ms: float) -> QPoint:
    """Where a moment of a lane's bars is, on the canvas."""
    scene = view.canvas.scene()
    row = scene.layout.row_of(lane)
    assert row is not None
    band = bands(row.height)
    return QPoint(round(scene.x(ms * MS)), round(scene.layout.y(row) + band.bar_y + band.bar_h / 2))


def wheel(view: TimelineView, at: QPoint, up: int = 0, aside: int = 0, shift: bool = False) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.canvas.mapToGlobal(at)),
        QPoint(),
        QPoint(aside, up),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas, event)


def drag(view: TimelineView, begin: QPoint, end: QPoint) -> None:
    QTest.mousePress(view.canvas, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(view.canvas, begin + (end - begin) / 2)
    QTest.mouseMove(view.canvas, end)
    QTest.mouseRelease(view.canvas, Qt.MouseButton.LeftButton, pos=end)


def press(view: TimelineView, key: Qt.Key) -> None:
    QTest.keyClick(view.canvas, key)


def test_shows_everything_at_first(view: TimelineView) -> None:
    begin, end = view.visible_range()
    assert begin <= 0
    assert end >= 1000 * MS


def test_the_wheel_zooms_about_the_cursor(view: TimelineView, qtbot: QtBot) -> None:
    assert view.follow
    at = point(view, 0, 500)
    before = view.canvas.scene().time(at.x())
    with qtbot.waitSignal(view.follow_changed) as off, qtbot.waitSignal(view.view_changed) as told:
        wheel(view, at, up=240)
    assert off.args == [False], "the live edge is no longer at its place"
    begin, end = view.visible_range()
    assert end - begin < 700 * MS
    assert view.canvas.scene().time(at.x()) == pytest.approx(before, abs=2 * MS)
    assert told.args == [begin, end]
    view.refresh()
    assert view.visible_range() == (begin, end)


def test_the_wheel_aside_pans_and_with_shift_scrolls(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    at = point(view, 2, 500)
    begin = view.visible_range()[0]
    wheel(view, at, aside=-120)
    assert view.visible_range()[0] > begin
    wheel(view, at, up=-240, shift=True)
    assert view.canvas.scrolled == view.bar.value() > 0


def test_a_finger_that_goes_aside_and_a_little_down_pans(view: TimelineView) -> None:
    begin, end = view.visible_range()
    wheel(view, QPoint(600, 300), up=-8, aside=-60)
    panned = view.visible_range()
    assert panned[0] > begin
    assert panned[1] - panned[0] == pytest.approx(end - begin, abs=1)
    wheel(view, QPoint(600, 300), up=60, aside=-8)
    assert view.visible_range()[1] - view.visible_range()[0] < end - begin


def test_a_drag_pans_and_leaves_follow_and_end_takes_it_up(
    view: TimelineView, qtbot: QtBot
) -> None:
    assert view.follow
    begin = view.visible_range()[0]
    with qtbot.waitSignal(view.follow_changed) as told:
        drag(view, QPoint(800, 300), QPoint(700, 300))
    assert told.args == [False]
    assert view.visible_range()[0] > begin
    with qtbot.waitSignal(view.follow_changed) as told:
        press(view, Qt.Key.Key_End)
    assert told.args == [True]


def test_a_drag_selects_nothing(view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.task_selected):
        drag(view, point(view, 0, 100), point(view, 0, 200))


@pytest.mark.parametrize(
    ("key", "later", "narrower"),
    [
        (Qt.Key.Key_Left, False, False),
        (Qt.Key.Key_A, False, False),
        (Qt.Key.Key_Right, True, False),
        (Qt.Key.Key_D, True, False),
        (Qt.Key.Key_Plus, True, True),
        (Qt.Key.Key_W, True, True),
        (Qt.Key.Key_Minus, False, False),
        (Qt.Key.Key_S, False, False),
        (Qt.Key.Key_Home, False, False),
    ],
)
def test_keys_move_the_view(view: TimelineView, key: Qt.Key, later: bool, narrower: bool) -> None:
    view.zoom_to(300 * MS, 600 * MS)
    begin, end = view.visible_range()
    press(view, key)
    after = view.visible_range()
    assert (after[0] > begin) == later
    assert (after[1] - after[0] < end - begin) == narrower


@pytest.mark.parametrize(
    ("letter", "scan", "moves"),
    [("\u0424", 38, True), ("\u0391", 38, True), ("\u0424", 66, False), ("\u00e4", 0, False)],
)
def test_on_other_keyboards_the_letters_are_where_the_latin_ones_are(
    view: TimelineView, letter: str, scan: int, moves: bool
) -> None:
    """Cyrillic and Greek, where A is; a key with no letter; one that no place is known of."""
    before = view.visible_range()
    none = Qt.KeyboardModifier.NoModifier
    event = QKeyEvent(QEvent.Type.KeyPress, ord(letter), none, scan, 0, 0, letter)
    QApplication.sendEvent(view.canvas, event)
    assert (view.visible_range()[0] < before[0]) is moves


def test_f_frames_the_selection_or_everything(view: TimelineView) -> None:
    view.select_tasks([1])
    press(view, Qt.Key.Key_F)
    begin, end = view.visible_range()
    assert 250 * MS < begin < 310 * MS
    assert 420 * MS < end < 480 * MS
    view.select_tasks([])
    assert not view.follow
    press(view, Qt.Key.Key_F)
    assert view.visible_range()[1] >= 1000 * MS
    assert view.follow


def test_a_click_selects_and_a_click_beside_clears(view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.task_selected) as told:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, 0, 100))
    assert told.args == [{0}]
    control = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(view.task_selected) as told:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, control, point(view, 1, 200))
    assert told.args == [{0, 4}]
    with qtbot.waitSignal(view.task_selected) as told:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, 2, 800))
    assert told.args == [set()]


def test_a_click_on_a_blocked_stretch_selects_its_task(view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.task_selected) as told:
        QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, 0, 540))
    assert told.args == [{2}]


def test_select_tasks_tells_nobody(view: TimelineView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.task_selected):
        view.select_tasks([0, 2])
    assert view.canvas.selected == {0, 2}


def test_a_double_click_zooms_to_the_bar(view: TimelineView) -> None:
    QTest.mouseDClick(view.canvas, Qt.MouseButton.LeftButton, pos=point(view, 0, 360))
    begin, end = view.visible_range()
    assert 250 * MS < begin < 310 * MS
    assert 420 * MS < end < 480 * MS


def test_reveal_moves_no_more_than_it_must(view: TimelineView) -> None:
    before = view.visible_range()
    view.reveal_task(0)
    assert view.visible_range() == before
    view.zoom_to(800 * MS, 900 * MS)
    view.reveal_task(1)
    begin, end = view.visible_range()
    assert begin <= 310 * MS
    assert end >= 420 * MS
    view.reveal_task(99)
    assert view.visible_range() == (begin, end)


def test_reveal_scrolls_to_the_lane(view: TimelineView) -> None:
    view.set_source(crowd(64, 3))
    view.reveal_task(63 * 3)
    assert view.bar.value() > 0
    assert view.canvas.scene().layout.visible()[-1].lane == 63


class Growing(HandMade):
    """A chart whose history grows by a second with each look."""

    def update(self) -> bool:
        self.now += 1000 * MS
        return True


def growing() -> Growing:
    base = small()
    return Growing(now=0, live=True, lanes=base.lanes, groups=base.groups, locks=base.locks)


def test_freeze_holds_the_picture_alone(view: TimelineView, qtbot: QtBot) -> None:
    chart = growing()
    view.set_source(chart)
    with qtbot.waitSignal(view.frozen_changed):
        view.set_frozen(True)
    seen, now = view.visible_range(), chart.now
    view.refresh()
    assert (view.visible_range(), chart.now) == (seen, now)
    drag(view, QPoint(800, 300), QPoint(700, 300))
    assert view.visible_range() != seen, "a frozen picture can be looked at"
    view.set_frozen(False)
    assert chart.now > now


def test_a_live_chart_paints_without_events(view: TimelineView, qtbot: QtBot) -> None:
    chart = growing()
    view.set_source(chart)
    now = chart.now
    qtbot.waitUntil(lambda: chart.now >= now + 2000 * MS)


def test_what_happens_on_the_lanes_moves_none_of_them(view: TimelineView) -> None:
    chart = growing()
    view.set_source(chart)
    before = view.canvas.layout_now()
    chart.version += 1
    view.refresh()
    assert view.canvas.layout_now() is before, "nothing to work out"
    chart.lanes = [*chart.lanes, replace(chart.lanes[0], key=("worker", 99), title="another")]
    chart.groups[0].lanes.append(len(chart.lanes) - 1)
    chart.version += 1
    view.refresh()
    assert view.canvas.layout_now().row_of(len(chart.lanes) - 1) is not None


def test_where_nothing_runs_it_is_painted_less_often(view: TimelineView) -> None:
    chart = growing()
    view.set_source(chart)
    view.canvas.loop.pace = FramePace(clock=lambda: 0.0, spent=lambda: 0.0)  # a frame takes no time
    view.zoom_to(0, 20_000 * MS)  # it stands: in a zoom each frame is followed by another

    def interval() -> int:
        for _ in range(len(chart.lanes) + 1):  # each paints one lane at the least
            view.refresh()
            view.canvas.grab()
        return view.canvas.loop.timer.interval()

    busy = interval()
    for lane in chart.lanes:
        lane.tasks, lane.waits = sliced(), []
    assert not chart.active
    assert interval() > busy


class Counted(Growing):
    """Knows how often it was looked at."""

    looks = 0

    def update(self) -> bool:
        self.looks += 1
        return super().update()


def counted() -> Counted:
    base = small()
    return Counted(now=0, live=True, lanes=base.lanes, groups=base.groups, locks=base.locks)


def test_news_that_come_together_are_one_frame(view: TimelineView, qtbot: QtBot) -> None:
    chart = counted()
    view.set_source(chart)
    view.canvas.loop.pace._due += 0.05  # the next frame is not due for a while, however slow we are
    before = chart.looks
    for _ in range(5):
        view.news()
    assert chart.looks == before, "not before a frame is due"
    view.canvas.loop.pace._due = 0.0
    view.canvas.refreshed.connect(view.hide)  # time goes on: the frame after it comes soon
    qtbot.waitUntil(lambda: chart.looks > before)
    assert chart.looks == before + 1


def test_news_told_as_a_frame_is_made_are_in_it(view: TimelineView, qtbot: QtBot) -> None:
    chart = counted()
    view.set_source(chart)
    told: list[int] = []

    def tell() -> None:
        view.news()
        told.append(chart.looks)

    view.canvas.loop.due.connect(tell)
    before = chart.looks
    qtbot.waitUntil(lambda: len(told) >= 3)
    view.hide()
    assert told == list(range(before, before + len(told))), "one look a frame, after the news"


def test_the_legend_has_a_lock_as_soon_as_the_chart_has_it(view: TimelineView) -> None:
    chart = growing()
    chart.locks = []
    view.set_source(chart)
    before = len(view.legend._buttons)
    chart.locks = small().locks
    view.refresh()
    assert len(view.legend._buttons) > before


def test_hidden_it_stands_still(view: TimelineView) -> None:
    view.set_source(growing())
    view.hide()
    assert not view.canvas.loop.timer.isActive()


def test_toggling_a_state(view: TimelineView) -> None:
    view.toggle_state("finished", False)
    assert view.canvas.hidden == {"finished"}
    button = next(b for b in view.legend._buttons if b.entry.key == "finished")
    assert not button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.canvas.hidden == frozenset()
    with pytest.raises(ValueError, match="no state 'done': expected one of"):
        view.toggle_state("done", False)


def test_the_legend_names_the_locks_of_the_chart(view: TimelineView) -> None:
    assert view.legend._words[-2:] == ["owns db_lock", "owns print_lock"]
    view.set_source(None)
    assert not any(words.startswith("owns") for words in view.legend._words)


def test_the_scroll_bar_is_there_when_it_is_needed(view: TimelineView) -> None:
    assert view.bar.isHidden()
    view.set_source(crowd(64, 3))
    assert not view.bar.isHidden()
    view.bar.setValue(100)
    assert view.canvas.scrolled == 100


class ShownTips:
    """Stands in for QToolTip: a real one is a window, which offscreen complains about."""

    def __init__(self) -> None:
        self.text = ""

    def showText(self, _where: QPoint, text: str, _widget: object) -> None:
        self.text = text

    def hideText(self) -> None:
        self.text = ""


def test_the_tooltip_tells_facts_and_escapes_them(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips = ShownTips()
    monkeypatch.setattr(canvas_module, "QToolTip", tips)

    def point_at(where: QPoint) -> str:
        event = QHelpEvent(QEvent.Type.ToolTip, where, view.canvas.mapToGlobal(where))
        QApplication.sendEvent(view.canvas, event)
        return tips.text

    assert "#1 fetch(url)" in point_at(point(view, 0, 100))
    monkeypatch.setattr(view.canvas.chart, "task_label", lambda _row: "<img src='x'>")
    assert "&lt;img" in point_at(point(view, 0, 100))
    assert point_at(QPoint(5, 5)) == "", "where there is nothing, nothing is said"


def test_hover_lights_the_bar(view: TimelineView) -> None:
    QTest.mouseMove(view.canvas, point(view, 0, 100))
    assert view.canvas.hover is not None
    assert (view.canvas.hover.part, view.canvas.hover.ref) == ("task", 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_seen(view: TimelineView, theme: str) -> None:
    view.set_theme(theme)  # type: ignore[arg-type]
    ground = view.canvas.theme.background
    image = view.canvas.grab().toImage()
    assert image.pixelColor(2, 2).rgb() == ground


def test_an_empty_chart_is_not_moved(view: TimelineView) -> None:
    """Nobody would see it, and what comes first would not be followed."""
    view.set_source(HandMade(live=True, now=1000 * MS))
    seen = view.visible_range()
    wheel(view, QPoint(600, 300), up=120)
    wheel(view, QPoint(600, 300), aside=120)
    drag(view, QPoint(600, 300), QPoint(300, 300))
    for key in (Qt.Key.Key_A, Qt.Key.Key_W, Qt.Key.Key_Home, Qt.Key.Key_M, Qt.Key.Key_R):
        press(view, key)
        QTest.keyClick(view.overview, key)
    QTest.mouseClick(view.overview, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    assert view.visible_range() == seen
    assert view.follow
    assert view.canvas.marks == Marks()
    assert not view.canvas.past.can_undo


def test_empty_and_no_source(view: TimelineView) -> None:
    view.set_source(None)
    assert view.canvas.chart.message.startswith("No events yet")
    view.set_source(Chart())
    view.refresh()
    assert not view.canvas.grab().isNull()


def test_an_error_in_painting_is_logged_and_marked(
    view: TimelineView, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_scene: object) -> list[object]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(canvas_module, "compose", broken)
    with caplog.at_level(logging.ERROR):
        image = view.canvas.grab().toImage()
    assert "the picture of ChartCanvas could not be composed" in caplog.text
    colours = {image.pixelColor(x, x * image.height() // image.width()).name() for x in range(1200)}
    assert "#d55e00" in colours
