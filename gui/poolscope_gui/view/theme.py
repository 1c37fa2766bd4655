"""Light and dark: our own palettes and style sheet, following the desktop unless told otherwise.

``QStyleHints.setColorScheme`` does nothing on several platforms, so each theme brings its whole
``QPalette``; the hints are only asked which of the two the desktop prefers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from poolscope_gui.model.palette import THEMES, ThemeName, mix, with_alpha

from .icons import resource
from .style_sheet import TEMPLATE

Mode = Literal["system", "light", "dark"]
MODES: Final[tuple[Mode, ...]] = ("system", "light", "dark")


@dataclass(frozen=True)
class Chrome:
    """The colours of everything around the chart, 0xAARRGGBB; the chart's come from the palette."""

    surface: int
    raised: int
    gap: int
    field: int
    zebra: int
    button: int
    pressed: int
    line: int
    strong_line: int
    thumb: int
    text: int
    muted: int
    faint: int
    accent: int
    accent_strong: int
    accent_soft: int
    accent_line: int
    on_accent: int
    alarm: int
    alarm_soft: int
    alarm_line: int


def chrome(name: ThemeName) -> Chrome:
    """The chrome of a theme, made from its palette so that chart and window stay one picture."""
    theme = THEMES[name]
    light = name == "light"
    surface = theme.background if light else mix(theme.panel, theme.background, 0.75)
    return Chrome(
        surface=surface,
        raised=theme.background if light else theme.tooltip,
        gap=mix(theme.line, theme.background, 0.45) if light else mix(0xFF000000, surface, 0.45),
        field=theme.background,
        zebra=mix(theme.panel, theme.background, 0.85),
        button=mix(theme.text, surface, 0.065),
        pressed=mix(theme.text, surface, 0.12),
        line=theme.line,
        strong_line=mix(theme.text, surface, 0.45),
        thumb=mix(theme.text, surface, 0.20),
        text=theme.text,
        muted=theme.muted,
        faint=mix(theme.muted, surface, 0.62),
        accent=theme.accent,
        accent_strong=mix(theme.accent, theme.text, 0.86),
        accent_soft=mix(theme.accent, surface, 0.12 if light else 0.20),
        accent_line=mix(theme.accent, surface, 0.45),
        on_accent=0xFFFFFFFF if light else 0xFF0D131C,
        alarm=theme.alarm,
        alarm_soft=mix(theme.alarm, surface, 0.10 if light else 0.16),
        alarm_line=mix(theme.alarm, surface, 0.40),
    )


def colour(value: int) -> QColor:
    """A palette's 0xAARRGGBB as Qt's colour."""
    return QColor.fromRgba(value)


def qt_palette(name: ThemeName) -> QPalette:
    """The whole palette of a theme, with its disabled colours."""
    look = chrome(name)
    made = QPalette()
    role = QPalette.ColorRole
    for which, value in (
        (role.Window, look.surface),
        (role.WindowText, look.text),
        (role.Base, look.field),
        (role.AlternateBase, look.zebra),
        (role.Text, look.text),
        (role.PlaceholderText, with_alpha(look.muted, 0xC8)),
        (role.Button, look.button),
        (role.ButtonText, look.text),
        (role.BrightText, look.alarm),
        (role.ToolTipBase, look.raised),
        (role.ToolTipText, look.text),
        (role.Highlight, look.accent),
        (role.HighlightedText, look.on_accent),
        (role.Link, look.accent),
        (role.LinkVisited, look.accent),
        (role.Light, look.raised),
        (role.Midlight, look.line),
        (role.Mid, look.line),
        (role.Dark, look.strong_line),
        (role.Shadow, look.gap),
    ):
        made.setColor(which, colour(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, colour(look.faint))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, colour(look.line))
    return made


def style_sheet(name: ThemeName) -> str:
    """The style sheet of a theme."""
    look = chrome(name)
    values = {item.name: f"#{getattr(look, item.name) & 0xFFFFFF:06x}" for item in fields(look)}
    values["icons"] = resource("icons/style-down.svg").parent.as_posix()
    values["name"] = name
    return re.sub(r"@([a-z_]+)", lambda found: values[found[1]], TEMPLATE)


class ThemeSwitch(QObject):
    """Which theme is on. ``system`` follows the desktop, also when it changes its mind."""

    changed = Signal(str)  # "light" or "dark": what is on now

    def __init__(
        self, app: QApplication, mode: Mode = "system", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._app = app
        self._mode: Mode = mode
        if app.style().name() != "fusion":  # the one style that looks the same everywhere
            app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._desktop_changed)
        self._name = self._wanted()
        self._apply()

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def name(self) -> ThemeName:
        """What is on: light or dark."""
        return self._name

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._update()

    def toggle(self) -> None:
        """The other one, from now on whatever the desktop says."""
        self.set_mode("light" if self._name == "dark" else "dark")

    def _wanted(self) -> ThemeName:
        if self._mode == "system":
            scheme = self._app.styleHints().colorScheme()
            return "dark" if scheme == Qt.ColorScheme.Dark else "light"
        return self._mode

    def _desktop_changed(self) -> None:
        self._update()

    def _update(self) -> None:
        wanted = self._wanted()
        if wanted != self._name:
            self._name = wanted
            self._apply()
            self.changed.emit(wanted)

    def _apply(self) -> None:
        self._app.setPalette(qt_palette(self._name))
        self._app.setStyleSheet(style_sheet(self._name))
