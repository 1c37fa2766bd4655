"""Which tasks a query means. What a text holds is remembered, so that new tasks alone cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from poolscope_gui.model.query import STATE_NAMES, Query
from poolscope_gui.model.text_match import TextMatch
from poolscope_gui.model.tracks import NEVER

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Bools = NDArray[np.bool_]
Times = NDArray[np.int64]
_COLUMNS: Final = {"error": ("result", "traceback"), "name": ("label",)}
Durations = Callable[["Store", Times], Times]


class Matcher:
    """The tasks of one store that a query asks for."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._texts: dict[str, TextMatch] = {}

    def ahead(self, store: Store) -> Iterator[bool]:
        """Look through the texts, in bits of a few ms, that ``keep`` would at once; it may be left
        off."""
        wanted = [
            (value, column) for key, value in self.query.keyed for column in _COLUMNS.get(key, ())
        ]
        wanted += [(word, column) for word in self.query.words for column in ("label", "result")]
        for value, column in wanted:
            numbers = getattr(store.tasks, column)
            yield from self._match(value).ahead(numbers, store.texts.raw)

    def keep(
        self, store: Store, codes: NDArray[np.uint8], ran: Durations, waited: Durations
    ) -> Bools:
        """For each task whether all holds; ``codes`` are the states, the others the durations."""
        query = self.query
        keep = np.ones(len(codes), bool)
        if query.states is not None:
            wanted = np.zeros(len(STATE_NAMES), bool)
            wanted[sorted(query.states)] = True
            keep &= wanted[codes]
        if query.number is not None:
            keep &= np.arange(len(codes)) == query.number - 1
        for key, value in query.keyed:
            keep &= self._keyed(store, codes, key, value)
        for word in query.words:
            found = self._has(store, word, store.tasks.label)
            found |= self._has(store, word, store.tasks.result)
            found |= _by_worker(store, word) | _by_lock(store, word)
            keep &= found
        if query.limits:
            rows = np.flatnonzero(keep)
            for limit in query.limits:
                lasted = (waited if limit.what == "waited" else ran)(store, rows)
                over = lasted >= limit.ns if limit.same else lasted > limit.ns
                under = lasted <= limit.ns if limit.same else lasted < limit.ns
                keep[rows] &= (lasted != NEVER) & (over if limit.more else under)
        return keep

    def _keyed(self, store: Store, codes: NDArray[np.uint8], key: str, value: str) -> Bools:
        tasks = store.tasks
        if key == "pool":
            named = [value in pool.name.casefold() for pool in store.pools]
            return _picked(named, tasks.pool)
        if key == "worker":
            return _by_worker(store, value)
        if key == "lock":
            return _by_lock(store, value)
        if key == "error":
            found = self._has(store, value, tasks.result) | self._has(store, value, tasks.traceback)
            return np.asarray(found & (codes == STATE_NAMES.index("exception")))
        return self._has(store, value, tasks.label)

    def _has(self, store: Store, word: str, column: NDArray[np.integer[Any]]) -> Bools:
        return self._match(word).of(column, store.texts.raw)

    def _match(self, word: str) -> TextMatch:
        match = self._texts.get(word)
        if match is None:
            match = self._texts[word] = TextMatch(word)
        return match


def _picked(named: list[bool], column: NDArray[np.int32]) -> Bools:
    # one more at the end, so that -1 (none) picks "no match"
    return np.asarray(np.array([*named, False])[column], bool)


def _by_worker(store: Store, word: str) -> Bools:
    return _picked([word in each.name.casefold() for each in store.workers], store.tasks.worker)


def _by_lock(store: Store, word: str) -> Bools:
    """Tasks that held a lock of this name, or waited for it."""
    tasks, found = store.tasks, np.zeros(len(store.tasks), bool)
    named = np.array([word in lock.name.casefold() for lock in store.locks], bool)
    if not named.any():
        return found
    workers = np.array([thread.worker for thread in store.threads], np.int64)
    run = np.flatnonzero((tasks.worker != NEVER) & (tasks.started != NEVER))
    order = run[np.lexsort((tasks.started[run], tasks.worker[run]))]
    for table in (store.lock_table.holds, store.lock_table.blocks, store.signals.blocks):
        some = np.flatnonzero(named[table.lock] & (table.thread != NEVER))
        by, when = workers[table.thread[some]], table.begin[some]
        for worker in np.unique(by[by != NEVER]).tolist():
            low, high = np.searchsorted(tasks.worker[order], np.array([worker, worker + 1]))
            mine, times = order[low:high], when[by == worker]
            place = np.searchsorted(tasks.started[mine], times, side="right") - 1
            rows = mine[place[place >= 0]]
            ends = np.where(
                tasks.returned[rows] != NEVER, tasks.returned[rows], tasks.finished[rows]
            )
            inside = (ends == NEVER) | (times[place >= 0] <= ends)
            found[rows[inside]] = True
    return found
