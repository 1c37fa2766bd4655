"""A long trace is read side by side, by time."""

from __future__ import annotations

from pathlib import Path

from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope.trace.turns import SHARE
from tests.trace.large import WORKERS, write


def test_streams_are_read_side_by_side(tmp_path: Path) -> None:
    """Else the records of most tasks would have to wait for their submissions."""
    tasks = write(tmp_path / "t", 12 << 20)
    assert tasks >= 2 * WORKERS * SHARE
    halves, gaps, started = [], [], 0
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        while store.take(reader, 16 * SHARE):
            halves.append(store.hidden_tasks)  # known by halves: their submission was not read
            done = len(store.started_order)
            gaps.append(len(store.tasks) - done)
            assert done >= started
            started = done
    assert (len(store.tasks), started, store.hidden_tasks) == (tasks, tasks, 0)
    assert not store.errors
    assert max(halves[10:]) <= 2 * SHARE
    assert max(gaps[10:]) <= WORKERS * SHARE


def test_where_there_is_no_limit_one_poll_gives_all(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t", 1 << 18)
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        assert store.take(reader)
        assert len(store.started_order) == tasks


def test_every_task_may_have_a_label_of_its_own(tmp_path: Path) -> None:
    tasks = write(tmp_path / "t", 1 << 18, distinct=True)
    with Reader(tmp_path / "t") as reader:
        store = Store.of(reader)
        while store.take(reader, 1000):
            pass
    labels = [store.text(number) for number in store.tasks.label.tolist()]
    assert len(set(labels)) == tasks
    assert sorted(labels)[7] == f"fib({7:016})"
