"""The chart: lanes, ruler, queue depth and legend, in one widget that the window embeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

Theme = Literal["light", "dark"]


class TimelineView(QWidget):
    """The whole chart. It is given a source, told when to look again, and asked for nothing else."""

    task_selected = Signal(list)  # rows of tasks, as the futures table knows them; may be empty
    follow_changed = Signal(bool)
    frozen_changed = Signal(bool)
    view_changed = Signal(object, object)  # begin, end in ns: Python ints, a C int is too short

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    def set_source(self, source: Any | None) -> None:
        """Show another trace (a ``model.source.ChartSource``); None empties the chart."""

    def refresh(self) -> None:
        """The store changed: look again. Cheap; asks for one repaint."""

    def set_theme(self, theme: Theme) -> None: ...

    def set_follow(self, follow: bool) -> None:
        """Keep the live edge in view. A pan leaves it, End takes it up again."""

    def set_frozen(self, frozen: bool) -> None:
        """Hold the picture still; what is recorded meanwhile appears on thawing."""

    def fit(self) -> None:
        """Show everything, from the first event to now."""

    def select_tasks(self, rows: Iterable[int]) -> None:
        """Outline these tasks' bars; emits nothing, so that two views can follow each other."""

    def reveal_task(self, row: int) -> None:
        """Bring a task's bar into view, in time and by scrolling its lane."""

    def zoom_to(self, begin_ns: int, end_ns: int) -> None: ...

    def visible_range(self) -> tuple[int, int]:
        return (0, 1)

    def toggle_state(self, state: str, shown: bool) -> None:
        """Show or hide the bars of one state, by its name in ``model.palette.STATES``."""
