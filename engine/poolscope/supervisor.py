"""The headless run of a script for ``record``: the script is a child, and we stand beside it.

What the script prints, reads and exits with is its own: standard input and output are inherited,
nothing passes through us. It stays in our process group, so that a terminal's Ctrl+C reaches it as
without us; a signal sent to us alone is passed on. Past the limit it is asked to end (SIGTERM), and
a little later it and everything that it started are killed. Should we be killed, it is asked to
end. The trace is good in every case.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from poolscope import launch, orphans
from poolscope.started import Child, Forked

__all__ = ["LIMIT_STATUS", "may_fork", "record"]

LIMIT_STATUS: Final = 124  # as of timeout(1)
GRACE_S: Final = 1.0  # between being asked to end and being killed
_LOOK_S: Final = 0.1  # between two looks whether orphans have ended
_TOOLS: Final = 6  # that may look on by sys.monitoring
_PASSED_ON: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_PR_SET_PDEATHSIG: Final = 1


def record(
    trace: Path,
    script: str | os.PathLike[str],
    argv: Sequence[str],
    limit_s: float | None = None,
    quota_bytes: int | None = None,
    how: launch.How = launch.AS_IS,
    fork: bool = False,
) -> int:
    """Run ``script``, or the module of that name, with the arguments ``argv``, and record it.

    ``trace`` is a folder to be made, or one file if it ends in ``.poolscope``. ``limit_s`` is in
    seconds; ``quota_bytes`` bounds the trace. ``fork``: the script runs in a fork of this process,
    where ``Forked`` is raised, and ``how.python`` is not asked; only for one that ``may_fork``.

    Returns the script's exit status; 128 + n when signal n killed it, as a shell says it; 124
    when it was ended at its limit; 1 when it succeeded and the one file could not be written:
    then the trace is left in a temporary folder, which is named on standard error. Raises
    ``ValueError`` when ``trace`` exists and is not empty, ``OSError`` when there is no place for
    it or the interpreter cannot be started.
    """
    _check(trace)
    packed = trace.suffix == ".poolscope"
    folder = _temporary() if packed else trace
    keep = True  # also when we are interrupted: until it is packed this is all there is of it
    try:
        begin: Callable[..., Any] = _forking if fork else launch.script
        command = begin(folder, script, argv, how=how, quota_bytes=quota_bytes)
        status = _run(command, folder, limit_s)
        if packed:  # where there is nothing to pack, the host has said why
            keep = (folder / "meta.json").exists() and not _pack(folder, trace)
            status = status or int(keep)
    except Forked:
        packed = False  # it is about to record there
        raise
    except KeyboardInterrupt:
        if packed and not _is_empty(folder):
            _complain(f"{trace} was not written", "interrupted", f"the trace is in {folder}")
        raise
    finally:
        if not keep or (packed and _is_empty(folder)):
            import shutil

            shutil.rmtree(folder, ignore_errors=True)
    return status


def _forking(
    folder: Path,
    script: str | os.PathLike[str],
    argv: Sequence[str],
    *,
    how: launch.How,
    quota_bytes: int | None,
) -> Callable[[], int]:
    """What a fork of this process goes on with."""
    from poolscope import script as program

    said = launch.said(folder, how=how, quota_bytes=quota_bytes)
    return functools.partial(program.fork, said, os.fspath(script), list(argv))


def may_fork() -> bool:
    """Whether a fork of this process, a command that has done nothing else, is as good as new."""
    looks = [sys.gettrace(), sys.getprofile()]
    if (monitoring := getattr(sys, "monitoring", None)) is not None:  # from Python 3.12 on
        looks += map(monitoring.get_tool, range(_TOOLS))
    # Whoever looks at us looks not at the program.
    return threading.active_count() == 1 and looks.count(None) == len(looks)


def _temporary() -> Path:
    import tempfile  # dear, and seldom needed

    return Path(tempfile.mkdtemp(prefix="poolscope-record-"))


def _pack(folder: Path, file: Path) -> bool:
    """Whether it could be done; if not, what was recorded must not go with it."""
    from poolscope.trace import archive

    try:
        archive.pack(folder, file)
    except OSError as error:
        _complain(f"{file} could not be written", _reason(error), f"the trace is in {folder}")
        return False
    return True


def _is_empty(folder: Path) -> bool:
    return not folder.is_dir() or not any(folder.iterdir())


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _complain(what: str, why: str, then: str) -> None:
    if sys.stderr is not None:  # else it would go to the program's output
        print(f"poolscope: {what} ({why}): {then}", file=sys.stderr)


def _check(trace: Path) -> None:
    if trace.suffix == ".poolscope" or not trace.exists():
        trace.absolute().parent.mkdir(parents=True, exist_ok=True)
        return
    if not trace.is_dir() or any(trace.iterdir()):
        raise ValueError(f"{str(trace)!r} exists and is not empty; name a new folder for the trace")


def _run(command: list[str] | Callable[[], int], folder: Path, limit_s: float | None) -> int:
    if limit_s is not None:
        orphans.adopt()
    end = None if limit_s is None else time.monotonic() + limit_s
    limit_passed = False
    first = _first(os.getpid())
    with _signals_passed_on() as heard:
        child = Child(command, first)
        heard.by(child)
        # While it comes up, what is needed once it has ended.
        from poolscope.trace import meta

        while not child.wait(None if end is None else _until(end)):
            orphans.reap(but=child.pid)
            if end is not None and time.monotonic() >= end:
                limit_passed = True
                _end(child)
                break
    code = child.code
    assert code is not None
    if folder.is_dir():
        # The script's exit status is its own, also when the disk is full by now.
        try:
            meta.write_exit(folder, child.pid, code, child.cpu_ns)
        except OSError as error:
            then = "how the script ended is not in it"
            _complain(f"{folder} could not be written", _reason(error), then)
    if limit_passed:
        return LIMIT_STATUS
    return 128 - code if code < 0 else code


def _until(end: float) -> float:
    return min(_LOOK_S, max(0.0, end - time.monotonic()))


def _end(child: Child) -> None:
    """Ask ``child`` to end; then kill it and what it started, until nothing of it is left."""
    child.send(signal.SIGTERM)
    if not child.wait(GRACE_S):
        child.send(signal.SIGKILL)
        child.wait()
    orphans.end_all()


def _first(us: int) -> Callable[[], None]:
    """What is called in the child before it becomes the program."""
    ignored = signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    follow = _follows(us)

    def first() -> None:
        if ignored:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        follow()

    return first


def _follows(us: int) -> Callable[[], None]:
    """What has the child get SIGTERM should we be killed: nobody would note how it ends, and
    nobody may know that it still runs. Linux alone.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = orphans.prctl()

    def follow() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != us:  # gone since
            os.kill(os.getpid(), signal.SIGTERM)

    return follow


def _from_keyboard() -> bool:
    """Whether we are the job in the foreground of a terminal: there Ctrl+C comes from."""
    for descriptor in (0, 1, 2):
        try:
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                return True
        except OSError:
            continue  # not a terminal, or not ours
    return False


class _Heard:
    """Signals on their way to the script; what comes before there is one waits for it."""

    def __init__(self) -> None:
        self._early: list[int] = []
        self._child: Child | None = None

    def pass_on(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # From the keyboard, the terminal has sent it to the child already, as to its whole group.
        if number in (signal.SIGINT, signal.SIGQUIT) and _from_keyboard():
            return
        if self._child is None:
            self._early.append(number)
        else:
            self._child.send(number)

    def by(self, child: Child) -> None:
        self._child = child
        for number in self._early:
            child.send(number)


@contextmanager
def _signals_passed_on() -> Iterator[_Heard]:
    """While this lasts, signals sent to us go to the script instead of ending us."""
    heard = _Heard()
    if threading.current_thread() is not threading.main_thread():
        yield heard  # only the main thread may set handlers, and only it is interrupted by them
        return
    before: dict[int, Any] = {}
    for name in _PASSED_ON:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, heard.pass_on)
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        # Whoever started us ignores it: the system would not tell us how the child ended.
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
