"""The library of tasks: each does what it says, can be sent to a process, and is documented."""

from __future__ import annotations

import inspect
import multiprocessing
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest

from poolscope import Future, call_text, tasks
from tests.engine.far_end import until

ORPHAN_S = 90  # should the test be killed before it ends its child


@pytest.fixture(autouse=True)
def _no_locks() -> Iterator[None]:
    yield
    tasks._locks.clear()


@pytest.mark.parametrize("function", tasks.LIBRARY.values(), ids=tasks.LIBRARY)
def test_every_task_can_be_sent_and_says_what_it_does(function: object) -> None:
    assert pickle.loads(pickle.dumps(function)) is function
    assert callable(function)
    doc = inspect.getdoc(function)
    assert doc
    assert doc.split(".")[0].count(" ") < 20, "the first sentence is a title"
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.annotation is not parameter.empty
        assert parameter.default is not parameter.empty or parameter.name == "future"


@pytest.mark.parametrize(("name", "text"), tasks.EXAMPLES.items())
def test_every_example_fits_its_task(name: str, text: str) -> None:
    call = call_text.arguments(text, lambda _: Future())
    call_text.fit(tasks.LIBRARY[name], call)


def test_what_is_calculated_is_right() -> None:
    assert [tasks.fib(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]
    assert [n for n in range(30) if tasks.is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    assert tasks.sort_numbers(5) == sorted(n * 7919 % 1_000_003 for n in range(5))[2]
    assert tasks.hash_bytes(1) == "30e14955ebf13522"  # sha256sum of 1 MiB of zeros
    assert tasks.wait_for_io(0.0, "back") == "back"
    assert tasks.burn_cpu(0.0) == 0
    assert tasks.sleep(0) == 0
    with pytest.raises(ValueError, match=r"^oh$"):
        tasks.fail("oh", 0)


def test_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.print_lines(2, 0) == 2
    assert capsys.readouterr().out.endswith("line 1 of 2\nMainThread: line 2 of 2\n")


def test_waiting_for_a_task_gives_its_result() -> None:
    future: Future[int] = Future()
    future.set_result(7)
    assert tasks.wait_for(future) == 7


def test_a_lock_has_one_name_and_one_kind() -> None:
    lock = tasks.named_lock("A")
    assert tasks.named_lock("A") is tasks.named_lock("A", "Lock") is lock
    assert tasks.named_lock("R", "RLock") is not lock
    with pytest.raises(ValueError, match="'A' exists already, as Lock"):
        tasks.named_lock("A", "RLock")


def test_a_lock_is_held_for_as_long_as_it_is_said() -> None:
    lock = tasks.named_lock("A")
    lock.acquire()
    done = threading.Event()
    holder = threading.Thread(target=lambda: (tasks.hold_lock("A", 0), done.set()))
    holder.start()
    assert not done.is_set()
    lock.release()
    holder.join()
    assert done.is_set()
    assert lock.acquire(timeout=0)
    lock.release()


def adopted(locks: dict[str, tasks.AnyLock], ready: multiprocessing.SimpleQueue[str]) -> None:
    tasks.adopt(locks, lambda: ready.put("initialised"))
    try:
        tasks.named_lock("mine")
    except LookupError as error:
        ready.put(str(error))
    ready.put(tasks.hold_lock("A", 0))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_worker_process_has_the_locks_that_it_was_given_and_no_others(method: str) -> None:
    context = multiprocessing.get_context(method)
    mine = tasks.named_lock("mine")
    shared, ready = context.Lock(), context.SimpleQueue()
    with mine, shared:  # a fork now would inherit a lock that is held for ever
        child = context.Process(target=adopted, args=({"A": shared}, ready))
        child.start()
        assert ready.get() == "initialised"
        assert "no lock 'mine'" in ready.get()
        assert ready.empty()
    assert ready.get() == "A"
    child.join()
    assert child.exitcode == 0
    ready.close()


ENDS = {
    "tasks.die()": -signal.SIGKILL,
    "tasks.die(signal.SIGTERM)": -signal.SIGTERM,
    "tasks.exit_worker(5)": 5,
}


@pytest.mark.parametrize(("call", "code"), ENDS.items())
def test_tasks_that_end_their_process(
    call: str, code: int, clean_environment: dict[str, str]
) -> None:
    source = f"import signal; from poolscope import tasks; {call}"
    assert subprocess.run([sys.executable, "-c", source], env=clean_environment).returncode == code


@pytest.mark.parametrize("call", ["run_for_ever()", "stuck_in_c()"])
def test_tasks_that_never_end(call: str, clean_environment: dict[str, str]) -> None:
    """They use the processor and nothing else of them can be seen; C code even holds the lock."""
    source = (
        f"import signal; signal.alarm({ORPHAN_S});"
        "import sys, threading; from poolscope import tasks; print('up', flush=True);"
        f"threading.Thread(target=lambda: tasks.{call}, daemon=True).start();"
        "sys.stdin.read(1); print('asked', flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source],
        env=clean_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
            until(lambda: processor_seconds(child.pid) > 0.3, "the task to calculate")
            assert child.poll() is None
            if call != "stuck_in_c()":
                out, _ = child.communicate("x")
                assert out == "asked\n"
        finally:
            child.kill()


def processor_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
