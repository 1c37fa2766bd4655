"""What the window says of files that it cannot write."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from poolscope_gui.settings import Settings
from tests.gui.test_window import Stage


def test_a_picture_that_does_not_fit_says_why_and_leaves_what_was(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """Qt, which writes but a part of it then, calls that an unknown error."""
    window = Stage(qtbot, tmp_path).window
    (tmp_path / "chart.png").write_text("the old one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        window.files.export(tmp_path / "chart.png")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert window.banner.sentence == (
        f"No picture: {tmp_path / 'chart.png'} could not be written: File too large."
    )
    assert (tmp_path / "chart.png").read_text() == "the old one"
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*.part")) == []


def test_settings_that_cannot_be_written_are_said_to_be_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    for place, said in (("file", "window.ini cannot be written: the layout"), ("there", "")):
        path = str(tmp_path / place / "window.ini")
        settings = Settings(QSettings(path, QSettings.Format.IniFormat))
        settings.set_text("editor/source", "def f(): ...")
        settings.sync()
        told = capsys.readouterr().err
        assert said in told
        assert bool(said) == bool(told)
