"""The area under a step function: as rectangles and as pixels it is the same area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolscope_gui.model.area import below, outline, pixels
from poolscope_gui.model.ops import Area, Rects
from poolscope_gui.model.palette import premultiplied

FILL, STROKE, WIDTH = 0x50336699, 0xFF993366, 1.5


def steps(heights: list[int], ratio: float) -> Area:
    """A step in each device pixel column, from the tenth on, and a quiet stretch at the end."""
    columns = np.arange(10, 10 + len(heights), dtype=np.float64)
    points = np.empty((2 * len(heights), 2))
    points[0::2, 0], points[1::2, 0] = columns / ratio, (columns + 1) / ratio
    points[-1, 0] += 5 / ratio
    points[:, 1] = np.repeat(80.0 - np.array(heights), 2)
    return Area(FILL, STROKE, points, 90.0)


def covered(rects: Rects, x: float, y: float) -> bool:
    left, top, width, height = rects.T
    inside = (left <= x) & (x < left + width) & (top <= y) & (y < top + height)
    return bool(inside.any())


@given(
    heights=st.lists(st.integers(0, 40), min_size=2, max_size=12),
    ratio=st.sampled_from([1.0, 1.25, 2.0]),
)
def test_a_pixel_is_painted_where_a_rectangle_has_its_middle(
    heights: list[int], ratio: float
) -> None:
    area = steps(heights, ratio)
    strip = pixels(area, WIDTH, ratio)
    filled, lined = below(area), outline(area, WIDTH)
    for row, values in enumerate(strip.pixels.tolist()):
        y = strip.y + (row + 0.5) / ratio
        for column, value in enumerate(values):
            x = strip.x + (column + 0.5) / ratio
            if covered(lined, x, y):
                assert value == premultiplied(STROKE)
            elif value != premultiplied(STROKE):  # uprights take whole columns
                expected = premultiplied(FILL) if covered(filled, x, y) else 0
                assert value == expected


def test_the_picture_lies_where_the_area_does() -> None:
    strip = pixels(steps([10, 20, 5], 2.0), WIDTH, 2.0)
    assert (strip.x, strip.w) == (5.0, 4.0)  # three columns and the quiet stretch
    assert strip.y + strip.h >= 90.0
    assert strip.pixels.shape == (round(strip.h * 2), 8)


@pytest.mark.parametrize(
    ("colour", "expected"), [(0xFF123456, 0xFF123456), (0x80FF0000, 0x80800000), (0, 0)]
)
def test_a_colour_is_premultiplied(colour: int, expected: int) -> None:
    assert premultiplied(colour) == expected
