"""How the user has put the lanes: folded, pinned, hidden, in which order, how tall.

It names lanes and groups by their keys, not by their numbers, so that it stays true while lanes
come and go. What it does not name is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from poolscope_gui.model.chart import Chart

Key = tuple[str, int]
Name = TypeVar("Name", str, Key)

LEAST_SCALE: Final = 0.4
MOST_SCALE: Final = 4.0
LEAST_HEIGHT: Final = 16.0
MOST_HEIGHT: Final = 260.0


class Section(NamedTuple):
    """A group as it is shown: its number, the numbers of its lanes, and whether it is folded."""

    group: int
    lanes: Sequence[int]
    folded: bool


@dataclass
class Arrangement:
    """Empty: every lane is shown where the chart has it, as tall as there is room for."""

    folded: set[str] = field(default_factory=set)  # keys of groups
    pinned: list[Key] = field(default_factory=list)  # from the top
    hidden: dict[Key, str] = field(default_factory=dict)  # and what they are called
    groups: list[str] = field(default_factory=list)  # those that were moved, in their order
    lanes: dict[str, list[Key]] = field(default_factory=dict)  # the same in a group
    heights: dict[Key, float] = field(default_factory=dict)  # of those resized one by one
    scale: float = 1.0  # of all others

    # what is shown

    def sections(self, chart: Chart) -> list[Section]:
        """The groups from top to bottom, without the lanes that are pinned or hidden."""
        numbers = [n for n, group in enumerate(chart.groups) if group.lanes]
        if self.groups:
            numbers = ordered(numbers, [chart.groups[n].key for n in numbers], self.groups)
        away = self.hidden.keys() | set(self.pinned)
        found = []
        for number in numbers:
            group = chart.groups[number]
            lanes: Sequence[int] = group.lanes
            if away:
                lanes = [n for n in lanes if chart.lanes[n].key not in away]
            moved = self.lanes.get(group.key)
            if moved:
                lanes = ordered(lanes, [chart.lanes[n].key for n in lanes], moved)
            if lanes:
                found.append(Section(number, lanes, group.key in self.folded))
        return found

    def at_top(self, chart: Chart) -> list[int]:
        """The numbers of the pinned lanes that there are."""
        if not self.pinned:
            return []
        of_key = {lane.key: number for number, lane in enumerate(chart.lanes)}
        return [of_key[key] for key in self.pinned if key in of_key]

    def height(self, key: Key, natural: float) -> float:
        """How tall a lane is, that would be ``natural`` pixels."""
        if not self.heights and self.scale == 1.0:
            return natural
        own = self.heights.get(key)
        return own if own is not None else _within(round(natural * self.scale))

    @property
    def hidden_words(self) -> list[str]:
        return list(self.hidden.values())

    # what the user does

    def fold(self, group: str) -> None:
        """Fold a group, or unfold it."""
        self.folded ^= {group}

    def fold_all(self, groups: Iterable[str]) -> None:
        """Fold all of these; unfold them when they are."""
        wanted = set(groups)
        self.folded = self.folded - wanted if wanted <= self.folded else self.folded | wanted

    def pin(self, key: Key) -> None:
        """Keep a lane at the top, or let it go back."""
        if key in self.pinned:
            self.pinned.remove(key)
        else:
            self.pinned.append(key)

    def hide(self, key: Key, words: str) -> None:
        """Take a lane away; ``words``: what to call it where it can be had back."""
        self.hidden[key] = words
        if key in self.pinned:
            self.pinned.remove(key)

    def show(self, keys: Iterable[Key] | None = None) -> None:
        """Show these hidden lanes again, or all of them."""
        for key in list(self.hidden if keys is None else keys):
            self.hidden.pop(key, None)

    def move_lane(self, chart: Chart, lane: int, by: int) -> bool:
        """Move a lane up (``by`` < 0) or down among those shown of its group, or the pinned ones.

        Returns whether it moved.
        """
        key = chart.lanes[lane].key
        if key in self.pinned:
            return _shift(self.pinned, key, by)
        for section in self.sections(chart):
            if lane in section.lanes:
                keys = [chart.lanes[n].key for n in section.lanes]
                if _shift(keys, key, by):
                    self.lanes[chart.groups[section.group].key] = keys
                    return True
        return False

    def move_group(self, chart: Chart, group: int, by: int) -> bool:
        """Move a group among those shown. Returns whether it moved."""
        keys = [chart.groups[section.group].key for section in self.sections(chart)]
        if not _shift(keys, chart.groups[group].key, by):
            return False
        self.groups = keys
        return True

    def resize(self, key: Key, height: float) -> None:
        """Give one lane a height of its own."""
        self.heights[key] = _within(round(height))

    def zoom(self, factor: float) -> None:
        """All lanes taller or lower."""
        self.scale = min(max(self.scale * factor, LEAST_SCALE), MOST_SCALE)
        if abs(self.scale - 1) < 0.05:
            self.scale = 1.0

    def natural(self) -> None:
        """All lanes as tall as there is room for."""
        self.scale = 1.0
        self.heights.clear()


def ordered(numbers: Sequence[int], names: Sequence[Name], first: Sequence[Name]) -> list[int]:
    """Those that ``first`` names in its order; each other one after the one it came after."""
    rank = {name: place for place, name in enumerate(first)}
    after, places = -1, []
    for number, name in zip(numbers, names, strict=True):
        after = rank.get(name, after)
        places.append((after, name not in rank, number))
    return [number for _, _, number in sorted(places)]


def _shift(keys: list[Name], key: Name, by: int) -> bool:
    if key not in keys:
        return False
    place = keys.index(key)
    to = min(max(place + by, 0), len(keys) - 1)
    keys.insert(to, keys.pop(place))
    return to != place


def _within(height: float) -> float:
    return float(min(max(height, LEAST_HEIGHT), MOST_HEIGHT))
