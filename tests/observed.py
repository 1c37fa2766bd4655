"""Starts app.py with an observer in it: ``observed.py READ_FD WRITE_FD ARGUMENT ...``.

For each line on READ_FD it says on WRITE_FD, in one line of JSON, which widgets are on the screen,
where, and with what text: what a person sees at a glance. It presses nothing and changes nothing;
the mouse of the test does, through the screen.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROWS = 60  # of a list or a table are described


def main() -> None:
    asked, answers = int(sys.argv[1]), int(sys.argv[2])
    sys.path[:0] = [str(ROOT / "gui"), str(ROOT / "engine")]
    sys.argv[:3] = [str(ROOT / "app.py")]

    from poolscope_gui import cli, opening

    original = opening.application
    kept: list[object] = []

    def application() -> object:
        app = original()
        if not kept:
            from PySide6.QtCore import QSocketNotifier

            notifier = QSocketNotifier(asked, QSocketNotifier.Type.Read)
            notifier.activated.connect(answer)
            kept.append(notifier)
        return app

    def answer() -> None:
        if os.read(asked, 4096):
            with os.fdopen(os.dup(answers), "w", encoding="utf-8") as pipe:
                pipe.write(json.dumps(described()) + "\n")
        else:
            kept[0].setEnabled(False)  # type: ignore[attr-defined]

    opening.application = application  # type: ignore[assignment]
    sys.exit(cli.main())


def described() -> list[dict[str, Any]]:
    """Every widget that is on the screen now."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox

    found = []
    for widget in QApplication.allWidgets():
        part = widget.visibleRegion().boundingRect()
        if not widget.isVisible() or part.isEmpty():
            continue
        corner = widget.mapToGlobal(part.topLeft() if part else QPoint())
        facts: dict[str, Any] = {
            "kind": type(widget).__name__,
            "name": widget.objectName(),
            "label": widget.accessibleName(),
            "enabled": widget.isEnabled(),
            "tip": widget.toolTip(),
            "box": [corner.x(), corner.y(), part.width(), part.height()],
        }
        if isinstance(widget, QComboBox):
            facts["text"] = widget.currentText()
        elif isinstance(widget, QAbstractItemView):
            facts["rows"] = rows(widget)
        else:
            for reads in ("text", "title", "toPlainText"):
                if callable(method := getattr(widget, reads, None)):
                    facts["text"] = method()
                    break
        found.append(facts)
    return found


def rows(view: Any) -> list[dict[str, Any]]:
    """The rows of a list or a table that are in view: their texts, and the first cell's box."""
    from PySide6.QtCore import Qt

    model = view.model()
    found = []
    for row in range(min(ROWS, model.rowCount())):
        first = model.index(row, 0)
        cell = view.visualRect(first)
        if not view.viewport().rect().intersects(cell):
            continue
        corner = view.viewport().mapToGlobal(cell.topLeft())
        texts = [
            str(model.index(row, column).data(Qt.ItemDataRole.DisplayRole) or "")
            for column in range(model.columnCount())
        ]
        box = [corner.x(), corner.y(), cell.width(), cell.height()]
        found.append({"texts": texts, "box": box})
    return found


if __name__ == "__main__":
    main()
