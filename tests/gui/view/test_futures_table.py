"""The table under the mouse and the keys: it keeps what the user chose while rows pour in."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QTextDocument
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot

from poolscope.trace.schema import Kind
from poolscope_gui.model.task_rows import HEADINGS, Column
from poolscope_gui.model.task_selection import MOST_RANGES
from poolscope_gui.view import futures_model
from poolscope_gui.view.cell_painter import CellPainter
from poolscope_gui.view.futures_model import FuturesModel
from poolscope_gui.view.futures_table import FuturesTable
from poolscope_gui.view.theme import style_sheet
from tests.gui.made_traces import MS, MadeRun, every_state


def table_of(qtbot: QtBot, run: MadeRun) -> FuturesTable:
    table = FuturesTable()
    qtbot.addWidget(table)
    table.rows.set_store(run.store)
    table.resize(700, 400)
    table.show()
    table.refresh_now()
    return table


def many(count: int, first: int = 0, run: MadeRun | None = None) -> MadeRun:
    run = run or MadeRun()
    for number in range(first, first + count):
        run.submit(number, f"work({number})")
    run.take()
    return run


@pytest.fixture
def table(qtbot: QtBot) -> FuturesTable:
    return table_of(qtbot, every_state())


def column(table: FuturesTable, which: Column = Column.NUMBER) -> list[str]:
    model = table.model()
    return [model.index(row, which).data() for row in range(model.rowCount())]


def click_row(qtbot: QtBot, table: FuturesTable, row: int, keys: Qt.KeyboardModifier) -> None:
    where = table.visualRect(table.model().index(row, Column.TASK)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, where)


PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("width", range(44, 80, 5))
def test_a_heading_that_has_no_room_is_elided_and_not_cut(
    table: FuturesTable, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    header, long = table.horizontalHeader(), "what became of it"
    table.setStyleSheet(style_sheet("light"))
    table.setColumnWidth(Column.WORKER, width)

    def painted(heading: str) -> QImage:
        said = (*HEADINGS[: Column.WORKER], heading, *HEADINGS[Column.WORKER + 1 :])
        monkeypatch.setattr(futures_model, "HEADINGS", said)
        picture = QImage(width, header.height(), QImage.Format.Format_RGB32)
        picture.fill(0)
        left = header.sectionViewportPosition(Column.WORKER)
        header.render(picture, QPoint(0, 0), QRect(left, 0, width, header.height()))
        return picture

    whole = painted(long)
    font = QFont(header.font())
    font.setWeight(QFont.Weight.DemiBold)
    elided = [f"{long[:end]}\N{HORIZONTAL ELLIPSIS}" for end in range(1, len(long))]
    room = width - 6
    fitting = [each for each in elided if QFontMetrics(font).horizontalAdvance(each) <= room]
    assert any(painted(each) == whole for each in fitting)


def test_qt_finds_no_fault_with_the_model(table: FuturesTable) -> None:
    QAbstractItemModelTester(
        table.model(), QAbstractItemModelTester.FailureReportingMode.Warning, table
    )
    run = many(30, 0, every_state())
    table.rows.set_store(run.store)
    table.refresh_now()
    table.set_filter("work(1", None)
    table.set_filter("", [1])
    table.set_filter("", None)
    assert table.model().rowCount() == 36


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(
    qtbot: QtBot, table: FuturesTable
) -> None:
    header = table.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(Column.TASK) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, PLAIN, where)
    once = column(table)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, PLAIN, where)
    assert [once, column(table)] == [
        ["3", "2", "5", "1", "6", "4"],
        ["4", "6", "1", "5", "2", "3"],
    ]


def test_the_mouse_selects_as_in_any_table(qtbot: QtBot, table: FuturesTable) -> None:
    told: list[list[int]] = []
    table.selection_changed.connect(lambda tasks: told.append(list(tasks)))
    click_row(qtbot, table, 0, PLAIN)
    click_row(qtbot, table, 2, CTRL)
    click_row(qtbot, table, 4, SHIFT)
    qtbot.keyClick(table, Qt.Key.Key_Escape)
    assert told == [[5], [3, 5], [1, 2, 3, 5], []]


def test_selecting_from_outside_tells_nobody(qtbot: QtBot, table: FuturesTable) -> None:
    with qtbot.assertNotEmitted(table.selection_changed):
        table.select_tasks([1, 4], reveal=True)
    assert {index.row() for index in table.selectionModel().selectedRows()} == {4, 1}


def test_selection_current_row_and_place_stay_with_their_tasks(qtbot: QtBot) -> None:
    run = many(200)
    table = table_of(qtbot, run)
    table.selectRow(50)
    chosen = table.chosen.tasks
    table.verticalScrollBar().setValue(45 * 24 + 7)
    top = table.model().index(table.rowAt(0), 0).data()
    offset = table.rowViewportPosition(table.rowAt(0))
    many(30, 200, run)
    table.refresh_now()
    assert table.model().rowCount() == 230
    assert table.chosen.tasks == chosen
    assert table.currentIndex().row() == 80
    assert table.model().index(table.rowAt(0), 0).data() == top
    assert table.rowViewportPosition(table.rowAt(0)) == offset
    (selected,) = table.selectionModel().selectedRows()
    assert selected.row() == 80


def test_at_the_top_the_newest_stay_in_view(qtbot: QtBot) -> None:
    run = many(200)
    table = table_of(qtbot, run)
    many(5, 200, run)
    table.refresh_now()
    assert table.verticalScrollBar().value() == 0
    assert column(table)[0] == "205"


def test_a_filter_hides_the_selected_and_gives_them_back(table: FuturesTable) -> None:
    table.select_tasks([0, 1])
    table.set_filter("fetch", None)
    assert (len(table.chosen), table.chosen.hidden) == (2, 1)
    table.set_filter("", None)
    assert {index.row() for index in table.selectionModel().selectedRows()} == {5, 4}


def test_a_hundred_thousand_rows_cost_by_what_is_seen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = many(100_000)
    table = table_of(qtbot, run)
    asked = []
    text = table.rows.text
    monkeypatch.setattr(table.rows, "text", lambda row, col: asked.append(row) or text(row, col))
    table.grab()
    many(1_000, 100_000, run)
    table.refresh_now()
    table.grab()
    seen = table.viewport().height() // 24 + 2
    assert 0 < len(asked) <= 2 * seen * len(Column)
    assert table.model().rowCount() == 101_000


def test_every_second_of_very_many_rows_can_be_selected(qtbot: QtBot) -> None:
    count = 4 * MOST_RANGES
    table = table_of(qtbot, many(count))
    table.select_tasks(range(0, count, 2))
    model = table.selectionModel()
    assert len(model.selection()) <= MOST_RANGES
    assert table.chosen.shows(count - 1)  # row count - 1 is task 0: painted all the same
    model.select(table.model().index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    click_row(qtbot, table, 3, PLAIN)
    assert table.chosen.tasks == {count - 4}


def test_to_paint_the_headings_costs_the_same_however_many_are_chosen(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    count = FuturesModel.columnCount
    monkeypatch.setattr(FuturesModel, "columnCount", lambda *a: asked.append(1) or count(*a))
    table = table_of(qtbot, many(5_000))
    qtbot.keyClick(table, Qt.Key.Key_A, CTRL)
    assert len(table.chosen) == 5_000
    asked.clear()
    assert not table.horizontalHeader().grab().isNull()
    assert len(asked) < 100


def test_sorting_waits_while_it_is_costly_and_never_forgets(qtbot: QtBot) -> None:
    run = many(10)
    table = table_of(qtbot, run)
    many(5, 10, run)
    table.refresh()  # just after a sort: not now ...
    assert table.model().rowCount() == 10
    table.refresh()
    qtbot.waitUntil(lambda: table.model().rowCount() == 15)  # ... but soon, by itself


def test_enter_finds_the_next_and_begins_again(table: FuturesTable) -> None:
    table.set_filter("fib", None)
    found = []
    for _ in range(3):
        table.find_next()
        found.append(list(table.chosen.tasks))
    assert found == [[4], [0], [4]]


@pytest.mark.parametrize("held", ["ShiftModifier", "ControlModifier"])
def test_the_next_is_the_only_one_chosen_whatever_key_is_held_down(
    table: FuturesTable, qtbot: QtBot, held: str
) -> None:
    table.find_next()
    qtbot.keyClick(table, Qt.Key.Key_F12, Qt.KeyboardModifier[held])
    assert QApplication.keyboardModifiers() == Qt.KeyboardModifier[held]
    table.find_next()
    (chosen,) = table.selectionModel().selectedRows()
    assert table.chosen.tasks == {table._model.task(chosen.row())}
    assert chosen.row() == table.currentIndex().row()


def test_a_long_result_is_shown_whole_in_the_tooltip(table: FuturesTable) -> None:
    model = table.model()
    row = column(table).index("2")
    index = model.index(row, Column.RESULT)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "ValueError: no host b"


def test_a_page_and_a_traceback_are_shown_as_they_are_in_the_tooltip(qtbot: QtBot) -> None:
    """The page was shown as a browser shows it, the traceback in letters of any width."""
    run, trace = every_state(), "Traceback:\n  raise ValueError\n        ^^^^^^^^^^"
    run.finish(run.store.tasks.id[2], 60, result="'<html><h1>Hello</h1>'")
    run.workers[1][1].emit(20 * MS, Kind.TRACEBACK, run.store.tasks.id[1], 0, trace)
    run.take()
    table = table_of(qtbot, run)
    for number, said in (("3", "'<html><h1>Hello</h1>'"), ("2", trace)):
        index = table.model().index(column(table).index(number), Column.RESULT)
        document = QTextDocument()
        document.setHtml(index.data(Qt.ItemDataRole.ToolTipRole))
        assert said in document.toPlainText()


class Heard(QPainter):
    """Knows what it was told to write, and where."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.image = image  # it must outlive us
        self.said: list[str] = []
        self.places: list[QPointF] = []

    def drawText(self, where: QPointF, text: str) -> None:  # type: ignore[override]
        self.said.append(text)
        self.places.append(where)


def test_of_a_workers_name_that_is_too_long_the_end_stays() -> None:
    name = "ThreadPoolExecutor-0_17"
    with Heard(QImage(400, 40, QImage.Format.Format_RGB32)) as painter:
        area = QRect(0, 0, painter.fontMetrics().horizontalAdvance(name) // 2 + 12, 20)
        cells = CellPainter()
        cells.paint(painter, area, name, Column.WORKER)
        cells.paint(painter, area, name, Column.TASK)
        said = painter.said
    assert said[0].endswith("_17")
    assert said[1].startswith("Thread")
    assert not said[1].endswith("_17")


def test_numbers_stand_at_the_right(qtbot: QtBot) -> None:  # noqa: ARG001  there is a Qt
    with Heard(QImage(400, 40, QImage.Format.Format_RGB32)) as painter:
        wide = painter.fontMetrics().horizontalAdvance
        for text in ("7", "1234"):
            CellPainter().paint(painter, QRect(100, 0, 80, 20), text, Column.NUMBER)
        ends = [at.x() + wide(text) for at, text in zip(painter.places, painter.said, strict=True)]
    assert ends == pytest.approx([174, 174], abs=1)


def grounds(view: QTableView) -> list[str]:
    """The colour of each row where it begins."""
    image = view.viewport().grab().toImage()
    model = view.model()
    rows = (view.visualRect(model.index(row, 0)) for row in range(model.rowCount()))
    return [image.pixelColor(2, area.top() + 3).name() for area in rows]


def test_the_rows_have_the_grounds_that_the_style_would_give_them(qtbot: QtBot) -> None:
    table = table_of(qtbot, every_state())
    plain = QTableView()
    qtbot.addWidget(plain)
    plain.setModel(table.model())
    plain.setAlternatingRowColors(True)
    plain.setShowGrid(False)
    for view in (table, plain):
        view.setStyleSheet(style_sheet("light"))
    assert len(set(grounds(plain))) == 2
    assert grounds(table) == grounds(plain)
    table.select_tasks([0])
    assert len(set(grounds(table))) == 3


def test_new_rows_are_painted_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once at once and once more when Qt has laid them out."""
    run = many(100)  # they have their scroll bar
    table = table_of(qtbot, run)
    QApplication.processEvents()
    painted: list[QRect] = []
    paint = table._painter.paint

    def spy(painter: QPainter, seen: QRect) -> None:
        painted.append(seen)
        paint(painter, seen)

    monkeypatch.setattr(table._painter, "paint", spy)
    many(100, first=100, run=run)
    table.refresh_now()
    for _ in range(5):
        QApplication.processEvents()
    assert len(painted) == 1


def test_a_failure_while_painting_is_told_and_ends_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    table = table_of(qtbot, every_state())
    monkeypatch.setattr(table.rows, "text", lambda *_: 1 / 0)
    table.grab()
    assert "could not be painted" in caplog.text
