"""Puts a theme on every part of the window that paints or draws for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model.palette import ThemeName
from .view.icons import icon
from .view.theme import chrome, colour

if TYPE_CHECKING:
    from .window import MainWindow


def dress(window: MainWindow, name: ThemeName) -> None:
    """Icons, pills, links and the chart in the colours of a theme; the rest has the palette."""
    look = chrome(name)
    text, faint, alarm = colour(look.muted), colour(look.faint), colour(look.alarm)
    window.actions_.set_icons(look)
    window.actions_.set_mode(window.theme.mode)
    window.alarm.set_icons(icon("warning", alarm, alarm), icon("close", text, faint))
    window.banner.set_icons(icon("warning", alarm, alarm), icon("close", text, faint))
    if window.furnished:
        window.furniture.dress(name)
    if window.chart is not None:
        window.chart.set_theme(name)
    if window.editor is not None:
        window.editor.edit.set_theme(name)
