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
from poolscope_gui.model.archive_job import PackJob, UnpackJob
from poolscope_gui.model.quantities import count
from poolscope_gui.session import Session
from poolscope_gui.window import MainWindow
from tests.gui.test_window import settings


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
    assert session.opening is not None
    gate.open.set()
    qtbot.waitUntil(lambda: session.opening is None and session.store.finished)
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
    assert session.opening is None
    assert len(session.store.tasks) == 0
    assert scratch is not None
    assert not scratch.exists()


def test_a_file_damaged_behind_its_beginning_says_so_and_keeps_what_came(
    session: Session, packed: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    damaged = tmp_path / "damaged.poolscope"
    with zipfile.ZipFile(packed) as good, zipfile.ZipFile(damaged, "w") as bad:
        names = sorted(good.namelist(), key=archive._place)
        for name in names:
            bad.writestr(name, good.read(name))
        last = bad.getinfo([name for name in names if name.endswith(".chunk")][-1])
    data = bytearray(damaged.read_bytes())
    data[last.header_offset + 200] ^= 0xFF  # inside its content: the checksum no longer fits
    damaged.write_bytes(data)
    session.open_trace(damaged)
    qtbot.waitUntil(lambda: session.state == "failed")
    assert "damaged.poolscope" in session.sentence
    assert "pack the trace folder again" in session.sentence
    assert session.store.pools


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
    assert session.opening is None
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
