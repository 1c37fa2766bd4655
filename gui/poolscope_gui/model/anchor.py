"""Which row is uppermost among those that scroll, so that it stays there while lanes come and go.

It is known by its key: a scroll, in pixels, leads elsewhere as soon as there are other lanes above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from poolscope_gui.model.arrangement import Key
from poolscope_gui.model.chart import Group, Lane
from poolscope_gui.model.layout import Layout, Row


class Anchor(NamedTuple):
    """``name``: of a lane, or of a group and whether its summary is meant; ``share``: of the row's
    height, how much of it is above the edge."""

    name: Key | tuple[str, bool]
    share: float


def uppermost(layout: Layout, lanes: Sequence[Lane], groups: Sequence[Group]) -> Anchor | None:
    """The first row that is seen; None where nothing is scrolled: what comes may push it down."""
    rows = layout.visible() if layout.scroll > 0 else ()
    if not rows:
        return None
    return Anchor(_name(rows[0], lanes, groups), (layout.scroll - rows[0].y) / rows[0].height)


def scroll_of(
    anchor: Anchor | None, layout: Layout, lanes: Sequence[Lane], groups: Sequence[Group]
) -> float | None:
    """The scroll, pixels, that has it uppermost; None where it is not among the rows."""
    if anchor is None:
        return None
    for row in layout.rows:
        if _name(row, lanes, groups) == anchor.name:
            return row.y + anchor.share * row.height
    return None


def _name(row: Row, lanes: Sequence[Lane], groups: Sequence[Group]) -> Key | tuple[str, bool]:
    return lanes[row.lane].key if row.lane >= 0 else (groups[row.group].key, row.summary)
