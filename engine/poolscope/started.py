"""A child process of ``record``: started, waited for, signalled.

``subprocess`` does that too, and its import takes longer than starting the child.

The child is a command, or a fork of us that goes on as the program: that saves the start of a
second interpreter, and a second import of all that records.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from typing import Final

__all__ = ["Child", "Forked"]

_LOOK_MS: Final = 10  # between two where the system cannot wait for a process with a limit


class Forked(BaseException):
    """Raised in a forked child: leave everything that is underway here, and call ``program``.

    It gives the exit status. Until it is called, signals are blocked.
    """

    def __init__(self, program: Callable[[], int]) -> None:
        super().__init__()
        self._mask: set[int] = set()
        self._program = program

    @classmethod
    def here(cls, first: Callable[[], None], program: Callable[[], int]) -> int:
        """Fork; gives the child's process number, and raises itself there."""
        forked = cls(program)
        # What comes before the child has put back the handlers is for the program to hear.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if pid:
            return pid
        forked._mask = {int(number) for number in mask}
        first()
        raise forked

    def program(self) -> int:
        """Go on as the program."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        return self._program()


class Child:
    """``command`` in a process of its own, with our standard input, output and error.

    ``first`` is called in it before it becomes the command. ``code`` is None until it has ended,
    then its exit status, or minus the signal that killed it; ``cpu_ns`` what it took of
    processors, without its children, where that is known. Raises ``OSError`` when it cannot be
    started. The caller has one thread. With a function in place of ``command``, raises ``Forked``
    in the child.
    """

    def __init__(
        self, command: Sequence[str] | Callable[[], int], first: Callable[[], None]
    ) -> None:
        self.code: int | None = None
        self.cpu_ns: int | None = None
        self.pid = Forked.here(first, command) if callable(command) else _executed(command, first)

    def wait(self, limit_s: float | None = None) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        if limit_s is not None and not self._ends_within(limit_s):
            return False
        if self.code is None:
            self._reap()
        return True

    def _reap(self, options: int = 0) -> bool:
        """Wait for its end, or look whether it has come; what it took is told until then alone."""
        if hasattr(os, "waitid"):
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | options) is None:
                return False
            self.cpu_ns = _taken(self.pid)
        pid, status = os.waitpid(self.pid, options)
        if pid:
            self.code = os.waitstatus_to_exitcode(status)
        return pid != 0

    def _ends_within(self, limit_s: float) -> bool:
        end = time.monotonic() + limit_s
        poll = select.poll()
        pidfd = -1
        if hasattr(os, "pidfd_open"):
            pidfd = os.pidfd_open(self.pid)
            poll.register(pidfd, select.POLLIN)
        try:
            while self.code is None:
                if self._reap(os.WNOHANG):
                    break
                left = (end - time.monotonic()) * 1000
                if left <= 0:
                    return False
                poll.poll(left if pidfd >= 0 else min(left, _LOOK_MS))
        finally:
            if pidfd >= 0:
                os.close(pidfd)
        return True

    def send(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.code is None:
            os.kill(self.pid, number)


def _taken(pid: int) -> int | None:
    """What a process that has ended took of processors, ns; None where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  pathlib is not imported yet
            # The name, in brackets, may have anything in it.
            user, system = file.read().rpartition(b")")[2].split()[11:13]
        return (int(user) + int(system)) * 10**9 // os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None


def _executed(command: Sequence[str], first: Callable[[], None]) -> int:
    """The process number of a child that has become ``command``."""
    # Closed by the exec; before that, it says why there was none.
    failed, fails = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            first()
            os.execvp(command[0], list(command))
        except OSError as error:
            os.write(fails, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(fails)
    with os.fdopen(failed, "rb") as pipe:
        number = pipe.read()
    if number:
        os.waitpid(pid, 0)
        raise OSError(int(number), os.strerror(int(number)), command[0])
    return pid
