"""The main window: puts the parts together and connects them; decides nothing itself.

Nothing is drawn because a button was pressed. A button sends a command; the host obeys, its trace
grows, the session reads it, and ``Picture`` shows what is there then.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from .actions import Actions
from .commands import Commands
from .files import Files
from .model.palette import ThemeName
from .picture import Picture
from .selection import Selection
from .session import Session
from .settings import Settings
from .view.answer_panel import AnswerPanel
from .view.banner import Banner
from .view.dock import Dock, TabDock
from .view.editor import EditorDialog
from .view.futures_table import FuturesTable
from .view.icons import icon
from .view.output_panel import OutputPanel
from .view.playground import Playground
from .view.search_box import SearchBox
from .view.shortcut_sheet import ShortcutSheet
from .view.state_filter import StateFilter
from .view.status_line import FrameClock, StatusLine
from .view.theme import ThemeSwitch, chrome, colour
from .view.timeline import TimelineView

_SIZE: Final = QSize(1440, 860)


class MainWindow(QMainWindow):
    """The window on a session. Closing it closes the session."""

    def __init__(self, session: Session, settings: Settings | None = None) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.session = session
        self.settings = settings or Settings()
        self.theme = ThemeSwitch(app, self.settings.theme, self)
        self.setWindowTitle("Poolscope")
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self._editor: EditorDialog | None = None
        self._sheet: ShortcutSheet | None = None
        self.chart: TimelineView | None = None
        self.frames: FrameClock | None = None
        self._make()
        self._place()
        self.commands = Commands(session, self)
        self.files = Files(self)
        self.selection = Selection(self)
        self.picture = Picture(self)
        self._connect()
        self._restore()
        self._show_theme(self.theme.name)
        self.picture.begin()

    # making

    def _make(self) -> None:
        self.actions_ = Actions(self)
        self.search = SearchBox()
        self.banner = Banner()
        self.table = FuturesTable()
        self.states = StateFilter()
        self.playground = Playground()
        self.answers = AnswerPanel()
        self.output = OutputPanel()
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.placeholder = QLabel("Starting …")
        self.placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.placeholder.setProperty("muted", True)

    def _place(self) -> None:
        middle = QWidget()
        middle.setObjectName("column")
        self._column = QVBoxLayout(middle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.banner)
        self._column.addWidget(self.placeholder, 1)
        self.setCentralWidget(middle)
        panel = QWidget()
        panel.setObjectName("column")
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.states)
        column.addWidget(self.table, 1)
        self.futures_dock = Dock("Futures", panel)
        self.playground_dock = Dock("Playground", self.playground)
        self.messages_dock = TabDock(
            "Messages", (("Answers", self.answers), ("Output", self.output))
        )
        self._lay_out()
        bar = QToolBar("Tools")
        menu = QMenu(self)
        self.actions_.fill_bar(bar, self.search, menu)
        self.actions_.fill_menu(menu, [dock.toggleViewAction() for dock in self._docks])
        self.addToolBar(bar)
        self._menu_button = menu

    @property
    def _docks(self) -> tuple[Dock, Dock, TabDock]:
        return self.futures_dock, self.playground_dock, self.messages_dock

    def _lay_out(self) -> None:
        """The layout of the first run."""
        right, below = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        self.setCorner(Qt.Corner.BottomLeftCorner, below)
        self.addDockWidget(right, self.futures_dock)
        self.addDockWidget(below, self.playground_dock)
        self.splitDockWidget(self.futures_dock, self.messages_dock, Qt.Orientation.Vertical)
        self.resize(_SIZE)
        wide, tall = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        docks: list[QDockWidget] = [self.futures_dock, self.messages_dock]
        self.resizeDocks(docks, [412, 412], wide)
        self.resizeDocks(docks, [560, 240], tall)
        self.resizeDocks([self.playground_dock], [self.playground_dock.sizeHint().height()], tall)

    # connecting

    def _connect(self) -> None:
        does = {
            "run_script": self.files.ask_script,
            "stop": self.session.stop,
            "restart": self.restart,
            "demo": lambda: self.commands.send("demo", {}),
            "fit": self._fit,
            "zoom_selection": self.selection.zoom,
            "search": self._find,
            "theme": self.theme.toggle,
            "open": self.files.ask_trace,
            "open_folder": self.files.ask_trace_folder,
            "save": self.files.ask_save,
            "export": self.files.ask_picture,
            "edit": self.edit_function,
            "shortcuts": self.show_shortcuts,
            "quit": self.close,
        }
        for name, act in does.items():
            self.actions_[name].triggered.connect(lambda _=False, act=act: act())
        self.actions_["freeze"].toggled.connect(self._freeze)
        self.actions_["follow"].toggled.connect(self._follow)
        self.actions_["follow"].setChecked(True)
        self.actions_.modes.triggered.connect(lambda action: self.theme.set_mode(action.data()))
        self.theme.changed.connect(self._show_theme)
        self.banner.restart_wanted.connect(self.restart)
        self.playground.asked.connect(self.commands.send)
        self.playground.task.edit_wanted.connect(self.edit_function)
        self.commands.library_changed.connect(self._library_changed)
        self.commands.refused.connect(self.playground.mark)
        self.search.wanted.connect(self._filter)
        self.search.next_wanted.connect(self._find_next)
        self.states.changed.connect(self._filter)

    def _restore(self) -> None:
        columns = self.settings.restore_layout(self)
        if columns is not None:
            self.table.horizontalHeader().restoreState(columns)
        self._wanted_task = self.settings.restore_playground(self.playground)

    # the chart, once the window is on the screen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Through the event loop: the first paint is queued before it.
        QTimer.singleShot(0, self, self.make_chart)

    def make_chart(self) -> None:
        """Put the chart in its place. The window is shown first, so that it is there sooner."""
        if self.chart is not None:
            return
        chart = self.chart = TimelineView()
        self.frames = FrameClock(chart.canvas)
        chart.set_theme(self.theme.name)
        self._column.replaceWidget(self.placeholder, chart)
        self.placeholder.hide()
        self.placeholder.deleteLater()
        chart.follow_changed.connect(self.actions_["follow"].setChecked)
        chart.frozen_changed.connect(self.actions_["freeze"].setChecked)
        chart.task_selected.connect(self.selection.from_chart)
        self.picture.show_source()
        self.setTabOrder(self.search, chart.canvas)
        self.setTabOrder(chart.canvas, self.table)
        if self.focusWidget() is None or self.focusWidget().window() is self:
            chart.setFocus()

    def chart_or_placeholder(self) -> QWidget:
        """What stands in the middle."""
        return self.chart or self.placeholder

    # acting

    def restart(self) -> None:
        """Begin afresh what was started last; a host when that was nothing."""
        self.banner.hide()
        if self.session.state in ("none", "opened"):
            self.session.start_host()
        else:
            self.session.restart()

    def _fit(self) -> None:
        if self.chart is not None:
            self.chart.fit()

    def _freeze(self, on: bool) -> None:
        if self.chart is not None:
            self.chart.set_frozen(on)

    def _follow(self, on: bool) -> None:
        if self.chart is not None:
            self.chart.set_follow(on)

    def edit_function(self) -> None:
        """Open the editor, or bring it to the front."""
        if self._editor is None:
            editor = EditorDialog(self.settings.text("editor/source"), self.theme.name, self)
            editor.define_wanted.connect(
                lambda source: self.commands.send("define", {"source": source})
            )
            self.commands.defined.connect(editor.taken)
            self.commands.define_refused.connect(editor.refused)
            self._editor = editor
            self.picture.show_reasons()
        self._editor.show()
        self._editor.raise_()
        self._editor.activateWindow()

    @property
    def editor(self) -> EditorDialog | None:
        return self._editor

    def show_shortcuts(self) -> None:
        if self._sheet is None:
            self._sheet = ShortcutSheet(self.actions_.sheet(), self)
        self._sheet.show()
        self._sheet.raise_()

    def _library_changed(self, functions: list[object], choose: str) -> None:
        self.playground.task.set_library(functions, choose=choose or self._wanted_task)  # type: ignore[arg-type]
        self._wanted_task = ""

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _filter(self) -> None:
        self.table.set_filter(self.search.text(), self.states.states)
        self.picture.show_counts()

    def _find_next(self) -> None:
        self.table.find_next()
        if self.table.chosen.tasks:
            self.selection.reveal(self.table.chosen.tasks[0])

    # looks

    def _show_theme(self, name: ThemeName) -> None:
        look = chrome(name)
        text, faint, alarm = colour(look.muted), colour(look.faint), colour(look.alarm)
        self.actions_.set_icons(look)
        self.actions_.set_mode(self.theme.mode)
        for dock in self._docks:
            dock.set_icons(icon("float", text, faint), icon("close", text, faint))
        self.banner.set_icons(icon("warning", alarm, alarm), icon("close", text, faint))
        self.playground.task.set_icons(icon("edit", text, faint))
        self.table.set_theme(name)
        self.states.set_theme(name)
        self.answers.set_theme(name)
        if self.chart is not None:
            self.chart.set_theme(name)
        if self._editor is not None:
            self._editor.edit.set_theme(name)

    # the end

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.save_layout(self, self.table.horizontalHeader().saveState())
        self.settings.theme = self.theme.mode
        self.settings.save_playground(self.playground)
        if self._editor is not None:
            self.settings.set_text("editor/source", self._editor.source)
            self._editor.close()
        self.settings.sync()
        self.picture.end()
        self.files.close()
        self.session.close()
        super().closeEvent(event)
