"""What the tests have worker processes do. Standard library alone: a worker imports this."""

from __future__ import annotations

import mmap
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from poolscope.process_pool import ProcessPoolExecutor

LIMIT_S = 60  # for a result; exists only to fail
# From Python 3.12 on, fork beside the threads of pytest-timeout warns; that is not ours.
FORK_WARNS = "ignore:This process .* is multi-threaded:DeprecationWarning"
MakePool = Callable[..., "ProcessPoolExecutor"]


class Gate:
    """Two named pipes: a task says that it has arrived, and waits until it may go on."""

    def __init__(self, folder: Path, name: str = "gate") -> None:
        self._arrived = folder / f"{name}.arrived"
        self._go = folder / f"{name}.go"
        os.mkfifo(self._arrived)
        os.mkfifo(self._go)

    def pass_through(self) -> int:
        """In the task: arrive, wait, give the process's id."""
        with self._arrived.open("w") as pipe:
            pipe.write(str(os.getpid()))
        with self._go.open() as pipe:
            pipe.read()
        return os.getpid()

    def arrived(self) -> int:
        """In the test: wait for the task; the process it runs in."""
        with self._arrived.open() as pipe:
            return int(pipe.read())

    def paths(self) -> tuple[str, str]:
        """Where ``wait_if`` waits, and where it says that it does."""
        return str(self._go), str(self._arrived)

    def open(self) -> None:
        """In the test: let the task go on."""
        with self._go.open("w"):
            pass


def pid() -> int:
    return os.getpid()


def nothing() -> None:
    pass


def echo(value: Any) -> Any:
    return value


def fail(text: str) -> NoReturn:
    raise ValueError(text)  # the line that a traceback must show


def leave(code: int) -> NoReturn:
    os._exit(code)


def killed() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("not reached")


def kill_after(gate: Gate) -> NoReturn:
    gate.pass_through()
    killed()


def append(path: str, text: str) -> None:
    with Path(path).open("a") as file:
        file.write(text + "\n")


def loaded() -> list[str]:
    """The modules that this process has loaded."""
    return sorted(sys.modules)


def die_and_leave_a_grandchild(gate: Gate) -> NoReturn:
    """Die while a child of our own, with all our descriptors, lives on until the gate opens."""
    if os.fork() == 0:
        gate.pass_through()
        os._exit(0)
    killed()


class Rebel:
    """Does ``at`` when it is pickled (``"pickling"``) or unpickled (``"unpickling"``)."""

    def __init__(self, at: str, deed: Any, *args: Any) -> None:
        self.at = at
        self.deed = deed
        self.args = args

    def __reduce__(self) -> tuple[Any, ...]:
        if self.at == "pickling":
            self.deed(*self.args)
        return self.deed, self.args


class Endless:
    """Cannot be pickled: it holds itself one level deeper each time."""

    def __reduce__(self) -> tuple[Any, ...]:
        return echo, (Endless(),)


def exit_here() -> NoReturn:
    raise SystemExit("from a pickle")


class Unpicklable(Exception):
    """An exception that holds what cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.hook = lambda: None


class TwoArguments(Exception):
    """An exception that the standard way of unpickling calls wrongly."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def raise_unpicklable() -> NoReturn:
    raise Unpicklable("holds a lambda")


def raise_two_arguments() -> NoReturn:
    raise TwoArguments("left", "right")


def rebel(at: str, deed: Any, *args: Any) -> Rebel:
    """Gives back a result that makes trouble."""
    return Rebel(at, deed, *args)


def begin_badly() -> NoReturn:
    raise ValueError("the initializer says no")


STATE = ["untouched"]


def touch(value: str) -> None:
    STATE[0] = value


def touched() -> str:
    return STATE[0]


def stubborn(gate: Gate) -> int:
    """Ignore SIGTERM, and wait."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return gate.pass_through()


RUNS: list[Any] = []


def share(path: str) -> None:
    """An initializer: the file in which ``count`` counts."""
    with Path(path).open("r+b") as file:
        RUNS[:] = [mmap.mmap(file.fileno(), 0)]


def count(number: int) -> None:
    """Count one more run of this task, in a byte of its own."""
    RUNS[0][number] += 1


LOCKS: list[Any] = []


def keep(lock: Any) -> None:
    """An initializer: the lock that the tasks below use."""
    LOCKS[:] = [lock]


def hold(gate: Gate) -> int:
    with LOCKS[0]:
        return gate.pass_through()


def arrive_then_hold(gate: Gate) -> int:
    pid = gate.pass_through()
    with LOCKS[0]:
        return pid


def wait_for_it() -> bool:
    went: bool = LOCKS[0].wait(LIMIT_S)
    return went


def hold_and_die(gate: Gate) -> NoReturn:
    LOCKS[0].acquire()
    gate.pass_through()
    killed()


def try_lock(block: bool, timeout: float | None) -> bool:
    got: bool = LOCKS[0].acquire(block, timeout)
    if got:
        LOCKS[0].release()
    return got


def wait_if(go: str, arrived: str) -> int:
    """A task of plain arguments, which only sometimes takes long."""
    if not go:
        return 0
    Path(arrived).write_text(str(os.getpid()))
    Path(go).read_text()
    return 1


def make_unpicklable(number: int) -> Any:
    return lambda: number
