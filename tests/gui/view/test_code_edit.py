"""The editor: colours, marks and what the keys do to an indent."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextFormat
from pytestqt.qtbot import QtBot

from poolscope_gui.model.palette import THEMES
from poolscope_gui.model.source_check import Mark
from poolscope_gui.view.code_edit import CodeEdit
from poolscope_gui.view.editor import EditorDialog


@pytest.fixture
def edit(qtbot: QtBot) -> CodeEdit:
    made = CodeEdit("light")
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    return made


def coloured(edit: CodeEdit, line: int) -> dict[str, str]:
    """The pieces of a line that have a colour of their own."""
    block = edit.document().findBlockByNumber(line - 1)
    return {
        block.text()[part.start : part.start + part.length]: part.format.foreground().color().name()
        for part in block.layout().formats()
    }


def test_python_is_coloured(edit: CodeEdit) -> None:
    edit.setPlainText(
        'def f(n):  # "no string"\n    """Long\n    def x"""\n    return "a#b" + 1e3\n'
    )
    accent = f"#{THEMES['light'].accent & 0xFFFFFF:06x}"
    first = coloured(edit, 1)
    assert first["f"] == accent
    assert '# "no string"' in first
    assert set(coloured(edit, 2)) == {'"""Long'}
    assert set(coloured(edit, 3)) == {'    def x"""'}
    assert set(coloured(edit, 4)) == {"return", '"a#b"', "1e3"}


def test_a_change_far_above_recolours_what_follows(edit: CodeEdit) -> None:
    edit.setPlainText("x = 1\nreturn\n")
    assert "return" in coloured(edit, 2)
    cursor = QTextCursor(edit.document())
    cursor.insertText('"""')
    assert coloured(edit, 2)["return"] == coloured(edit, 1)['"""x = 1']


def test_a_mark_is_on_its_line(edit: CodeEdit) -> None:
    edit.setPlainText("a\nb\nc\n")
    edit.set_mark(Mark(2, "wrong"))
    (mark,) = edit.extraSelections()
    assert mark.cursor.blockNumber() == 1  # type: ignore[attr-defined]
    assert mark.format.property(QTextFormat.Property.FullWidthSelection)  # type: ignore[attr-defined]
    edit.grab()
    edit.set_mark(None)
    assert edit.extraSelections() == []


def test_enter_and_backspace_keep_the_indent(qtbot: QtBot, edit: CodeEdit) -> None:
    qtbot.keyClicks(edit, "def f():")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.keyClicks(edit, "if x:")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.keyClicks(edit, "return 1")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.keyClick(edit, Qt.Key.Key_Backspace)
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    qtbot.keyClicks(edit, "y")
    assert edit.toPlainText() == "def f():\n    if x:\n        return 1\n    y"


def test_what_was_typed_is_judged_when_the_typing_pauses(qtbot: QtBot) -> None:
    dialog = EditorDialog("def f(n):\n    return n\n", "dark")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.edit.mark.line == 0
    dialog.edit.setPlainText("def f(n)\n    return n\n")
    assert dialog.edit.mark.line == 0
    qtbot.waitUntil(lambda: dialog.edit.mark.line == 1)
    assert "expected ':'" in dialog.message.text()


def test_a_host_that_takes_nothing_is_said(qtbot: QtBot) -> None:
    dialog = EditorDialog("", "light")
    qtbot.addWidget(dialog)
    dialog.apply("The host has ended. Press Restart to start another.")
    assert not dialog.define.isEnabled()
    assert "Restart" in dialog.define.toolTip()
