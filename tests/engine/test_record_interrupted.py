"""Ctrl+C once more, while ``record`` packs its one file: what was recorded is not thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolscope import supervisor
from poolscope.trace import archive
from poolscope.trace.reader import Reader
from tests.trace.everything import drain


def test_what_was_recorded_stays_when_packing_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    script = tmp_path / "script.py"
    script.write_text("print('ran')")
    monkeypatch.setattr(archive, "pack", interrupted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    trace = tmp_path / "trace.poolscope"
    with pytest.raises(KeyboardInterrupt):
        supervisor.record(trace, script, [])
    said = capfd.readouterr()
    assert said.out == "ran\n"
    (kept,) = tmp_path.glob("poolscope-record-*")
    assert said.err == (
        f"poolscope: {trace} was not written (interrupted): the trace is in {kept}\n"
    )
    with Reader(kept) as reader:
        assert drain(reader)


def test_nothing_is_left_where_nothing_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> int:
        raise OSError("no interpreter")

    monkeypatch.setattr(supervisor, "_run", refuse)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OSError, match="no interpreter"):
        supervisor.record(tmp_path / "trace.poolscope", tmp_path / "script.py", [])
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_is_told_though_the_program_has_removed_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_command: object, folder: Path, _limit_s: object) -> int:
        folder.rmdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(supervisor, "_run", interrupted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        supervisor.record(tmp_path / "trace.poolscope", tmp_path / "script.py", [])
    assert capfd.readouterr().err == "", "nothing is where it would be said to be"
