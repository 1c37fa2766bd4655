"""The figures can be measured where there is no display."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from tests.bench import following, growing, painting


def test_what_paints_finds_a_platform_where_there_is_no_display(
    root: Path, clean_environment: dict[str, str]
) -> None:
    """Qt aborts the process where it finds none, and it is asked once: at the first application."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        clean_environment.pop(name, None)
    code = (
        "import runpy; runpy.run_path('tests/bench/run.py');"
        "from PySide6.QtGui import QGuiApplication; print(QGuiApplication([]).platformName())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stdout) == (0, "offscreen\n"), run.stderr


def test_a_trace_that_grows_is_read_whole_at_the_rate_that_is_promised(tmp_path: Path) -> None:
    frames = 5
    with (
        closing(growing.Run(tmp_path / "t", frames)) as run,
        Reader(tmp_path / "t") as reader,
    ):
        store = Store.of(reader)
        for frame in range(frames):
            run.write(frame)
            batches = reader.poll()
            store.extend(batches)
            read = sum(len(batch.records) for batch in batches)
            assert read * growing.RATE >= growing.EVENTS
            assert len(store.tasks) == run.tasks
        assert (reader.errors, reader.torn, reader.lost) == ([], 0, 0)
    assert len(store.workers) == 64


def test_a_live_run_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it grows by would be less where another figure has left memory behind."""
    monkeypatch.delattr(following, "follow")
    found = following.followed(2)
    assert len(found.frames) == 2 * growing.RATE - following.WARM - 1
    assert 0 < found.bar <= 32
    assert found.task > 0


def test_a_frame_is_told_of_where_it_is_worst(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes that are promised; and neither do many cheap ones hide a dear one, nor does what
    the machine does in one round count."""
    assert painting.SIZES == ((10_000_000, 16), (10_000_000, 64), (1_000_000, 256))
    cheap, dear, disturbed = [1.0] * 60, [2.0] * 50 + [5.0] * 10, [9.0] * 60
    monkeypatch.setattr(
        painting, "moving", lambda _: [[cheap, cheap, disturbed], [dear, disturbed, dear]]
    )
    assert (painting.worst("steady", 50), painting.worst("steady", 95)) == (2.0, 5.0)
