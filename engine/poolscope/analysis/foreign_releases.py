"""Releases of a lock by a thread that did not acquire it.

They lie on another stream than the acquire, and may be read before or after it and its
successors. So nothing is decided once and for all: of each owner and lock the holds its own
thread did not end are matched anew with the releases by others, by time alone::

    owner    A1 ......... A2 ........ A3         each hold takes the first release after it
    others        r           (none)             and before the owner's next acquire
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

from poolscope.analysis.column import NEVER
from poolscope.analysis.lock_columns import HoldTable

_KEPT: Final = 64  # holds a key that may still be matched anew; older ones are settled

Key = tuple[int, int]  # lock row, thread row of the owner


class ForeignReleases:
    """Ends holds that another thread released."""

    def __init__(self, holds: HoldTable) -> None:
        self._holds = holds
        self._superseded: defaultdict[Key, list[tuple[int, int, int]]] = defaultdict(list)
        self._releases: defaultdict[Key, list[tuple[int, int]]] = defaultdict(list)
        self._touched: set[Key] = set()

    def superseded(self, key: Key, row: int, bound: int) -> None:
        """A hold was followed, at ``bound``, by its owner's next acquire: it had been ended."""
        self._superseded[key].append((int(self._holds.begin[row]), bound, row))
        self._touched.add(key)

    def released(self, key: Key, t: int, releaser: int) -> None:
        """Thread ``releaser`` released what the key's thread held."""
        self._releases[key].append((t, releaser))
        self._touched.add(key)

    def settle(self, held: dict[Key, int]) -> None:
        """Match again where something is new; ``held``: the latest hold of each key."""
        if self._releases:
            self._touched.update(held.keys() & self._releases.keys())
        for key in self._touched:
            self._match(key, held.get(key))
        self._touched.clear()

    def _match(self, key: Key, current: int | None) -> None:
        releases = sorted(self._releases.get(key, ()))
        holds: list[tuple[int, float, int]] = [*sorted(self._superseded[key])]
        if current is not None:
            holds.append((int(self._holds.begin[current]), math.inf, current))
        place = 0
        for begin, bound, row in holds:
            while place < len(releases) and releases[place][0] < begin:
                place += 1
            if place < len(releases) and releases[place][0] < bound:
                self._holds.put("end", row, releases[place][0])
                self._holds.put("releaser", row, releases[place][1])
            elif bound != math.inf:  # its release was not recorded; it ended before this
                self._holds.put("end", row, int(bound))
                self._holds.put("releaser", row, NEVER)
        superseded = sorted(self._superseded[key])
        for _, _, row in superseded[:-_KEPT]:
            self._holds.put("final", row, 0)
        self._superseded[key] = superseded[-_KEPT:]
        if key in self._releases and len(releases) > 2 * _KEPT:
            self._releases[key] = releases[-_KEPT:]
