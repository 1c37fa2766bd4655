"""What the window does with files: run a script, open and save a trace, export a picture."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from poolscope.analysis.whole_file import ExportError, whole_file
from poolscope.trace.reader import TraceError

from .model.archive_job import PackJob
from .paper import PAGES, Page
from .verbs import complain
from .view.run_dialog import RunDialog

if TYPE_CHECKING:
    from .window import MainWindow

_LOOK_MS: Final = 60  # between two looks at a packing


class Files(QObject):
    """The dialogs. None of them blocks: pools run on, and the window stays in use."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._job: PackJob | None = None
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self._look)
        window.status.cancel.clicked.connect(self.give_up)

    # run

    def ask_script(self) -> None:
        settings = self._window.settings
        dialog = RunDialog(
            settings.text("script/path"),
            settings.text("script/arguments"),
            settings.folder(),
            self._window,
        )
        dialog.run_wanted.connect(self._run)
        dialog.accepted.connect(
            lambda: settings.set_text("script/arguments", dialog.arguments.text())
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _run(self, path: str, arguments: list[str]) -> None:
        self._window.settings.set_text("script/path", path)
        self._window.settings.set_folder(Path(path))
        self._window.session.start_script(path, arguments)

    # open

    def ask_trace(self) -> None:
        self._choose("Open a trace", "Traces (*.poolscope);;All files (*)", self.open)

    def ask_trace_folder(self) -> None:
        chooser = QFileDialog(self._window, "Open a trace folder", self._window.settings.folder())
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        self._await(chooser, self.open)

    def open(self, path: Path) -> None:
        """Show a trace; a sentence in the banner when it is none."""
        try:
            self._window.session.open_trace(path)
        except (TraceError, OSError) as error:
            self._window.banner.say(str(error))
        else:
            self._window.settings.set_folder(path)

    def replaced(self) -> None:
        """The session shows another trace: reading a long one takes a while."""
        if self._window.session.opening:
            self._looking.start()

    # save

    def ask_save(self) -> None:
        self._choose_new("Save the trace", "poolscope", "Traces (*.poolscope)", self.save)

    def save(self, path: Path) -> None:
        """Pack the trace on a thread of its own; the status bar shows how far it is."""
        folder = self._window.session.folder
        if self._job is not None and self._job.running:
            self._window.banner.say("A trace is being saved already.", calm=True)
        elif folder is None:
            self._window.banner.say("There is no trace to save yet.")
        elif not folder.is_dir():
            self._window.banner.say(f"{folder} was removed: this trace cannot be saved any more.")
        elif self._window.session.opening:
            self._window.banner.say("The trace is still being opened.", calm=True)
        else:
            self._job = PackJob(folder, path)
            self._looking.start()
            self._look()

    def give_up(self) -> None:
        """Cancel what takes a while: the saving, else the opening."""
        if self._job is not None:
            self._job.give_up()
        else:
            self._window.session.give_up_opening()
            self._look()

    def _look(self) -> None:
        job = self._job
        if job is not None and job.running:
            self._window.status.busy("saving the trace", job.done, job.total)
        elif job is not None:
            self._job = None
            said = "Saving was given up." if job.given_up else f"Saved as {job.file}."
            self._window.banner.say(job.error or said, calm=not job.error)
        elif self._window.session.opening:
            self._window.status.busy("opening the trace", *self._window.session.read_bytes)
        else:
            self._looking.stop()
            self._window.status.idle()

    # export

    def ask_picture(self) -> None:
        filters = "PNG pictures (*.png);;SVG pictures (*.svg);;PDF pages (*.pdf)"
        self._choose_new("Export a picture of the chart", "png", filters, self.export)

    def export(self, path: Path) -> None:
        """Paint the chart into a file, as its ending says: PNG, SVG or PDF."""
        chart = self._window.chart_or_placeholder()
        page = PAGES.get(path.suffix.lower())
        if page is None:
            picture = _png(chart)
        else:
            timeline = self._window.chart
            with timeline.on_paper() if timeline is not None else nullcontext():
                picture = _vector(chart, page)
        try:
            with whole_file(path) as file:
                file.write(picture)
        except ExportError as error:
            self._window.banner.say(f"No picture: {error}.")
            return
        self._window.settings.set_folder(path)
        self._window.banner.say(f"The chart is in {path}.", calm=True)

    def close(self) -> None:
        """The window closes: a saving comes to its end, for its trace may go with the window."""
        self._looking.stop()
        if self._job is not None:
            self._window.hide()  # nobody is to look at one that does not answer
            self._job.finish()
            if self._job.error:
                complain(self._job.error)
            self._job = None

    # choosing

    def _choose(self, title: str, filters: str, use: Callable[[Path], None]) -> None:
        chooser = QFileDialog(self._window, title, self._window.settings.folder(), filters)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._await(chooser, use)

    def _choose_new(
        self, title: str, suffix: str, filters: str, use: Callable[[Path], None]
    ) -> None:
        chooser = QFileDialog(self._window, title, self._window.settings.folder(), filters)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.setDefaultSuffix(suffix)
        self._await(chooser, use)

    def _await(self, chooser: QFileDialog, use: Callable[[Path], None]) -> None:
        chooser.fileSelected.connect(lambda name: use(Path(name)))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()


def _png(widget: QWidget) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(buffer.data().data())


def _vector(widget: QWidget, page: Page) -> bytes:
    return page((widget.width(), widget.height()), lambda painter: widget.render(painter, QPoint()))
