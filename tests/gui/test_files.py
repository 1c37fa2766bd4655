"""What the window says of files that it cannot write."""

from __future__ import annotations

import resource
from pathlib import Path

from pytestqt.qtbot import QtBot

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
