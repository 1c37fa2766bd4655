"""A few reference pictures of the chart. The rest of the look is held by the logs of frames.

To renew them after a change that is wanted, and look at what has changed::

    POOLSCOPE_RENEW_PICTURES=1 .venv/bin/python -m pytest tests/pictures
    git diff --stat tests/pictures

Fonts differ from machine to machine, so a picture is compared in blocks of eight pixels, as one
sees it from afar: a missing bar or a wrong colour shows, a letter's hinting does not.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from poolscope_gui.model.chart import Chart, LaneAlarm
from poolscope_gui.render import draw
from tests.gui.charts import MS, crowd, locked, small

pytestmark = pytest.mark.usefixtures("qapp")

HERE = Path(__file__).resolve().parent / "chart"
RENEW = "POOLSCOPE_RENEW_PICTURES"
SIZE = (960, 540)
BLOCK = 8
MOST_APART = 48  # of 255, in any block
MOST_APART_ON_AVERAGE = 1.5


def pixels(path: Path) -> NDArray[np.float64]:
    """The picture's blocks, each the mean of its pixels."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
    assert not image.isNull(), f"{path} cannot be read"
    height, width = image.height(), image.width()
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4)[:, :, :3]
    rows, columns = height // BLOCK, width // BLOCK
    cut = raw[: rows * BLOCK, : columns * BLOCK].astype(np.float64)
    return cut.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))


def turned() -> Chart:
    """Two lanes of a ring, one that only waits behind it, and a lock with its waiters."""
    chart = locked()
    chart.lanes[0].alarm = LaneAlarm(200 * MS, False, "deadlock")
    chart.lanes[1].alarm = LaneAlarm(300 * MS, True, "ring, until a time-out")
    chart.lanes[2].alarm = LaneAlarm(300 * MS, False, "waits behind a deadlock", behind=True)
    return chart


def charts() -> dict[str, tuple[Chart, str, float]]:
    empty = Chart(message="No events yet. Create a pool and press Submit")
    return {
        "light": (small(), "light", 1.0),
        "dark": (small(), "dark", 1.0),
        "light-finer": (small(), "light", 1.25),
        "dark-fine": (small(), "dark", 2.0),
        "many-lanes": (crowd(64, 40), "light", 1.0),
        "many-bars": (crowd(12, 5000), "dark", 1.0),
        "empty": (empty, "light", 1.0),
        "locks": (turned(), "light", 1.0),
    }


@pytest.mark.parametrize("name", charts())
def test_chart_looks_as_it_did(name: str, tmp_path: Path) -> None:
    chart, theme, ratio = charts()[name]
    reference = HERE / f"{name}.png"
    if os.environ.get(RENEW):
        HERE.mkdir(exist_ok=True)
        draw(chart, reference, SIZE, theme, ratio=ratio)
    drawn = tmp_path / f"{name}.png"
    draw(chart, drawn, SIZE, theme, ratio=ratio)
    wanted, found = pixels(reference), pixels(drawn)
    assert found.shape == wanted.shape
    apart = np.abs(wanted - found)
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    assert apart.max() <= MOST_APART, f"block {place[1]}, {place[0]} of {drawn}; see {reference}"
    assert apart.mean() <= MOST_APART_ON_AVERAGE


def test_a_missing_bar_would_be_seen(tmp_path: Path) -> None:
    chart = small()
    chart.lanes[2].tasks = crowd(1, 1).lanes[0].tasks
    drawn = tmp_path / "changed.png"
    draw(chart, drawn, SIZE, "light")
    assert np.abs(pixels(HERE / "light.png") - pixels(drawn)).max() > MOST_APART


@pytest.mark.parametrize(
    ("name", "size", "theme", "sentence"),
    [
        ("x.jpg", SIZE, "light", "must end in .png or .svg"),
        ("x.png", (10, 10), "light", "expected 160 to 16384 pixels a side"),
        ("x.png", SIZE, "pink", "no theme 'pink'"),
    ],
)
def test_wrong_use_is_told(
    tmp_path: Path, name: str, size: tuple[int, int], theme: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw(small(), tmp_path / name, size, theme)
    assert not (tmp_path / name).exists()


def test_svg_keeps_shapes_and_words(tmp_path: Path) -> None:
    path = tmp_path / "chart.svg"
    draw(small(), path, SIZE, "light")
    text = path.read_text(encoding="utf-8")
    assert "fetch(url)" in text
    assert "waits for" in text
    assert f'viewBox="0 0 {SIZE[0]} {SIZE[1]}"' in text
