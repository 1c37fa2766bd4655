"""Opening a packed trace: shown while it comes, with its progress, and given up on a click."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import poolscope
from poolscope.trace import archive
from poolscope_gui import intake
from poolscope_gui.furniture import FINDINGS, WAITS
from poolscope_gui.model import finding_rows, wait_source
from poolscope_gui.model.archive_job import PackJob, UnpackJob
from poolscope_gui.model.quantities import count, duration
from poolscope_gui.session import Session
from poolscope_gui.window import MainWindow
from tests.gui.test_window import settings
from tests.trace.large import write


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    with poolscope.record(folder / "t"), poolscope.ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(abs, range(3_000))) == sum(range(3_000))
    archive.pack(folder / "t", folder / "t.poolscope")
    return folder / "t.poolscope"


class Gate:
    """Holds a job after its first file until it is opened or given up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, job: type[PackJob | UnpackJob]) -> None:
        self.open = Event()
        progress = job._progress

        def waiting(self_: PackJob, done: int, total: int) -> None:
            if done and not self_._give_up.is_set():
                self.open.wait(10)
            progress(self_, done, total)

        monkeypatch.setattr(job, "_progress", waiting)


@pytest.fixture
def session(qapp: object) -> Iterator[Session]:  # noqa: ARG001  its timer needs one
    session = Session()
    yield session
    session.close()


def test_it_is_read_while_it_comes_and_whole_at_the_end(
    session: Session, packed: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, UnpackJob)
    session.open_trace(packed)
    scratch = session.folder
    assert session.state == "opened"
    assert session.opening
    gate.open.set()
    qtbot.waitUntil(lambda: not session.opening and session.store.finished)
    assert len(session.store.tasks) == 3_000
    assert (session.store.lost, session.store.dropped, session.store.errors) == (0, 0, [])
    session.close()
    assert scratch is not None
    assert not scratch.exists()


def test_given_up_nothing_is_left(
    session: Session, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, UnpackJob)
    session.open_trace(packed)
    scratch = session.folder
    gate.open.set()
    session.give_up_opening()
    assert session.state == "none"
    assert not session.opening
    assert len(session.store.tasks) == 0
    assert scratch is not None
    assert not scratch.exists()


def damaged(packed: Path, folder: Path) -> Path:
    """The same, but for a byte of its last chunk."""
    file = folder / "damaged.poolscope"
    with zipfile.ZipFile(packed) as good, zipfile.ZipFile(file, "w") as bad:
        names = sorted(good.namelist(), key=archive._place)
        for name in names:
            bad.writestr(name, good.read(name))
        last = bad.getinfo([name for name in names if name.endswith(".chunk")][-1])
    data = bytearray(file.read_bytes())
    data[last.header_offset + 200] ^= 0xFF  # inside its content: the checksum no longer fits
    file.write_bytes(data)
    return file


def test_a_file_damaged_behind_its_beginning_says_so_and_keeps_what_came(
    session: Session, packed: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session.open_trace(damaged(packed, tmp_path))
    qtbot.waitUntil(lambda: session.state == "failed")
    assert "damaged.poolscope" in session.sentence
    assert "pack the trace folder again" in session.sentence
    assert session.store.pools
    assert not session.opening


def test_of_a_file_that_breaks_off_nothing_is_concluded(
    session: Session, packed: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = MainWindow(session, settings(tmp_path))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    window.furniture.messages_dock.show_page(FINDINGS)
    window.furniture.futures_dock.show_page(WAITS)
    window.files.open(damaged(packed, tmp_path))
    qtbot.waitUntil(lambda: session.state == "failed")
    assert window.furniture.findings.message.text() == f"{finding_rows.UNREAD}."
    assert window.furniture.graph.message.text() == f"{wait_source.UNREAD}."
    assert "read up to" in window.status.who.text()
    qtbot.waitUntil(lambda: not window.status.progress.isVisible())
    window.close()


def test_what_is_no_trace_is_refused_at_once_and_changes_nothing(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "x.poolscope").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match=r"x\.poolscope was expected to be a \.poolscope file"):
        session.open_trace(tmp_path / "x.poolscope")
    assert session.state == "none"


def test_a_packing_given_up_leaves_no_file(
    tmp_path: Path, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, PackJob)
    with archive.opened(packed) as folder:
        job = PackJob(folder, tmp_path / "y.poolscope")
        job.give_up()
        gate.open.set()
        job.cancel()
    assert (job.given_up, job.error) == (True, "")
    assert list(tmp_path.iterdir()) == []


def test_the_window_shows_how_far_it_is_and_cancels(
    session: Session,
    packed: Path,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate(monkeypatch, UnpackJob)
    window = MainWindow(session, settings(tmp_path))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    window.files.open(packed)
    qtbot.waitUntil(window.status.progress.isVisible)
    assert "opening" in window.status.progress.toolTip()
    gate.open.set()
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.status.progress.isVisible())
    assert not session.opening
    assert session.state == "none"
    window.close()


def test_of_what_is_over_the_events_a_second_are_those_of_the_recording(
    session: Session, packed: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    """Not those that came in while it was read, nor the last ones before it ended."""
    window = MainWindow(session, settings(tmp_path))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    window.files.open(packed.with_suffix(""))
    qtbot.waitUntil(lambda: session.store.finished)
    rate = session.store.events * 1e9 / session.store.now_ns
    qtbot.waitUntil(lambda: window.status.pace.text().startswith(f"{count(rate)} events/s"))
    window.close()


def test_what_is_not_read_yet_is_not_told_as_if_it_were(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task whose end was not read has not run to the end of the trace, and no worker was idle."""
    monkeypatch.setattr(intake, "RECORDS_AT_ONCE", 16_384)
    monkeypatch.setattr("poolscope_gui.session.OPENING_BUDGET_S", 0.0)
    write(tmp_path / "t", 4 << 20)
    window = MainWindow(session, settings(tmp_path))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.chart is not None)
    chart = window.chart
    assert chart is not None
    window.furniture.messages_dock.show_page(FINDINGS)
    window.furniture.futures_dock.show_page(WAITS)
    window.files.open(tmp_path / "t")
    qtbot.waitUntil(lambda: session.now_ns > 0)
    window.furniture.table.refresh_now()
    session._timer.stop()  # as it is, in the midst
    chart.refresh()
    window.picture._slow()
    edge, end = session.now_ns, session.store.now_ns
    assert session.opening
    assert 0 < edge < end
    seen = chart.canvas.chart
    assert (seen.now, seen.last) == (edge, end)
    assert chart.canvas.navigation.now == end, "there is room for what comes"
    assert f"read up to {duration(edge)} of at least {duration(end)}" in window.status.who.text()
    assert "events/s" not in window.status.pace.text()
    window.files._look()
    read, there = session.read_bytes
    assert there == sum(path.stat().st_size for path in (tmp_path / "t").iterdir())
    assert 0 < read < there
    assert window.status.progress.value() == read * 1000 // there
    assert window.furniture.findings.message.text() == f"{finding_rows.READING}."
    assert window.furniture.graph.message.text() == f"{wait_source.READING}."
    assert max(lane.share or 0.0 for lane in seen.lanes) <= 1.0
    rows = window.furniture.table.rows
    assert rows._now(session.store) == edge
    assert window.furniture.futures_dock.title.note.text().endswith("tasks read")
    session._timer.start()
    qtbot.waitUntil(lambda: not session.opening)
    qtbot.waitUntil(lambda: seen.now == session.store.now_ns)
    said = window.furniture.findings.message
    qtbot.waitUntil(lambda: said.text() == f"{finding_rows.NONE}.")
    qtbot.waitUntil(lambda: "read up to" not in window.status.who.text())
    window.close()
