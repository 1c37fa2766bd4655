"""From which line a task was submitted, where a thread waits, where what is called is defined."""

from __future__ import annotations

import _thread
import contextlib
import functools
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

import poolscope
from poolscope import numbered_places, tasks
from poolscope.analysis.store import Store
from poolscope.trace import recorder
from poolscope.trace.reader import Reader
from poolscope.trace.schema import Kind, WaitKind
from poolscope.trace.values import MOST_PLACES
from tests.engine.gates import Gate, join

HERE = Path(__file__).name


def plain(number: int = 0) -> int:
    return number


def passes_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@passes_on
def wrapped(number: int) -> int:
    return number


class Callee:
    def __call__(self, number: int) -> int:
        return number

    def method(self, number: int) -> int:
        return number


class Made:
    def __init__(self, number: int) -> None:
        self.number = number


def read(folder: Path) -> Store:
    store = Store()
    with Reader(folder) as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    return store


def submitted(store: Store) -> list[tuple[str, str, str]]:
    """Of each task: from where, in which function, and where its own is defined."""
    found = [store.place(int(row)) for row in store.tasks.place]
    return [(short(place.where), place.function, short(place.defined)) for place in found]


def waits(store: Store) -> list[tuple[str, str]]:
    found = [store.place(wait.place) for wait in store.waits]
    return [(short(place.where), place.function) for place in found]


def short(where: str) -> str:
    return where.rpartition(os.sep)[2]


def line(function: Callable[..., Any], offset: int = 0) -> str:
    """Where a function begins, or so many lines further."""
    return f"{HERE}:{function.__code__.co_firstlineno + offset}"


@contextlib.contextmanager
def recorded(folder: Path, make: Callable[[], Executor]) -> Iterator[Any]:
    with poolscope.record(folder), make() as pool:
        yield pool


def threads() -> Executor:
    return poolscope.ThreadPoolExecutor(1)


def processes() -> Executor:
    return poolscope.ProcessPoolExecutor(1)


def submits(pool: Executor) -> None:
    for number in range(2):
        pool.submit(plain, number)
    pool.submit(
        plain,
    )
    [pool.submit(plain) for _ in range(2)]


@pytest.mark.parametrize("make", [threads, processes])
def test_each_submit_is_told_with_its_line(make: Callable[[], Executor], tmp_path: Path) -> None:
    with recorded(tmp_path, make) as pool:
        submits(pool)
    defined = line(plain)
    places = [line(submits, offset) for offset in (2, 2, 3, 6, 6)]
    assert submitted(read(tmp_path)) == [(place, "submits", defined) for place in places]


def maps(pool: Executor) -> None:
    list(pool.map(plain, range(3)))
    list(pool.map(plain, range(4), chunksize=2))
    for _ in pool.map(plain, range(3), buffersize=1):  # type: ignore[call-arg]
        pass


@pytest.mark.parametrize(("make", "chunks"), [(threads, 4), (processes, 2)])
def test_a_map_submits_where_it_is_called(
    make: Callable[[], Executor], chunks: int, tmp_path: Path
) -> None:
    with recorded(tmp_path, make) as pool:
        maps(pool)
    places = [line(maps, 1)] * 3 + [line(maps, 2)] * chunks + [line(maps, 3)] * 3
    assert submitted(read(tmp_path)) == [(place, "maps", line(plain)) for place in places]


def test_what_is_called_is_found_behind_what_wraps_it(tmp_path: Path) -> None:
    anonymous = lambda number: number  # noqa: E731
    cached = functools.lru_cache(plain)
    functions: list[tuple[Callable[..., Any], str]] = [
        (anonymous, line(anonymous)),
        (functools.partial(plain), line(plain)),
        (functools.partial(functools.partial(Callee().method)), line(Callee.method)),
        (Callee().method, line(Callee.method)),
        (Callee(), line(Callee.__call__)),
        (Made, line(Made.__init__)),
        (cached, line(plain)),
        (wrapped, line(wrapped.__wrapped__)),  # type: ignore[attr-defined]
        (passes_on(plain), line(plain)),
        (wrapped, line(wrapped.__wrapped__)),  # type: ignore[attr-defined]
        (abs, ""),
        (str, ""),
    ]
    with recorded(tmp_path, threads) as pool:
        for function, _ in functions:
            pool.submit(function, 1)
    assert [defined for _, _, defined in submitted(read(tmp_path))] == [
        defined for _, defined in functions
    ]


def test_nothing_of_the_users_is_run_to_find_it() -> None:
    class Trap:
        __wrapped__ = property(lambda _: pytest.fail("it was asked"))
        __class__ = property(lambda _: pytest.fail("it was asked"))  # type: ignore[assignment]
        __self__ = func = __wrapped__

        def __getattr__(self, name: str) -> Any:
            pytest.fail(f"{name} was asked for")

        def __call__(self) -> None:
            pytest.fail("it was called")

    for trap in (Trap(), functools.partial(Trap(), 1)):
        assert numbered_places.code_of(trap) is Trap.__call__.__code__
    endless: Any = lambda: None  # noqa: E731
    endless.__wrapped__ = endless
    assert numbered_places.code_of(endless) is None


def opened_by(gate: Gate, kind: Kind, which: int = 1) -> None:
    """Open ``gate``, until the recording's end, when a ``kind`` is told the ``which``-th time."""
    emit = recorder.emit
    assert emit is not None
    left = iter(range(which - 1))

    def listen(told: int, a: int, b: int, c: int, d: int) -> None:
        emit(told, a, b, c, d)
        if told == kind and next(left, None) is None:
            gate.open()

    recorder.emit = listen


def waits_for(pool: Executor, gate: Gate) -> None:
    futures = [pool.submit(gate.hold) for _ in range(3)]
    poolscope.wait(futures, 0)
    poolscope.wait(futures[:1], 60)
    poolscope.wait(futures, 10**9)
    for _ in poolscope.as_completed(futures):
        pass
    thread = poolscope.Thread(target=gate.hold)
    thread.start()
    thread.join()


def test_each_wait_is_told_with_its_line(tmp_path: Path) -> None:
    gate = Gate()
    with poolscope.record(tmp_path):
        opened_by(gate, Kind.WAIT_BEGAN, 2)
        with poolscope.ThreadPoolExecutor(1) as pool:
            waits_for(pool, gate)
    store = read(tmp_path)
    told = [(wait.kind, wait.timeout_ns) for wait in store.waits]
    assert told[:4] == [(0, 0), (0, 60 * 10**9), (0, 10**18), (1, None)]
    lines = [line(waits_for, offset) for offset in (2, 3, 4, 5)]
    # A time-out of years leaves no room for the place, and is told whole.
    lines[2] = ""
    assert [place for place, _ in waits(store)[:4]] == lines
    rest = {WaitKind(kind): place for (kind, _), place in zip(told, waits(store), strict=True)}
    shutdown = rest.pop(WaitKind.SHUTDOWN, None)
    assert shutdown in (None, (line(test_each_wait_is_told_with_its_line, 4), PLAIN_NAME))
    joined = rest.pop(WaitKind.JOIN, None)  # unless the thread was over before
    assert joined in (None, (line(waits_for, 9), "waits_for"))
    assert set(rest) == {WaitKind.WAIT, WaitKind.AS_COMPLETED}


PLAIN_NAME = "test_each_wait_is_told_with_its_line"


def wants(pool: Executor, gate: Gate) -> None:
    pool.submit(gate.hold).result()


def wants_in_time(pool: Executor, gate: Gate) -> None:
    pool.submit(gate.hold).exception(60)


@pytest.mark.parametrize(
    ("function", "kind"), [(wants, Kind.RESULT_WANTED), (wants_in_time, Kind.WAIT_BEGAN)]
)
def test_a_result_is_wanted_at_a_line(
    function: Callable[..., None], kind: Kind, tmp_path: Path
) -> None:
    gate = Gate()
    with recorded(tmp_path, threads) as pool:
        opened_by(gate, kind)
        function(pool, gate)
    assert waits(read(tmp_path))[0] == (line(function, 1), function.__name__)


def test_the_results_of_a_map_are_waited_for_where_they_are_read(tmp_path: Path) -> None:
    gate = Gate()
    with recorded(tmp_path, threads) as pool:
        opened_by(gate, Kind.RESULT_WANTED)
        reads(pool.map(gate.hold, range(1)))
    assert waits(read(tmp_path))[0] == (line(reads, 1), "reads")


def reads(results: Iterator[Any]) -> None:
    next(results)


def test_who_is_called_by_no_line_of_python_has_no_place(tmp_path: Path) -> None:
    with recorded(tmp_path, threads) as pool:
        done = threading.Event()
        _thread.start_new_thread(pool.submit, (done.set,))
        assert done.wait(60)
    ((place, function, _),) = submitted(read(tmp_path))
    assert (place, function) == ("", "")


def test_our_own_code_is_nobodys_line(tmp_path: Path) -> None:
    """What a command of the window submits has no line, but its function has one."""
    source = "def hand_in(pool, function): return pool.submit(function, 0.0)"
    ours: dict[str, Any] = {}
    exec(compile(source, str(Path(poolscope.__file__).with_name("host.py")), "exec"), ours)
    with recorded(tmp_path, threads) as pool:
        thread = threading.Thread(target=ours["hand_in"], args=(pool, tasks.sleep))
        thread.start()
        join(thread)
        through(pool, ours["hand_in"])
    first, second = submitted(read(tmp_path))
    assert first[:2] == ("", "")
    assert first[2].startswith("tasks.py:")
    assert second == (line(through, 1), "through", first[2])


def through(pool: Executor, hand_in: Callable[..., Any]) -> None:
    hand_in(pool, tasks.sleep)


def test_every_recording_is_told_of_the_places(tmp_path: Path) -> None:
    for number in range(2):
        with recorded(tmp_path / str(number), threads) as pool:
            submits(pool)
        assert submitted(read(tmp_path / str(number)))[0][:2] == (line(submits, 2), "submits")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_tells_of_its_own_places(tmp_path: Path) -> None:
    with poolscope.record(tmp_path):
        with poolscope.ThreadPoolExecutor(1) as pool:
            submits(pool)
        child = os.fork()
        if not child:
            with poolscope.ThreadPoolExecutor(1) as pool:
                submits(pool)
            recorder.stop()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    told = submitted(read(tmp_path))
    assert len(told) == 10
    assert told[:5] == told[5:]
    assert told[0][0] == line(submits, 2)


def test_one_place_too_many_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered_places._after_fork_in_child()  # forget all
    monkeypatch.setattr(numbered_places, "_count", itertools.count(MOST_PLACES))
    with recorded(tmp_path, threads) as pool:
        pool.submit(plain)
        pool.submit(plain)
    numbered_places._after_fork_in_child()
    first, second = submitted(read(tmp_path))
    assert first[0].startswith(HERE)
    assert second == ("", "", "")


def test_the_memory_of_places_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbered_places, "_MANY", 8)
    before = len(numbered_places._numbers)
    with recorded(tmp_path, threads) as pool:
        for _ in range(20):
            exec(compile("pool.submit(plain)", "typed.py", "exec"), {"pool": pool, "plain": plain})
    assert len(numbered_places._known) <= 8
    assert len(numbered_places._numbers) <= before + 2  # the line, and this with's end
    assert {place for place, *_ in submitted(read(tmp_path))} == {"typed.py:1"}
