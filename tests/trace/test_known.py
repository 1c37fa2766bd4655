"""Locks taken and let go, recorded by a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolscope.trace import recorder
from poolscope.trace.schema import Kind
from tests.trace.everything import emit, emit_text, of_kind, read


class _Lock:
    _id = 5
    _owner = 0


def test_a_lock_that_is_taken_and_let_go(folder: Path) -> None:
    taken, let_go, emit_learning = recorder.emit_taken, recorder.emit_let_go, recorder.emit_learning
    assert taken is not None
    assert let_go is not None
    assert emit_learning is not None
    lock = _Lock()
    emit_text()(Kind.LOCK_WANTED, 5, 0, "here:1", 0)
    assert not taken(lock, 99)
    assert lock._owner  # also where nothing was recorded
    emit_learning(99, Kind.LOCK_ACQUIRED, 5, 0, "here:1", 0)
    assert let_go(lock)
    assert lock._owner == 0
    assert not let_go(lock)  # whose it is is not known
    assert taken(lock, 99)
    recorder.stop()
    rows = read(folder)
    assert [(row.a, row.text) for row in of_kind(rows, Kind.LOCK_ACQUIRED)] == [(5, "here:1")] * 2
    assert [(row.a, row.b) for row in of_kind(rows, Kind.LOCK_RELEASED)] == [(5, 0)]


@pytest.mark.usefixtures("folder")
def test_the_lock_of_another_thread_is_not_let_go() -> None:
    let_go = recorder.emit_let_go
    assert let_go is not None
    emit()(Kind.SENT, 1, 0, 0, 0)
    lock = _Lock()
    lock._owner = 12345
    assert not let_go(lock)
    assert lock._owner == 12345
