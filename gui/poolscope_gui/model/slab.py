"""Columns that are kept while the view scrolls: a window reaches further than what is seen.

    slab       low |--------------------------------------------| high      numbers of columns
    view                   |------------------|  ----->
    changed                                 |~~~~~~~~~~~~~~~~~~~|           since the last frame

Columns are numbered from time 0, so what was found for one stays true wherever the view moves,
until a zoom makes other columns. As long as the view stays within the slab nothing is looked for
at all; when it leaves, only what is new at one side; and when the history has grown, only the
columns from the first span on that could have changed.

Each lane's slab ends elsewhere, so that not all lanes move theirs in the same frame.
"""

from __future__ import annotations

from itertools import count

import numpy as np

from poolscope_gui.model.lod import Columns, Counts, Same, Slicer, state
from poolscope_gui.model.tracks import Track
from poolscope_gui.model.viewport import Viewport

COARSER, FINER = 3.0, 2.0  # kept columns may be stretched, or squeezed, so much
STEP = 512  # columns; slabs begin and end at multiples of this, from a phase of their own
_phases = count(0, 197)
_serials = count(1)


class Slab:
    """The columns of one track, kept between frames."""

    def __init__(self, source: Track) -> None:
        self._track = source
        self._slicer = Slicer(source)
        self._phase = next(_phases) % STEP
        self._unit = 0.0
        self._updates = -1  # of the track, when the columns were cut
        self._known: tuple[int, tuple[int, int, bool], int] = (-1, (-1, -1, False), 0)
        self._found: Columns | None = None

    @property
    def unit(self) -> float:
        """The width of the columns that are kept, ns; 0: there are none."""
        return self._unit

    def stretched(self, view: Viewport, now: float) -> Columns | None:
        """The columns that are kept, of another width than those of ``view``.

        None where they would not do: they do not reach as far, are much coarser, or something
        has happened since.
        """
        found, track = self._found, self._track
        if found is None or track.open or track.updates != self._updates:
            return None
        if not 1 / FINER <= self._unit / view.unit <= COARSER:
            return None
        begin, end = found.first * self._unit, (found.first + len(found.count)) * self._unit
        if len(track):
            first, last = float(track.start[0]), min(now, float(track.end[-1]))
            begin, end = (0.0 if begin <= first else begin), (view.end if end >= last else end)
        return found if begin <= max(view.begin, 0.0) and view.end <= end else None

    def exact(self, view: Viewport, now: float, ahead: int = 0) -> Columns | None:
        """What is kept, if it is what ``columns`` would give."""
        found = self._found
        if found is None or view.unit != self._unit:
            return None
        begin, until = view.first - ahead, view.first + view.width + ahead
        reaches = found.first <= begin and until <= found.first + len(found.count)
        return found if reaches and self._known == self._state(view, now) else None

    def lagging(self, view: Viewport) -> Columns | None:
        """What is kept, of a history that has since grown; None where it would not do."""
        found, track = self._found, self._track
        if found is None or view.unit != self._unit or track.generation != self._known[0]:
            return None
        if len(found.wide) and found.wide[-1] >= len(track):
            return None
        begin, until = view.first, view.first + view.width
        return found if found.first <= begin and until <= found.first + len(found.count) else None

    def _state(self, view: Viewport, now: float) -> tuple[int, tuple[int, int, bool], int]:
        return self._track.generation, state(self._track, view, now), self._track.settled

    def columns(self, view: Viewport, now: float, ahead: int = 0) -> Columns:
        """The columns of a snapped ``view``, ``ahead`` more of them on both sides if the view
        has only moved, and perhaps more.

        The same object as long as nothing has changed.
        """
        exact = self.exact(view, now, ahead)
        if exact is not None:
            return exact
        found, track = self._found, self._track
        begin, until = view.first, view.first + view.width
        if found is None or view.unit != self._unit:
            wide = view
            if found is not None and view.unit > self._unit:  # zooming out: it will go on
                margin = view.width // 4
                wide = view.stretch(begin - margin, until + margin)
            found = _numbered(self._slicer.columns(wide, now))
        else:
            low, high = found.first, found.first + len(found.count)
            begin, until = begin - ahead, until + ahead
            if not (low <= begin and until <= high):
                low = begin - (begin - self._phase) % STEP
                high = until + (self._phase - until) % STEP
            found = self._moved(view, now, (low, high), found)
        self._found, self._updates = found, track.updates
        self._unit, self._known = view.unit, self._state(view, now)
        return found

    def _moved(self, view: Viewport, now: float, to: tuple[int, int], old: Columns) -> Columns:
        """The columns of ``to``; those of the ``old`` ones that are still true are taken over."""
        (low, high), (begin, until, steady) = to, self._steady(view, now, old)
        begin, until = max(low, begin), min(high, until)
        if begin >= until:
            return _numbered(self._slicer.columns(view.stretch(low, high), now))
        parts = [old.part(begin, until)]
        wide = old.wide[old.wide < steady]
        if low < begin:
            parts.insert(0, self._slicer.columns(view.stretch(low, begin), now))
        if until < high:
            parts.append(self._slicer.columns(view.stretch(until, high), now))
        wide = np.unique(np.concatenate([wide, *(p.wide for p in parts if p.wide is not old.wide)]))
        start, end = self._track.start[wide], self._track.end[wide]
        wide = wide[((end < 0) | (end > low * view.unit)) & (start < high * view.unit)]
        return _joined(parts, wide, Same(old.serial, begin, until))

    def _steady(self, view: Viewport, now: float, old: Columns) -> tuple[int, int, int]:
        """Which of the old columns are still true, and how many spans are as they were."""
        track, (generation, was, settled) = self._track, self._known
        begin, until = old.first, old.first + len(old.count)
        if generation != track.generation:
            return begin, begin, 0
        if was == state(track, view, now):
            return begin, until, len(track)
        if not settled:
            return begin, begin, 0
        # All that has changed, and all that is new, does not start before the last settled one.
        return begin, min(until, int(track.start[settled - 1] // view.unit)), settled


def _numbered(columns: Columns) -> Columns:
    return _joined([columns], columns.wide, None)


def _joined(parts: list[Columns], wide: Counts, same: Same | None) -> Columns:
    """Neighbouring parts as one."""
    rare: dict[int, Counts] = {}
    if len(parts) == 1:
        rare = parts[0].rare
    else:
        for kind in {kind for part in parts for kind in part.rare}:
            counts = [part.rare.get(kind, np.zeros_like(part.count)) for part in parts]
            rare[kind] = np.concatenate(counts)
    return Columns(
        parts[0].first,
        wide,
        np.concatenate([part.count for part in parts]),
        rare,
        np.concatenate([part.filled for part in parts]),
        np.concatenate([part.kind for part in parts]),
        thin=any(part.thin for part in parts),
        serial=next(_serials),
        same=same,
    )
