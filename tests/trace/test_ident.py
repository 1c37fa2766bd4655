"""Identities: unique, and of the process that made them, however many it makes."""

from __future__ import annotations

import os

import pytest

from poolscope.trace import ident


@pytest.mark.parametrize("began_ms", [0, 1, 0x7FFFF, 0x80000, 0xFFFFF, 0x123456789])
def test_no_process_reaches_the_ids_of_the_next_pid(
    monkeypatch: pytest.MonkeyPatch, began_ms: int
) -> None:
    monkeypatch.setattr(ident.time, "perf_counter_ns", lambda: began_ms << 20)
    first = ident._counter()()
    of_this_pid = os.getpid() << ident.COUNTER_BITS
    assert of_this_pid < first
    # As many as half of all bits can count, which takes days of nothing else.
    assert first + 2 ** (ident.COUNTER_BITS - 1) <= of_this_pid + 2**ident.COUNTER_BITS


def test_a_process_with_a_dead_ones_pid_has_other_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ident.time, "perf_counter_ns", lambda: 5 << 20)
    dead = ident._counter()
    monkeypatch.setattr(ident.time, "perf_counter_ns", lambda: 6 << 20)
    assert ident._counter()() - dead() == 1 << 20


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_ids_of_its_own() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(ident.next_id()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(reading, 100))
    os.close(reading)
    os.close(writing)
    assert theirs >> ident.COUNTER_BITS == child
    assert ident.next_id() >> ident.COUNTER_BITS == os.getpid()
