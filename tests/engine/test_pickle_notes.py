"""How long the pickling of a call took, in our pool of processes and in the library's."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import poolscope
from poolscope import pickle_notes
from poolscope.analysis.store import Store
from poolscope.trace import recorder
from poolscope.trace.reader import Reader
from poolscope.trace.values import PICKLED_TOGETHER
from tests.harmless import runs

SLOW_NS = 2_000_000


class Dear:
    """Pickling it takes at least ``SLOW_NS``; how long is kept."""

    took: tuple[int, int] = (0, 0)

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        began = time.perf_counter_ns()
        while (ended := time.perf_counter_ns()) - began < SLOW_NS:
            pass
        type(self).took = began, ended
        return int, (0,)


def read(folder: Path) -> Store:
    with Reader(folder) as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    return store


def test_a_pool_of_ours_pickles_before_it_sends(tmp_path: Path) -> None:
    with poolscope.record(tmp_path), poolscope.ProcessPoolExecutor(1) as pool:
        pool.submit(abs, -1).result()
        pool.submit(int, Dear()).result()  # type: ignore[call-overload]
    store = read(tmp_path)
    tasks = store.tasks
    began, ended = (each - store.origin_ns for each in Dear.took)
    assert tasks.submitted[1] <= tasks.pickling[1] <= began
    assert ended <= tasks.pickled[1] <= tasks.sent[1]
    assert 0 < tasks.pickling[0] < tasks.pickled[0]
    assert not tasks.pickled_together.any()


def test_calls_in_one_pickle_say_so(tmp_path: Path) -> None:
    with poolscope.record(tmp_path), poolscope.ProcessPoolExecutor(1) as pool:
        list(pool.map(abs, range(2000)))
        grouped = pool._crew.groups is not None
    tasks = read(tmp_path).tasks
    assert (tasks.pickling > 0).all()
    assert (tasks.submitted <= tasks.pickling).all()
    assert (tasks.pickling < tasks.pickled).all()
    assert (tasks.pickled <= tasks.sent).all()
    assert bool(tasks.pickled_together.any()) == grouped


LIBRARY = """
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool
class Dear:
    def __reduce__(self):
        began = time.perf_counter_ns()
        while time.perf_counter_ns() - began < 2_000_000: pass
        return int, (0,)
if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(int, Dear()).result()
    with Pool(1) as pool:
        pool.apply(int, (Dear(),))
        pool.map(int, [Dear()])
"""


def test_the_librarys_pools(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(LIBRARY)
    run = runs.outcome([*runs.record(tmp_path / "trace"), str(program)])
    assert (run.status, run.err) == (0, b"")
    report = runs.report(tmp_path / "trace")
    took = [task["pickled_for_ns"] for task in report["tasks"]]
    assert len(took) == 3
    assert min(took) >= SLOW_NS
    tasks = read(tmp_path / "trace").tasks
    # The executor says RUNNING first, which is SENT, and lets another thread pickle.
    assert tasks.sent[0] <= tasks.pickling[0]
    assert (tasks.pickled <= tasks.received).all()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What the clock says at the end of each pickling."""
    times: list[int] = []
    monkeypatch.setattr(pickle_notes, "_now", functools.partial(times.pop, 0))
    yield times
    assert not times


def test_a_time_that_needs_more_than_32_bits_is_kept(clock: list[int], tmp_path: Path) -> None:
    spans = [1, 2**32 - 1, 2**32, 2**40 + 7, 2**47 - 1, 2**60]
    told: list[tuple[int, ...]] = []
    with poolscope.record(tmp_path):
        emit = recorder.emit
        recorder.emit = lambda *record: told.append(record)
        for span in spans:
            clock.append(span + 5)
            pickle_notes.pickled_together([1], 9, 5)
        clock.append((3 << 40) + 5)
        pickle_notes.pickled(1, 9, 5)
        clock.append(5)
        pickle_notes.pickled(1, 9, 5)  # no time at all is not "unknown"
        pickle_notes.pickled(1, 9, 0)  # began before the recording
        recorder.emit = emit
    took = [c | (d & ~PICKLED_TOGETHER) << 32 for _, _, _, c, d in told]
    assert took[:5] == spans[:-1]
    assert took[5] >> 32 == 2**15 - 1  # as much as there is room for
    assert took[6:] == [3 << 40, 1, 0]
    assert [bool(d & PICKLED_TOGETHER) for *_, d in told] == [True] * 6 + [False] * 3
    assert all(size == 9 for _, _, size, *_ in told)


def test_nothing_is_told_when_nothing_records() -> None:
    assert recorder.emit is None
    pickle_notes.pickled(1, 9, 0)
    pickle_notes.pickled_together([1], 9, 0)
