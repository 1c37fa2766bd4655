"""What was painted of each lane before, and which lanes a frame has to paint anew.

A lane's picture changes when something happens on it, not in every frame. So each lane is painted
once, wider than it is seen, and copied from there into frame after frame: a scroll costs a copy,
and so does a bar that grows, for those are painted as going on for ever, and the copy ends at now.

    on the sheet   | margin |========= what the view shows ========| margin |    a row of it a lane
    copied                  |~~~~~~~~~~~~~~~~~~~~~~~~~|            now

A frame's time is short. What cannot be copied at all is painted at once. What has changed, or is of
another zoom, is painted as the time allows, those first that the view will soonest have outgrown,
then those that were longest not; meanwhile a lane is some frames old, or stretched to where it
belongs in time: true, but coarser. With time left lanes are painted before the view leaves what
there is of them. Once the view stands all are exact.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from poolscope_gui.model.arrangement import Key
from poolscope_gui.model.chart import Chart
from poolscope_gui.model.counter_columns import KeptColumns
from poolscope_gui.model.cpu_strip import KeptShades
from poolscope_gui.model.kept import Asked, Kept, Size
from poolscope_gui.model.kept_strip import KeptStrip
from poolscope_gui.model.label import Label, Shift
from poolscope_gui.model.lane_state import (
    context_of,
    header_of,
    look_of,
    phase_of,
    state_of,
    words_of,
)
from poolscope_gui.model.layout import Row
from poolscope_gui.model.motion import COARSER, COMING, FINER, Motion, most
from poolscope_gui.model.ops import HATCH_TILE, Copies
from poolscope_gui.model.repeat import Repeat
from poolscope_gui.model.scene import Ops, Scene, nearest
from poolscope_gui.model.sheet_picture import paint, paint_headers, y_of
from poolscope_gui.model.task_bars import Gathered
from poolscope_gui.model.viewport import Viewport

BUDGET_S: Final = 0.001  # of a frame, to say how lanes look; to paint them takes as long again
ALIGN: Final = 128  # the first column of a picture is a multiple of so many
MORE: Final = 8  # rows of the sheet than lanes are seen
LEAST: Final = 3  # lanes that are painted in a frame, if so many are old
FRAME_S: Final = 0.016  # in one that comes later more are, or lanes would be older for it
MOST_WORTH: Final = 8  # frames that such a one may be worth
SPARE: Final = 2  # lanes that are painted in a frame although it is not urgent
SOON: Final = 24  # frames, in which a view that scrolls will leave what there is of a lane
HEADERS: Final = 4  # whose words are looked at in a frame while something happens


@dataclass(eq=False)
class Sheet:
    """The lanes of one picture that is painted again and again."""

    budget_s: float = BUDGET_S  # for what could be copied as well; ``inf``: all are exact at once
    clock: Callable[[], float] = time.perf_counter  # s
    late: bool = False  # something is stretched or old: paint again
    zooms: bool = False  # the view does: words may be shorter than there is room for
    counters: dict[str, KeptColumns] = field(default_factory=dict)
    strips: dict[str, KeptStrip] = field(default_factory=dict)  # of the counters
    counters_unit: float = 0.0  # ns to a column of theirs, while a history grows in view
    shades: dict[str, KeptShades] = field(default_factory=dict)  # of the pinned lanes, the others
    repeat: Repeat = field(default_factory=Repeat)
    _kept: dict[Key, Kept] = field(default_factory=dict)
    _free: list[int] = field(default_factory=list)
    _size: Size = field(default_factory=Size)
    _frame: int = 0
    _known: object = None  # what ``context_of`` was
    _context: int = 0  # counts how often that has changed
    _lane_s: float = 2e-4  # what a lane has taken of late
    _began_s: float = 0.0  # when the last frame did, and how many of the usual this one is worth
    _worth: int = 1
    _told: tuple[int, int] = (-1, -1)  # the chart's version and now in the last frame
    _share: int = 1  # for how many frames' worth of old lanes there is time in this one
    _borrowed: bool = False  # the next one's has been taken
    _motion: Motion = field(init=False)

    def __post_init__(self) -> None:
        self._motion = Motion(exact=math.isinf(self.budget_s))

    @property
    def stretches(self) -> bool:
        """The view zooms, if only a little: what is kept may be stretched."""
        return self.zooms or self._motion.slowly

    def counters_view(self, view: Viewport) -> Viewport:
        """The columns that the counters are worked out for: those of the view or, while a history
        grows in it, somewhat wider ones for many frames, stretched to where they belong."""
        if not self._motion.slowly:
            self.counters_unit = 0.0
            return view
        self.late = True
        if not view.unit <= self.counters_unit <= COMING * view.unit:
            self.counters_unit = COMING * view.unit
        unit = self.counters_unit
        return view.stretch(int(view.begin // unit), math.ceil(view.end / unit), unit)

    def renew(self, scene: Scene, rows: list[Row], grid: tuple[int, int]) -> Ops:
        """Paint those of these lanes that have to be. ``grid``: as ``furniture.grid_of`` has it."""
        self._frame += 1
        since, self._began_s = self._began_s, self.clock()
        many = round((self._began_s - since) / FRAME_S) if scene.chart.live else 1
        self._worth = min(max(1, many), MOST_WORTH)
        self._motion.follow(scene.view)
        if (known := context_of(scene)) != self._known:
            self._known, self._context = known, self._context + 1
        self.zooms = self._motion.zooms and not self._motion.exact
        self._fit(scene, rows)
        self._share_out(scene.chart)
        must, want, spare = self._asked(scene, rows, grid)
        room = max(self._room(len(rows)) - len(must), self._due(want), 0)
        chosen = [*must, *want[:room]]
        self.late = self.zooms or len(chosen) < len(must) + len(want)
        soon = min(SPARE, max(room - len(want), 0))
        chosen += spare[: max(soon, self._due(spare))]
        return [*self._lanes(scene, chosen, grid), *self._headers(scene, rows)]

    def copies(self, scene: Scene, rows: list[Row]) -> Ops:
        """The lanes of these rows as they are on the sheet, up to now, and their headers."""
        layout, view, ratio, size = scene.layout, scene.view, scene.ratio, self._size
        until = min(max(0, round(scene.now / view.unit) - view.first), view.width)
        parts: list[tuple[float, ...]] = []
        whole: list[tuple[int, int, int, int, int, int]] = []
        header, to_x = size.header, int(layout.left)
        for row in rows:
            kept = self._kept[scene.chart.lanes[row.lane].key]
            scale = view.unit / kept.unit
            screen = layout.y(row)
            top, bottom = scene.snap(screen), scene.snap(screen + row.height)
            y, high = kept.place * size.row + nearest(phase_of(scene, row)), (bottom - top) * ratio
            x = header + view.first * scale - kept.first
            if ratio == 1.0:
                whole.append((0, int(top), 0, y, header, int(high)))
            else:
                parts.append((0, y, header, high, 0.0, top, layout.header, bottom - top))
            if not until:
                continue  # all that is seen is yet to come
            if ratio == scale == 1.0:
                whole.append((to_x, int(top), int(x), y, until, int(high)))
            else:
                to = layout.left, top, until / ratio, bottom - top
                parts.append((x, y, until * scale, high, *to))
        return [Copies(parts, whole)]

    def painted(self, scene: Scene, rows: list[Row]) -> tuple[int, ...]:
        """In which frames these lanes were."""
        return tuple([self._kept[scene.chart.lanes[row.lane].key].painted for row in rows])

    def words(self, scene: Scene, row: Row) -> tuple[Shift, list[Label], Gathered | None]:
        """What is written on a lane, and where that has come to."""
        kept = self._kept[scene.chart.lanes[row.lane].key]
        scale = kept.unit / scene.view.unit
        offset = (kept.first * scale - scene.view.first) / scene.ratio + scene.layout.left
        down = scene.layout.y(row) - y_of(scene, self._size, row, kept)
        return Shift(scale, offset, down), kept.labels, kept.tasks

    # -- which ---------------------------------------------------------------------------

    def _share_out(self, chart: Chart) -> None:
        """A frame that brings news takes the time of the next as well, which then rests unless it
        brings some, too: lanes that are painted together cost two thirds, and none is later."""
        news = chart.version != self._told[0]
        if not chart.live or self.zooms or self._motion.exact:
            self._share, self._borrowed = 1, False
        elif news:
            self._share, self._borrowed = 1 if self._borrowed else 2, True
        else:
            self._share, self._borrowed = 0 if self._borrowed else 1, False

    def _fit(self, scene: Scene, rows: list[Row]) -> None:
        """Have a row of the sheet for each lane that is seen."""
        ratio, old = scene.ratio, self._size
        high = max((math.ceil(row.height * ratio) + 1 for row in rows), default=0)
        tile = round(HATCH_TILE * ratio)  # a hatch is the same in each row
        high = -(-high // tile) * tile
        header = math.ceil(scene.layout.header * ratio)
        columns = most(scene.view) + ALIGN
        same = (header, columns) == (old.header, old.columns)
        if not same or high > old.row or len(rows) > old.rows:
            count = len(rows) + MORE
            self._size = Size(high, header, columns, count)
            self._kept.clear()
            self._free = list(range(count))
        keys = [scene.chart.lanes[row.lane].key for row in rows]
        lacking = len(set(keys) - self._kept.keys()) - len(self._free)
        if lacking > 0:
            unseen = sorted((k.seen, key) for key, k in self._kept.items() if key not in keys)
            self._free += [self._kept.pop(key).place for _, key in unseen[:lacking]]
        for key in keys:
            if key not in self._kept:
                self._kept[key] = Kept(self._free.pop())
            self._kept[key].seen = self._frame

    def _asked(
        self, scene: Scene, rows: list[Row], grid: tuple[int, int]
    ) -> tuple[list[Asked], list[Asked], list[Asked]]:
        """Lanes that must be painted, those that had better be, and those that soon must."""
        view, lanes = scene.view, scene.chart.lanes
        begin, end = view.begin, min(view.end, float(scene.now))
        must, want, spare = [], [], []
        for row in rows:
            kept = self._kept[lanes[row.lane].key]
            look = look_of(scene, row, self._context)
            fits = kept.look == look and 1 / FINER <= kept.unit / view.unit <= COARSER
            if not fits or not kept.reaches(begin, end):
                must.append(Asked((0.0, 0), row, kept, look))
            elif not self._motion.near(kept, view):
                left = self._motion.frames_left(kept, view, scene.now)
                want.append(Asked((left, kept.painted), row, kept, look))
            elif (
                kept.known is None
                or kept.known.is_old(lanes[row.lane].tasks.track)
                or kept.state != state_of(scene, row, grid)
            ):
                want.append(Asked((math.inf, kept.painted), row, kept, look, whole=False))
            elif kept.unit == view.unit:
                left = self._motion.frames_left(kept, view, scene.now)
                if left < SOON and begin < end:
                    spare.append(Asked((left, kept.painted), row, kept, look))
        want.sort(key=_urgency)
        spare.sort(key=_urgency)
        return must, want, spare

    def _room(self, rows: int) -> int:
        """How many lanes there is time for; some, however little time there is. What a zoom has
        painted is soon of another zoom again: there it has half the time."""
        if self._motion.exact:
            return rows
        there_is = int(self.budget_s / self._lane_s)
        return there_is // 2 if self.zooms else max(LEAST * self._worth, there_is) * self._share

    def _due(self, want: list[Asked]) -> int:
        """How many of these, the most urgent first, it takes that none will ever be too late."""
        lefts = (asked.urgency[0] for asked in want if asked.urgency[0] < math.inf)
        return max((math.ceil(n / (left // 1 + 1)) for n, left in enumerate(lefts, 1)), default=0)

    # -- how -----------------------------------------------------------------------------

    def _lanes(self, scene: Scene, chosen: list[Asked], grid: tuple[int, int]) -> Ops:
        if not chosen:
            return []
        began = time.perf_counter()
        wide = self._motion.columns(scene.view, ALIGN)  # of the same columns are painted together
        ops = paint(scene, self._size, chosen, wide, grid)
        for asked in chosen:
            asked.kept.painted = self._frame
        taken = (time.perf_counter() - began) / len(chosen)
        self._lane_s += 0.2 * (taken - self._lane_s)
        return ops

    def _headers(self, scene: Scene, rows: list[Row]) -> Ops:
        """Those that are not there or are others; of some, whether their words have changed.

        The words of a lane that runs many tasks a second change in every frame: nobody can read
        that, so while something happens each lane's are looked at in their turn.
        """
        pairs = [(row, self._kept[scene.chart.lanes[row.lane].key]) for row in rows]
        now = (scene.chart.version, scene.chart.now)
        hurry = self._motion.exact or now == self._told
        self._told = now
        more, chosen = len(rows) if hurry else HEADERS * self._share, []
        oldest = min([one for _, one in pairs], key=_told, default=None)

        def turn(pair: tuple[Row, Kept]) -> tuple[bool, int]:
            """Beside the oldest those first whose tasks were looked at in this frame anyway."""
            one = pair[1]
            return one is not oldest and one.painted != self._frame, one.told

        for row, one in sorted(pairs, key=turn):
            header = header_of(scene, row, self._context)
            if one.header == header and more <= 0:
                self.late |= not scene.chart.live  # else there will be another frame anyway
                continue
            words = words_of(scene, row)
            more -= one.header == header
            changed = (header, words) != (one.header, one.words)
            one.header, one.words, one.told = header, words, self._frame
            if changed:
                chosen.append((row, one))
        return paint_headers(scene, self._size, chosen)


def _urgency(asked: Asked) -> tuple[float, int]:
    return asked.urgency


def _told(kept: Kept) -> int:
    return kept.told
