"""The main window: what is on the screen first, and what its actions do.

It opens in two steps, because a person waits for it. ``MainWindow()`` is the frame: the tool bar,
the status bar and an empty middle, with nothing imported that takes long. ``furnish(session)``
brings the panels, the chart and the session. ``MainWindow(session)`` does both at once.

Nothing is drawn because a button was pressed. A button sends a command; the host obeys, its trace
grows, the session reads it, and ``Picture`` shows what is there then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMenu, QVBoxLayout, QWidget

from .actions import Actions
from .looks import dress
from .settings import Settings
from .view.alarm_banner import AlarmBanner
from .view.banner import Banner
from .view.search_box import SearchBox
from .view.status_line import FrameClock, StatusLine
from .view.theme import ThemeSwitch
from .view.tool_bar import ToolBar

if TYPE_CHECKING:
    from .chart_actions import ChartActions
    from .commands import Commands
    from .files import Files
    from .furniture import Furniture
    from .picture import Picture
    from .selection import Selection
    from .session import Session
    from .unblocking import Unblocker
    from .view.editor import EditorDialog
    from .view.shortcut_sheet import ShortcutSheet
    from .view.timeline import TimelineView

_SIZE: Final = QSize(1440, 860)


class MainWindow(QMainWindow):
    """The window on a session. Closing it closes the session."""

    appeared = Signal()  # it has been painted for the first time
    first_show = Signal()  # it is furnished and on the screen

    # Given by ``furnish``.
    session: Session
    furniture: Furniture
    commands: Commands
    files: Files
    selection: Selection
    picture: Picture
    unblocker: Unblocker  # with the chart
    chart_actions: ChartActions

    def __init__(self, session: Session | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.settings = settings or Settings()
        self.theme = ThemeSwitch(app, self.settings.theme, self)
        self.setWindowTitle("Poolscope")
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self.furnished = False
        self.chart: TimelineView | None = None
        self.frames: FrameClock | None = None
        self.editor: EditorDialog | None = None
        self._sheet: ShortcutSheet | None = None
        self._appeared = False
        self._make_frame()
        # Not every screen is as large: a projector's may have 1280x720.
        self.resize(_SIZE.boundedTo(self.screen().availableSize()))
        self.settings.restore_geometry(self)
        dress(self, self.theme.name)
        if session is not None:
            self.furnish(session)

    def _make_frame(self) -> None:
        self.actions_ = Actions(self)
        self.search = SearchBox()
        self.banner = Banner()
        self.alarm = AlarmBanner()
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.placeholder = QLabel("Starting …")
        self.placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.placeholder.setProperty("muted", True)
        middle = QWidget()
        middle.setObjectName("column")
        self._column = QVBoxLayout(middle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.banner)
        self._column.addWidget(self.alarm)
        self._column.addWidget(self.placeholder, 1)
        self.setCentralWidget(middle)
        bar = ToolBar("Tools")
        self.menu = QMenu(self)
        self.actions_.fill_bar(bar, self.search, self.menu)
        self.addToolBar(bar)

    def furnish(self, session: Session) -> None:
        """Give the window its session and everything that shows it. Only once."""
        from .commands import Commands
        from .files import Files
        from .furniture import Furniture
        from .picture import Picture
        from .selection import Selection

        self.session = session
        self.furniture = Furniture(self)
        self.commands = Commands(session, self)
        self.files = Files(self)
        self.selection = Selection(self)
        self.picture = Picture(self)
        self.furnished = True
        self._connect()
        self.furniture.connect()
        self.furniture.restore()
        dress(self, self.theme.name)
        self.picture.begin()
        if self._appeared:
            self.first_show.emit()
            self.make_chart()

    def _connect(self) -> None:
        does = {
            "run_script": self.files.ask_script,
            "stop": self.session.stop,
            "restart": self.restart,
            "new_host": self.session.start_host,
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
        self.theme.changed.connect(lambda name: dress(self, name))
        self.banner.restart_wanted.connect(self.restart)

    # the chart, once the window is on the screen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.furnished and not self._appeared:
            self.first_show.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._appeared:
            self._appeared = True
            QTimer.singleShot(0, self, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.make_chart()
        self.appeared.emit()

    def make_chart(self) -> None:
        """Put the chart in its place. The window is shown first, so that it is there sooner."""
        if self.chart is not None or not self.furnished:
            return
        from .chart_actions import ChartActions
        from .unblocking import Unblocker
        from .view.timeline import TimelineView

        chart = self.chart = TimelineView()
        self.frames = FrameClock(chart.canvas)
        chart.canvas.loop.due.connect(self.session.look)
        chart.set_theme(self.theme.name)
        self._column.replaceWidget(self.placeholder, chart)
        self.placeholder.hide()
        self.placeholder.deleteLater()
        # The layout would do it later: a window that is activated before that gives the keys to
        # what comes next.
        chart.show()
        chart.follow_changed.connect(self.actions_["follow"].setChecked)
        chart.frozen_changed.connect(self.actions_["freeze"].setChecked)
        chart.task_selected.connect(self.selection.from_chart)
        for moved in (chart.view_changed, chart.frozen_changed):
            moved.connect(lambda *_: self.furniture.statistics.touch())
            moved.connect(lambda *_: self.furniture.health.touch())
        self.unblocker = Unblocker(self, chart)
        self.chart_actions = ChartActions(self, chart)
        self.unblocker.menu.addMenu(self.chart_actions.mark_menu)
        self.furniture.statistics.set_look(self._look)
        self.furniture.health.set_look(self._look)
        self.picture.show_source()
        self.furniture.order_tabs(self.actions_.opener, *chart.stops)
        chart.canvas.setFocus()

    def _look(self) -> tuple[int, int, int] | None:
        """Begin and end of the chosen range, or of what the chart shows, and its now; None before
        it has been painted."""
        if self.chart is None or self.frames is None or self.frames.ms is None:
            return None
        chosen = self.chart.time_range
        if chosen is None:
            begin, end = self.chart.visible_range()
        else:
            begin, end = chosen.begin.time, chosen.end.time
        now = min(self.chart.canvas.chart.now, int(self.chart.canvas.navigation.now))
        return begin, end, now

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
        self.picture.show_reasons()

    def _follow(self, on: bool) -> None:
        if self.chart is not None:
            self.chart.set_follow(on)

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def edit_function(self) -> None:
        """Open the editor, or bring it to the front."""
        if self.editor is None:
            from .view.editor import EditorDialog

            editor = EditorDialog(self.settings.text("editor/source"), self.theme.name, self)
            editor.define_wanted.connect(
                lambda source: self.commands.send("define", {"source": source})
            )
            self.commands.defined.connect(editor.taken)
            self.commands.define_refused.connect(editor.refused)
            self.editor = editor
            self.picture.show_reasons()
        self.editor.show()
        self.editor.activateWindow()

    def show_shortcuts(self) -> None:
        """The sheet of all keys."""
        if self._sheet is None:
            from .view.shortcut_sheet import ShortcutSheet

            self._sheet = ShortcutSheet(self.actions_.sheet(), self)
        self._sheet.show()
        self._sheet.activateWindow()

    # the end

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.theme = self.theme.mode
        if self.furnished:
            self.furniture.save()
            if self.chart is not None:
                self.chart_actions.save()
            if self.editor is not None:
                self.settings.set_text("editor/source", self.editor.source)
                self.editor.close()
            self.settings.sync()
            self.picture.end()
            self.files.close()
            self.session.close()
        super().closeEvent(event)
