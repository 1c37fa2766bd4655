"""Everything the tool bar and the menu can do: names, keys, icons and tips in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QColor, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from .view import icons
from .view.keys import COMMANDS, said
from .view.theme import MODES, Chrome, Mode, colour


class Spec(NamedTuple):
    """One action. ``tip`` is said while it can act; ``group`` orders the sheet of shortcuts."""

    text: str
    icon: str
    keys: str
    tip: str
    group: str
    checkable: bool = False


SPECS: Final[dict[str, Spec]] = {
    "run_script": Spec("Run script", "run", "Ctrl+R", "Run a Python script and watch it", "Run"),
    "stop": Spec("Stop", "stop", "Ctrl+.", "End the host and all its workers", "Run"),
    "restart": Spec("Restart", "restart", "Ctrl+Shift+R", "End it and begin afresh", "Run"),
    "new_host": Spec("New host", "panel", "Ctrl+N", "A fresh host that takes commands", "Run"),
    "demo": Spec("Run the demo", "demo", "Ctrl+Shift+D", "A tour on two real pools", "Run"),
    "freeze": Spec(
        "Freeze", "freeze", "Ctrl+Space", "Hold the picture; recording goes on", "View", True
    ),
    "follow": Spec("Follow", "follow", "Ctrl+L", "Keep the live edge in view", "View", True),
    "fit": Spec("Fit", "fit", "Ctrl+0", "Show everything, from the start to now", "View"),
    "zoom_selection": Spec(
        "Zoom selection", "zoom", "Ctrl+J", "Show the selected tasks' bars", "View"
    ),
    "unblock": Spec(
        "Go to what unblocked this",
        "unblock",
        "Ctrl+U",
        "Go to the release, signal or result that let the chosen stretch go on",
        "View",
    ),
    "details": Spec(
        "Details", "info", "Ctrl+I", "Tell the life of what is chosen, in sentences", "View"
    ),
    "undo_move": Spec("Undo the move", "undo", "Ctrl+Z", "The view as it was before", "View"),
    "redo_move": Spec("Redo the move", "redo", "Ctrl+Shift+Z", "The move taken back", "View"),
    "wall": Spec(
        "Wall clock", "clock", "Ctrl+K", "Times by the clock, not from the start", "View", True
    ),
    "overview": Spec(
        "Overview", "overview", "Ctrl+B", "A strip of the whole run below the chart", "View", True
    ),
    "search": Spec("Find", "search", "Ctrl+F", "Find a task, worker or result", "View"),
    "theme": Spec("Theme", "theme", "Ctrl+T", "Light or dark", "View"),
    "open": Spec("Open trace…", "open", "Ctrl+O", "A folder or a .poolscope file", "File"),
    "open_folder": Spec("Open trace folder…", "open", "", "A folder of a recording", "File"),
    "save": Spec("Save as .poolscope…", "save", "Ctrl+S", "The whole trace in one file", "File"),
    "export": Spec("Export picture…", "picture", "Ctrl+Shift+E", "The chart as PNG or SVG", "File"),
    "edit": Spec("Edit own function…", "edit", "Ctrl+E", "Write a task of your own", "File"),
    "shortcuts": Spec("Shortcuts", "keyboard", "?", "All the keys", "Help"),
    "quit": Spec("Quit", "quit", "Ctrl+Q", "End the host and close the window", "File"),
}
_BAR: Final = (
    ("run_script", "stop", "restart"),
    ("freeze", "follow"),
    ("fit", "zoom_selection"),
)
_MENU: Final = (
    ("open", "open_folder", "save", "export"),
    ("new_host", "demo", "edit"),
    ("unblock", "details"),
    ("undo_move", "redo_move"),
    ("wall", "overview"),
    ("shortcuts",),
)
PANEL_KEYS: Final = (
    ("Alt+S, Alt+M", "submit, map"),
    ("Alt+T", "create the executor"),
    ("Alt+W, Alt+A", "wait, as_completed"),
    ("Alt+L, Alt+C", "result(), cancel the selection"),
    ("Alt+D", "shut the pool down"),
    ("Alt+K, Alt+Q, Alt+E", "make, acquire, release a lock"),
    ("Enter in Find", "the next one found"),
    ("Esc in the table", "select nothing"),
)
_ICON_SIZE: Final = 16


class Actions:
    """The actions, by their names in SPECS, and the bar and menu that hold them."""

    def __init__(self, owner: QWidget) -> None:
        self._all: dict[str, QAction] = {}
        for name, spec in SPECS.items():
            made = QAction(spec.text, owner)
            made.setObjectName(name)
            made.setCheckable(spec.checkable)
            if spec.keys:
                made.setShortcut(QKeySequence(spec.keys))
            made.setToolTip(_tip(spec))
            owner.addAction(made)
            self._all[name] = made
        # What the chart does when it has the focus: the key is the chart's own.
        self.chart: dict[str, QAction] = {}
        for name, command in COMMANDS.items():
            if command.text:
                key = command.keys.partition(",")[0]
                made = QAction(f"{command.text}\t{key}" if key else command.text, owner)
                made.setObjectName(name)
                made.setToolTip(command.tip)
                self.chart[name] = made
        self.modes = QActionGroup(owner)
        for mode in MODES:
            text = "Follow the system" if mode == "system" else mode.capitalize()
            made = QAction(text, owner, checkable=True)
            made.setData(mode)
            self.modes.addAction(made)

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def apply(self, reasons: Mapping[str, str]) -> None:
        """Disable what cannot act; the tip says why."""
        for name, why in reasons.items():
            action = self._all.get(name)
            if action is not None:
                action.setEnabled(not why)
                action.setToolTip(why or _tip(SPECS[name]))

    def apply_to_chart(self, reasons: Mapping[str, str]) -> None:
        """The same for what the chart does; what is not named can act."""
        for name, action in self.chart.items():
            why = reasons.get(name, "")
            action.setEnabled(not why)
            action.setToolTip(why or COMMANDS[name].tip)

    def fill_chart_menu(self, menu: QMenu, group: str) -> None:
        """Put what the chart does with marks, or with lanes, into a menu."""
        for name, action in self.chart.items():
            if COMMANDS[name].group == group:
                menu.addAction(action)

    def set_mode(self, mode: Mode) -> None:
        """Check the theme mode that is on."""
        for action in self.modes.actions():
            action.setChecked(action.data() == mode)

    def set_icons(self, look: Chrome) -> None:
        """Draw the icons in the colours of a theme."""
        text, faint, accent = colour(look.text), colour(look.faint), colour(look.accent)
        for name, spec in SPECS.items():
            checked: QColor | None = accent if spec.checkable else None
            self._all[name].setIcon(icons.icon(spec.icon, text, faint, checked))

    def fill_bar(self, bar: QToolBar, search: QLineEdit, menu: QMenu) -> None:
        """Put the buttons, the search box and the menu into the tool bar."""
        bar.setObjectName("tools")
        bar.setAccessibleName("Tools")
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setIconSize(QSize(_ICON_SIZE, _ICON_SIZE))
        for place, names in enumerate(_BAR):
            if place:
                bar.addSeparator()
            for name in names:
                bar.addAction(self._all[name])
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(gap)
        bar.addWidget(search)
        bar.addAction(self._all["theme"])
        opener = self.opener = QToolButton()
        opener.setText("Menu")
        opener.setObjectName("menuButton")
        opener.setAccessibleName("Menu")
        opener.setToolTip("Open, save, export, panels, shortcuts (F10)")
        opener.setShortcut(QKeySequence("F10"))
        opener.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        opener.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        opener.setMenu(menu)
        bar.addWidget(opener)
        for child in bar.findChildren(QToolButton):
            child.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if not child.accessibleName():
                # Qt's own, with what a narrow window has no room for, has no text.
                child.setAccessibleName(child.text() or "More tools")

    def fill_menu(self, menu: QMenu, panels: list[QAction]) -> None:
        """Put what the bar has no room for into the menu."""
        for name in _MENU[0]:
            menu.addAction(self._all[name])
        menu.addSeparator()
        for name in _MENU[1]:
            menu.addAction(self._all[name])
        menu.addSeparator()
        for name in (*_MENU[2], *_MENU[3]):
            menu.addAction(self._all[name])
        for title, group in (("&Marks", "Marks"), ("&Lanes", "Lanes")):
            part = menu.addMenu(title)
            part.setToolTipsVisible(True)
            self.fill_chart_menu(part, group)
        for name in _MENU[4]:
            menu.addAction(self._all[name])
        menu.addSeparator()
        theme = menu.addMenu("T&heme")
        theme.addActions(self.modes.actions())
        shown = menu.addMenu("&Panels")
        shown.addActions(panels)
        menu.addSeparator()
        for name in _MENU[5]:
            menu.addAction(self._all[name])
        menu.addAction(self._all["quit"])

    def sheet(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """All shortcuts, by group, for the sheet."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for spec in SPECS.values():
            if spec.keys:
                name = spec.text.rstrip("…")
                groups.setdefault(spec.group, []).append((spec.keys, name))
        from .view.pointer import SAID  # with the chart: not needed to show the window

        mine = [(group, said(group)) for group in ("Chart", "Marks", "Lanes")]
        rest = [("Mouse on the chart", list(SAID)), ("Playground, table", list(PANEL_KEYS))]
        return [*groups.items(), *mine, *rest]


def _tip(spec: Spec) -> str:
    return f"{spec.tip} ({spec.keys})" if spec.keys else spec.tip
