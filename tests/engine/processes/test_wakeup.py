"""The pipe that wakes a keeper: closed once, also when a fork comes in the middle."""

from __future__ import annotations

import gc
import os
from multiprocessing.connection import Connection

import pytest

from poolscope.process_keeper import Wakeup


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_forked_while_it_is_closed_closes_nothing_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wakeup = Wakeup()
    genuine = Connection._close  # type: ignore[attr-defined]
    closed: list[int] = []
    statuses: list[int] = []

    def close(self: Connection) -> None:
        # The kernel has closed it, the object does not know yet; and here another thread forks.
        closed.append(self.fileno())
        genuine(self)
        if len(closed) == 1:
            statuses.append(in_child(closed[0], wakeup))

    monkeypatch.setattr(Connection, "_close", close)
    wakeup.close()
    assert statuses == [0]
    assert len(closed) == 2


def in_child(number: int, wakeup: Wakeup) -> int:
    """Give ``number`` to another file, and see whether it is still that one's afterwards."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            other = os.open(os.devnull, os.O_RDONLY)
            if other != number:  # a lower one was free
                os.dup2(other, number)
            wakeup.abandon()
            del wakeup
            gc.collect()
            os.fstat(number)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
