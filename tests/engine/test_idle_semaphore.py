"""What counts the idle threads of a watched pool does what the library's own does, with less."""

from __future__ import annotations

import threading

import pytest

from poolscope.instrument.permits import PlainSemaphore


@pytest.mark.parametrize("permits", [0, 1, 3])
def test_the_same_answers_as_the_library_s(permits: int) -> None:
    library = threading.Semaphore(permits)
    ours = PlainSemaphore(threading.Semaphore(permits))
    for semaphore in (library, ours):
        for turn in range(2):
            took = [semaphore.acquire(timeout=0) for _ in range(permits + 2)]
            assert took == [True] * permits + [False] * 2
            assert not semaphore.acquire(blocking=False)
            assert not semaphore.acquire(timeout=0.001)
            if turn == 0 and permits:
                semaphore.release(permits)
    assert ours._value == library._value == 0


def test_no_permit_is_taken_twice_and_none_is_lost() -> None:
    ours, each, threads = PlainSemaphore(threading.Semaphore(0)), 2_000, 4
    taken: list[int] = []

    def take() -> None:
        got = 0
        while got < each:
            got += ours.acquire(timeout=0)
        taken.append(got)

    def give() -> None:
        for _ in range(each):
            ours.release()

    working = [threading.Thread(target=work) for work in (take, give) * threads]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()
    assert sum(taken) == each * threads
    assert not ours.acquire(timeout=0)


def test_who_has_time_waits() -> None:
    ours = PlainSemaphore(threading.Semaphore(0))
    thread = threading.Thread(target=ours.release)
    thread.start()
    assert ours.acquire(timeout=30)
    thread.join()
