"""The guard: a tiny process that sees to it that nothing of a host outlives it.

The host cannot end itself while C code holds its interpreter lock, and cannot clean up after it
was killed. So before it does anything else it forks a guard, which waits (no polling, no CPU)
until either the host has died or the far end of the host's standard input is closed, that is,
the viewer has gone. Then it kills the host's process group, and itself with it.

One process of the group goes last: multiprocessing's resource tracker, which removes the named
semaphores of the others once they are gone. Killed with them, it would leave those in the system.

The guard is forked twice over, so that it is not a child of the host: a user's ``os.wait()`` must
never find it.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

__all__ = ["start"]

GRACE_MS: Final = 700  # for a host that saw the end of its input to close its trace
TRACKER_MS: Final = 250  # for the resource tracker to clean up
LOOKS: Final = 20
LOOK_MS: Final = 10  # between two looks at whether they have gone
_ALIVE_MS: Final = 200  # between two where the system cannot wait for another's process
# Of its command line. A spawned worker's names the module as well, in a -W option of ours.
_TRACKER: Final = b"from multiprocessing.resource_tracker import main"


def start(lifeline: int, *, end_group: bool = True) -> None:
    """Guard the calling process, which must lead its process group and have one thread.

    ``lifeline`` is a descriptor that hangs up, or has something to read for a process's
    (``pidfd_open``), when the host is no longer wanted. ``end_group``: end the group also after
    the host has ended; else only with the lifeline.
    """
    host = os.getpid()
    between = os.fork()
    if between == 0:
        # Whatever happens, neither of these processes may go on as a second host.
        try:
            if os.fork() == 0:
                _guard(host, lifeline, end_group)
        finally:
            os._exit(0)
    os.waitpid(between, 0)


def _guard(host: int, lifeline: int, end_group: bool) -> NoReturn:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    try:
        if not _wait(host, lifeline) and not end_group:
            os._exit(0)
        _end_all_but_the_tracker(host)
    finally:
        os.killpg(host, signal.SIGKILL)
        os._exit(0)


def _wait(host: int, lifeline: int) -> bool:
    """Until the host has ended (False) or should have (True)."""
    poll = select.poll()
    # A pipe is not ours to read from, and its hang-up is reported unasked.
    poll.register(lifeline, select.POLLIN if _is_process(lifeline) else 0)
    death = -1
    if hasattr(os, "pidfd_open"):
        try:
            death = os.pidfd_open(host)
        except ProcessLookupError:
            return False
        poll.register(death, select.POLLIN)
    while True:
        seen = {descriptor for descriptor, _ in poll.poll(None if death >= 0 else _ALIVE_MS)}
        if lifeline in seen:
            break
        if death in seen or (death < 0 and not _alive(host)):
            return False
    poll.unregister(lifeline)
    poll.poll(GRACE_MS)
    return True


def _is_process(descriptor: int) -> bool:
    with suppress(OSError):
        return "pidfd" in os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end_all_but_the_tracker(host: int) -> None:
    """Kill the group but for us and the tracker, and let that one go by itself."""
    trackers: set[int] = set()
    # Again and again: one may have been forked while we looked.
    for _ in range(LOOKS):
        others = set(_group(host)) - {os.getpid(), *trackers}
        if not others:
            break
        for pid in others:
            with suppress(OSError):  # gone since
                if _TRACKER in Path(f"/proc/{pid}/cmdline").read_bytes():
                    trackers.add(pid)
                else:
                    os.kill(pid, signal.SIGKILL)
        select.poll().poll(LOOK_MS)
    poll = select.poll()
    for pid in trackers:
        with suppress(OSError):
            poll.register(os.pidfd_open(pid), select.POLLIN)
            poll.poll(TRACKER_MS)


def _group(leader: int) -> Iterator[int]:
    """The living processes of a group, where the system lists them (Linux does)."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # "pid (name) state parent group ...", and a name may hold brackets itself.
            state, _, group = entry.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            if int(group) == leader and state not in "ZX":
                yield int(entry.parent.name)
