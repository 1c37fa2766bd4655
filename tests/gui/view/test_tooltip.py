"""Tooltips of texts of any kind: what a program returns may be a page, a long word, a traceback."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit
from pytestqt.qtbot import QtBot

from poolscope_gui.model.chart import Facts
from poolscope_gui.view.tooltip import LINES, rich, told

TRACEBACK = """\
Traceback (most recent call last):
  File "crawl.py", line 6, in fetch
    if n == 33: raise ValueError("page 33 is missing")
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
ValueError: page 33 is missing
"""


def as_tooltip(qtbot: QtBot, words: str) -> QLabel:
    """As wide as ``QToolTip`` would make it."""
    label = QLabel(words)
    label.setWordWrap(True)
    qtbot.addWidget(label)
    return label


@pytest.mark.parametrize("page", ["'<html><h1>Not found</h1>'", "<b>x</b>", "&lt;b&gt;"])
def test_a_page_is_shown_as_it_was_returned(page: str, qapp: QApplication) -> None:  # noqa: ARG001 - fonts
    """Qt had read it, and shown its headings as headings."""
    document = QTextDocument()
    document.setHtml(told(page))
    assert document.toPlainText() == page


def test_what_is_short_and_plain_stays_as_it_is() -> None:
    assert told("ValueError: no host b") == "ValueError: no host b"
    assert told("two\nlines") == "two\nlines"
    assert told("") == ""


@pytest.mark.parametrize(
    "words", [told("y" * 400), rich(Facts("z" * 200, "", (("in", "u" * 200),)))]
)
def test_a_long_word_makes_no_wide_tooltip(words: str, qtbot: QtBot) -> None:
    assert as_tooltip(qtbot, words).sizeHint().width() < 800


@pytest.mark.parametrize(
    "words",
    [told("ValueError", TRACEBACK), rich(Facts("#34", "exception", (("traceback", TRACEBACK),)))],
)
def test_carets_point_at_what_they_mean(words: str, qtbot: QtBot) -> None:
    """In letters of any width they did not, and a long row of them stood on a line of its own."""
    page = QTextEdit()
    qtbot.addWidget(page)
    page.resize(200, 400)  # narrower than they are
    page.setHtml(words)
    page.show()
    where = []
    for text in ("raise ValueError", "^^^^^^"):
        assert page.find(text) or page.find(text, QTextDocument.FindFlag.FindBackward)
        cursor = page.textCursor()
        cursor.setPosition(cursor.selectionStart())
        where.append(page.cursorRect(cursor).x() + page.horizontalScrollBar().value())
    assert where[0] == pytest.approx(where[1], abs=1.0)
    assert where[0] > 60, "neither has been wrapped"


def test_a_long_traceback_leaves_room_for_the_rest(qapp: QApplication) -> None:  # noqa: ARG001
    many = "\n".join(f"line {number}" for number in range(500))
    document = QTextDocument()
    document.setHtml(told("RecursionError: " + "very " * 600, many))
    said = document.toPlainText()
    assert said.count("line ") == LINES
    assert "line 0\n" in said
    assert said.endswith("line 499")
    assert len(said) < 1000
