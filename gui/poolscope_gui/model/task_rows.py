"""The futures table without a window: which tasks, in which order, and what each cell says.

Rows are fetched from the store's numpy columns when they are painted; there is no object per
task. ``rows`` is the permutation the table shows: ``rows[view row] = task row``. It is made anew
by ``refresh()``, as often as the caller likes. Which tasks there are, the state of each and how
many are in it are those of the last refresh, so that the rows and what is counted beside them never
disagree; the times in the cells go on between two of them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.spans import call_ends
from poolscope_gui.model import quantities
from poolscope_gui.model.matching import Matcher
from poolscope_gui.model.moments import call_end
from poolscope_gui.model.palette import RUNNING
from poolscope_gui.model.query import STATE_NAMES, Query, parse
from poolscope_gui.model.stable_order import in_order
from poolscope_gui.model.text_keys import Name, TextKeys

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

Rows = NDArray[np.int64]
_NEVER: Final = -1
_NO_ROWS: Final[Rows] = np.empty(0, np.int64)
_NO_CODES: Final[NDArray[np.uint8]] = np.empty(0, np.uint8)


class Column(enum.IntEnum):
    """The table's columns, from left to right."""

    NUMBER = 0
    TASK = 1
    STATE = 2
    WORKER = 3
    WAITED = 4
    RAN = 5
    RESULT = 6


_TEXTS: Final[dict[Column, Name]] = {Column.TASK: "label", Column.RESULT: "result"}
HEADINGS: Final = ("#", "task", "state", "worker", "waited", "ran", "outcome")


class TaskRows:
    """Sorts and filters the tasks of a store.

    What is not known (a task that has not started has no worker) sorts last, up or down.
    """

    def __init__(self) -> None:
        self._store: Store | None = None
        self._clock: Callable[[], int] | None = None
        self._edge: Callable[[], int | None] = lambda: None
        self.rows: Rows = _NO_ROWS
        self._codes = _NO_CODES  # the state of every task, as of the last refresh
        self._counted, self._counts = _NO_CODES, [0] * len(STATE_NAMES)
        self.column = Column.NUMBER
        self.descending = True
        self._matcher = Matcher(Query())
        self._states: frozenset[int] | None = None
        self.filtered = False  # whether the rows of the last refresh are
        self._reset_texts()

    def set_store(self, store: Store | None) -> None:
        """Show another store's tasks, or none."""
        self._store = store
        self.rows, self._codes = _NO_ROWS, _NO_CODES
        self._reset_texts()

    def set_clock(
        self, clock: Callable[[], int] | None, edge: Callable[[], int | None] = lambda: None
    ) -> None:
        """What gives the time now (ns since the origin) while a host is alive; else None.

        ``edge`` says up to when a trace was read of which there is more.
        """
        self._clock, self._edge = clock, edge

    def sort(self, column: Column, *, descending: bool) -> None:
        self.column, self.descending = column, descending

    def filter(self, text: str, states: Iterable[int] | None = None) -> None:
        """Keep the tasks that ``text`` asks for (``model.query``), and that are in one of
        ``states`` (None: in any)."""
        query = parse(text)
        if query != self._matcher.query:
            self._matcher = Matcher(query)
        self._states = None if states is None else frozenset(states)

    @property
    def wrong(self) -> tuple[str, ...]:
        """What of the last filter is not understood, in sentences."""
        return self._matcher.query.wrong

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are looked for, and those after ``worker:`` and ``lock:``."""
        query = self._matcher.query
        named = (value for key, value in query.keyed if key in ("worker", "lock"))
        return (*query.words, *named)

    @property
    def total(self) -> int:
        """How many tasks there are, filtered or not."""
        return len(self._codes)

    def ahead(self) -> Iterator[bool]:
        """Do what is long in the next ``refresh``, in bits of a few ms, or on a thread.

        It may be left off. In a column of texts, what comes meanwhile is sorted last.
        """
        if self._store is not None:
            yield from self._matcher.ahead(self._store)
            name = _TEXTS.get(self.column)
            if name is not None:
                yield from self._keys.ahead(self._store, name)

    def refresh(self) -> bool:
        """Make ``rows`` anew; True when it changed."""
        before = self.rows
        self.filtered = not self._matcher.query.empty or self._states is not None
        if self._store is None or not len(self._store.tasks):
            self.rows, self._codes = _NO_ROWS, _NO_CODES
        else:
            # A copy: the store goes on writing into its own.
            self._codes = self._store.tasks.state().copy()
            kept = self._kept(self._store)
            self.rows = self._sorted(self._store, kept)
        return not np.array_equal(before, self.rows)

    def position(self, task_row: int) -> int:
        """The view row of a task, or -1 when the filter hides it."""
        found = np.flatnonzero(self.rows == task_row)
        return int(found[0]) if len(found) else -1

    def counts(self) -> list[int]:
        """How many tasks are in each state, filtered or not, in the order of STATE_NAMES."""
        if self._counted is not self._codes:  # asked for with every choice of a row
            self._counted = self._codes
            self._counts = np.bincount(self._codes, minlength=len(STATE_NAMES)).tolist()
        return list(self._counts)

    # cells

    def state(self, task_row: int) -> int:
        """The state of a task now, as its other cells are of now: a row must not contradict
        itself between two refreshes."""
        return int(self._store.tasks.codes[task_row]) if self._store is not None else 0

    def text(self, task_row: int, column: int) -> str:
        """What the cell of a task says. The state's cell says its name."""
        store = self._store
        assert store is not None
        return _CELLS[column](self, store, task_row)

    def _task(self, store: Store, row: int) -> str:
        return _line(store.text(int(store.tasks.label[row])))

    def _state(self, store: Store, row: int) -> str:  # noqa: ARG002
        return STATE_NAMES[self.state(row)]

    def _worker(self, store: Store, row: int) -> str:
        worker = int(store.tasks.worker[row])
        return store.workers[worker].name if worker >= 0 else quantities.UNKNOWN

    def _time_waited(self, store: Store, row: int) -> str:
        tasks = store.tasks
        ends = (tasks.started, tasks.cancelled, tasks.finished)
        last = next((int(end[row]) for end in ends if end[row] != _NEVER), _NEVER)
        return self._lasted(store, row, tasks.submitted, last)

    def _time_ran(self, store: Store, row: int) -> str:
        return self._lasted(store, row, store.tasks.started, call_end(store, row))

    def _result(self, store: Store, row: int) -> str:
        worker = int(store.tasks.worker[row])
        if worker >= 0 and self.state(row) == RUNNING and store.worker_gone[worker] != _NEVER:
            return "lost with its worker"
        return _line(store.text(int(store.tasks.result[row])))

    def _lasted(self, store: Store, row: int, begin: Rows, last: int) -> str:
        """As ``_waited`` and ``_ran`` for one row, for a cell: without an array's overhead."""
        first = int(begin[row])
        if first == _NEVER:
            return quantities.UNKNOWN
        last = last if last != _NEVER else self._now(store)
        return quantities.duration(max(last - first, 0))

    def full_text(self, task_row: int, column: Column) -> tuple[str, str]:
        """The whole of what ``text`` shows in one line, and the traceback of an exception."""
        store = self._store
        assert store is not None
        if column is not Column.RESULT:
            return self.text(task_row, column), ""
        tasks = store.tasks
        return store.text(int(tasks.result[task_row])), store.text(int(tasks.traceback[task_row]))

    # filtering

    def _kept(self, store: Store) -> Rows:
        keep = np.ones(len(self._codes), bool)
        if self._states is not None:
            wanted = np.zeros(len(STATE_NAMES), bool)
            wanted[[state for state in self._states if 0 <= state < len(wanted)]] = True
            keep &= wanted[self._codes]
        if not self._matcher.query.empty:
            keep &= self._matcher.keep(store, self._codes, self._ran, self._waited)
        return np.flatnonzero(keep)

    # sorting

    def _sorted(self, store: Store, kept: Rows) -> Rows:
        if self.column is Column.NUMBER:
            return kept[::-1] if self.descending else kept
        key = self._key(store, kept)
        known = key != _NEVER
        order = in_order(-key[known] if self.descending else key[known])
        return np.concatenate((kept[known][order], kept[~known]))

    def _key(self, store: Store, kept: Rows) -> Rows:
        tasks = store.tasks
        match self.column:
            case Column.TASK | Column.RESULT:
                return self._keys.of(store, _TEXTS[self.column], kept)
            case Column.STATE:
                return self._codes[kept].astype(np.int64)
            case Column.WORKER:
                return self._worker_rank(store)[tasks.worker[kept]]
            case Column.WAITED:
                return self._waited(store, kept)
            case Column.RAN:
                return self._ran(store, kept)
            case _:
                return kept

    def _worker_rank(self, store: Store) -> Rows:
        names = [worker.name for worker in store.workers]
        rank = np.full(len(names) + 1, _NEVER, np.int64)
        rank[sorted(range(len(names)), key=lambda row: _natural(names[row]))] = range(len(names))
        return rank

    def _waited(self, store: Store, rows: Rows) -> Rows:
        """Time in the queue: up to the start, the cancelling, or now."""
        tasks = store.tasks
        submitted, started = tasks.submitted[rows], tasks.started[rows]
        end = np.where(started != _NEVER, started, tasks.cancelled[rows])
        end = np.where(end != _NEVER, end, tasks.finished[rows])
        return _between(submitted, np.where(end != _NEVER, end, self._now(store)))

    def _ran(self, store: Store, rows: Rows) -> Rows:
        end, now = call_ends(store, rows), self._now(store)
        reached = np.where(end != _NEVER, np.minimum(end, now), now)
        return _between(store.tasks.started[rows], reached)

    def _now(self, store: Store) -> int:
        edge = self._edge()
        return edge if edge is not None else max(store.now_ns, self._clock() if self._clock else 0)

    def _reset_texts(self) -> None:
        self._keys = TextKeys()
        self._matcher = Matcher(self._matcher.query)


# What a cell says, by its column. A table is painted cell by cell: this is looked up, not searched.
_CELLS: Final = (
    lambda _rows, _store, row: str(row + 1),
    TaskRows._task,
    TaskRows._state,
    TaskRows._worker,
    TaskRows._time_waited,
    TaskRows._time_ran,
    TaskRows._result,
)


def _between(begin: Rows, end: Rows) -> Rows:
    return np.where(begin == _NEVER, _NEVER, np.maximum(end - begin, 0)).astype(np.int64)


def _line(text: str) -> str:
    """One short line: a cell is one line high, and a repr may be 16 KB long."""
    return " ".join(text[:400].split())


def _natural(name: str) -> tuple[str, int]:
    """``pool_2`` before ``pool_10``."""
    stem, _, number = name.rpartition("_")
    return (stem.casefold(), int(number)) if number.isdecimal() else (name.casefold(), -1)
