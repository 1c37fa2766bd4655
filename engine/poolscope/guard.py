"""The guard: a tiny process that sees to it that nothing of a host outlives it.

The host cannot end itself while C code holds its interpreter lock, and cannot clean up after it
was killed. So before it does anything else it forks a guard, which waits (no polling, no CPU)
until either the host has died or the far end of the host's standard input is closed, that is,
the viewer has gone. Then it kills the host's process group, and itself with it.

The guard is forked twice over, so that it is not a child of the host: a user's ``os.wait()`` must
never find it.
"""

from __future__ import annotations

import os
import select
import signal
from typing import Final, NoReturn

__all__ = ["start"]

GRACE_MS: Final = 700  # for a host that saw the end of its input to close its trace
_LOOK_MS: Final = 200  # where the system cannot wait for another's process


def start(lifeline: int) -> None:
    """Guard the calling process, which must lead its process group and have one thread.

    ``lifeline`` is a descriptor whose hang-up means that the host is no longer wanted.
    """
    host = os.getpid()
    between = os.fork()
    if between == 0:
        # Whatever happens, neither of these processes may go on as a second host.
        try:
            if os.fork() == 0:
                _guard(host, lifeline)
        finally:
            os._exit(0)
    os.waitpid(between, 0)


def _guard(host: int, lifeline: int) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    try:
        _wait(host, lifeline)
    finally:
        os.killpg(host, signal.SIGKILL)
        os._exit(0)


def _wait(host: int, lifeline: int) -> None:
    poll = select.poll()
    poll.register(lifeline, 0)  # a hang-up is reported unasked
    death = -1
    if hasattr(os, "pidfd_open"):
        death = os.pidfd_open(host)  # raises when the host has died already: that ends us too
        poll.register(death, select.POLLIN)
    while True:
        seen = {descriptor for descriptor, _ in poll.poll(None if death >= 0 else _LOOK_MS)}
        if lifeline in seen:
            break
        if death in seen:
            return
        if death < 0:
            os.kill(host, 0)
    poll.unregister(lifeline)
    poll.poll(GRACE_MS)
