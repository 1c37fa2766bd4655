"""The sampler: real threads of this process, threads that are gone, what may not be read."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from poolscope_gui import cpu_sampler
from poolscope_gui.cpu_sampler import CpuSampler, thread_times
from poolscope_gui.on_cpu import OnCpu
from poolscope_gui.session import OPENED
from tests.gui.made_traces import every_state
from tests.gui.test_window import Stage


def burn() -> int:
    return sum(number * number for number in range(300_000))


@pytest.mark.parametrize("precise", [True, False])
def test_a_thread_that_computes_uses_time_and_one_that_waits_does_not(
    precise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not precise:
        monkeypatch.setattr(sys, "platform", "another")
    go, ready = threading.Event(), threading.Event()
    ids: list[int] = []

    def rest() -> None:
        ids.append(threading.get_native_id())
        ready.set()
        go.wait()

    idle = threading.Thread(target=rest)
    idle.start()
    ready.wait()
    me, pid = threading.get_native_id(), os.getpid()
    before = thread_times(pid, [me, *ids])
    assert {me, *ids} <= set(before)
    for _ in range(500):  # a clock may go in steps of 10 ms
        burn()
        after = thread_times(pid, [me, *ids])
        if after[me] > before[me]:
            break
    assert after[me] > before[me]
    assert after[ids[0]] - before[ids[0]] <= 10_000_000
    go.set()
    idle.join()


def test_what_is_gone_or_may_not_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert thread_times(2**22 + 5, [1]) == {}
    assert set(thread_times(os.getpid(), [threading.get_native_id(), 2**30])) >= {
        threading.get_native_id()
    }
    monkeypatch.setattr(cpu_sampler, "_precise", lambda *_: {})

    def refuse(pid: int) -> Any:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", refuse)
    assert thread_times(os.getpid(), [1]) == {}


def test_it_looks_while_there_is_something_to_look_at(qtbot: QtBot) -> None:
    asked: list[tuple[int, tuple[int, ...]]] = []

    def read(pid: int, tids: Collection[int]) -> dict[int, int]:
        asked.append((pid, tuple(tids)))
        return {tid: 5 for tid in tids if tid != 12}

    sampler = CpuSampler(lambda: 77, read, period_s=0.001)
    sampler.look()
    assert sampler.take() == []
    sampler.want([(1, 11), (1, 12), (2, 21)])
    qtbot.waitUntil(lambda: len(asked) > 6)
    sampler.stop()
    assert (1, (11, 12)) in [(pid, tuple(sorted(tids))) for pid, tids in asked]
    found = sampler.take()
    assert found[0].time == 77
    assert found[0].used == {(1, 11): 5, (2, 21): 5}
    assert not any(thread.name == "cpu sampler" for thread in threading.enumerate())


def test_a_live_host_is_sampled_and_an_opened_trace_is_not(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path, every_state()).live()
    looked: list[int] = []

    def read(pid: int, tids: Collection[int]) -> dict[int, int]:
        looked.append(pid)
        return {tid: 1_000 * len(looked) for tid in tids}

    clock = iter(range(1_000_000, 2**62, 1_000_000))
    sampler = CpuSampler(lambda: next(clock), read, period_s=0.001)
    on_cpu = OnCpu(stage.window, sampler)
    chart = stage.window.chart
    assert chart is not None
    source = stage.window.picture._source
    assert source is not None
    on_cpu.follow(source)
    qtbot.waitUntil(lambda: len(looked) > 5)
    on_cpu.tick()
    key = source.living_threads()[0]
    assert source.cpu is not None
    assert source.cpu.knows(key)
    assert not chart.canvas.grab().isNull()
    stage.session.be(OPENED)
    on_cpu.follow(source)
    on_cpu.tick()
    assert source.cpu is not None
    assert not source.cpu.knows(key)
    assert sampler._wanted == frozenset()
    on_cpu.end()
