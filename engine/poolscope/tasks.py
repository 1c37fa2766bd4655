"""The library of tasks: what a person submits by name to see what a pool does with it.

Each is an ordinary function of literals, found by its name, so that a worker process can run it
under every start method. Each really does what its name says; nothing is pretended.

What tasks share goes by name: see ``named_things.py``. Those in which several meet are in
``meeting_tasks.py``.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from poolscope import meeting_tasks
from poolscope.named_things import AnyLock, _locks, adopt, lock_kinds, named_lock, offer

__all__ = ["EXAMPLES", "LIBRARY", "AnyLock", "_locks", "adopt", "lock_kinds", "named_lock", "offer"]


def sleep(seconds: float = 0.5) -> float:
    """Sleep: the worker waits, the processor is free. Give a thread pool more workers than
    processors and it still gets faster."""
    time.sleep(seconds)  # noqa: TID251  sleeping is what this task is for
    return seconds


def burn_cpu(seconds: float = 0.5) -> int:
    """Calculate in pure Python until so many seconds have passed. Threads share one interpreter
    lock, so more threads do not make it faster; processes do."""
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end:
        for number in range(1_000):
            rounds += number & 1
    return rounds


def fib(n: int = 24) -> int:
    """The nth Fibonacci number, calculated the slow way: each step up takes 1.6 times as long."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def is_prime(n: int = 1_000_003) -> bool:
    """Whether n is a prime number, by trial division."""
    return n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1))


def sort_numbers(count: int = 200_000) -> int:
    """Sort so many numbers in C code, which holds the interpreter lock all along."""
    return sorted((number * 7919) % 1_000_003 for number in range(count))[count // 2]


def hash_bytes(megabytes: int = 64) -> str:
    """SHA-256 of so many megabytes of zeros. This C code lets the interpreter lock go, so threads
    do run side by side."""
    return hashlib.sha256(bytes(megabytes << 20)).hexdigest()[:16]


def wait_for_io(seconds: float = 0.5, answer: str = "pong") -> str:
    """Wait on a socket until the other end answers, so many seconds later. It is real input and
    output, during which the processor is free."""
    near, far = socket.socketpair()
    with near, far:
        reply = threading.Timer(seconds, far.sendall, (answer.encode(),))
        reply.daemon = True
        reply.start()
        text = near.recv(65_536).decode()
        reply.join()
    return text


def print_lines(count: int = 5, seconds: float = 0.2) -> int:
    """Print so many lines, one every so many seconds. Two of these at once mix their lines."""
    for number in range(1, count + 1):
        print(f"{threading.current_thread().name}: line {number} of {count}", flush=True)
        sleep(seconds)
    return count


def fail(message: str = "something went wrong", after: float = 0.2) -> None:
    """Raise ValueError after so many seconds. The pool goes on; the future keeps the exception,
    and nobody sees it unless result() or exception() is called."""
    sleep(after)
    raise ValueError(message)


def hold_lock(name: str = "A", seconds: float = 0.5) -> str:
    """Hold the lock of that name for so many seconds. Two of these take turns; the one that waits
    blocks its worker. Threads share their locks; a process pool has an A and a B of its own."""
    with named_lock(name):
        sleep(seconds)
    return name


def hold_two(first: str = "A", second: str = "B", seconds: float = 0.3) -> str:
    """Take one lock, hold it for so many seconds, then take the other as well. Submit it with
    'A', 'B' and with 'B', 'A': each holds what the other wants. That is a deadlock."""
    with named_lock(first):
        sleep(seconds)
        with named_lock(second):
            sleep(seconds)
    return f"{first}, {second}"


def wait_for(future: Future[Any], timeout: float | None = None) -> Any:
    """Wait for another task and give back its result; write #7 for task 7. In a pool whose
    workers all wait for tasks behind them in the queue, nothing moves any more. A future cannot
    go to another process."""
    return future.result(timeout)


def run_for_ever() -> None:
    """An endless loop in Python. cancel() cannot end it: it is running. Stop can."""
    while True:
        pass


def stuck_in_c(characters: int = 64) -> bool:
    """C code that never lets the interpreter lock go: a regular expression that tries everything.
    In a thread pool it stops every thread of the host, so nothing is recorded either. Stop ends
    it all the same."""
    return re.fullmatch("(a|aa)+b", "a" * characters) is not None


def die(signal_number: int = int(signal.SIGKILL)) -> None:
    """Kill the process that runs it. A worker process takes its whole pool with it
    (BrokenProcessPool); in a thread pool that process is the host."""
    os.kill(os.getpid(), signal_number)


def exit_worker(code: int = 3) -> None:
    """End the process that runs it with that exit code, past every clean-up, as crashing C code
    would. In a thread pool that process is the host."""
    os._exit(code)


_FUNCTIONS: Final[tuple[Callable[..., Any], ...]] = (
    sleep,
    burn_cpu,
    wait_for_io,
    fib,
    is_prime,
    sort_numbers,
    hash_bytes,
    print_lines,
    fail,
    hold_lock,
    hold_two,
    wait_for,
    *meeting_tasks.TASKS,
    run_for_ever,
    stuck_in_c,
    die,
    exit_worker,
)
LIBRARY: Final = {function.__name__: function for function in _FUNCTIONS}

# What a window writes into the field for the arguments when the task is chosen.
EXAMPLES: Final[dict[str, str]] = {
    "sleep": "0.5",
    "burn_cpu": "0.5",
    "wait_for_io": "0.5",
    "fib": "24",
    "is_prime": "1000003",
    "sort_numbers": "200000",
    "hash_bytes": "64",
    "print_lines": "5, 0.2",
    "fail": "'something went wrong'",
    "hold_lock": "'A', 0.5",
    "hold_two": "'A', 'B'",
    "wait_for": "#1",
    **meeting_tasks.EXAMPLES,
    "stuck_in_c": "64",
    "exit_worker": "3",
}
