"""The host: the process that the pools live in. It obeys commands on its standard input.

::

    python -m poolscope.host --trace FOLDER

Three threads make a host, and none of them ever waits for a task:

- the *reader* takes a line of JSON at a time and records that it arrived. What takes no time, and
  what must work at once (cancel, release a lock, quit), it does itself; the rest it queues.
- the *main* thread carries out what is queued, in order: create, submit, map, shut down.
- *callers* do what waits, each with a lane of its own in the chart.

Every answer, a refusal too, is an event in the trace. The end of standard input means that the
viewer has gone: the host ends, at once, and the guard sees to its workers.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, NoReturn

from poolscope import command as commands
from poolscope import group, guard
from poolscope.command import Command, Later
from poolscope.naming import error_text
from poolscope.refusal import RefusedError
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Role

__all__ = ["Host", "main"]

MAX_LINE: Final = 16 << 20  # bytes of one command
_READ: Final = 65_536
# A signal's handler runs in the main thread. One that comes in the moment before that thread waits,
# or to another thread, does not wake it.
_WAKE_S: Final = 0.5


class Host:
    """Obeys commands that arrive on ``source``, a file descriptor, until they end."""

    def __init__(self, folder: Path, source: int) -> None:
        from poolscope.caller import Callers
        from poolscope.host_lock import Holders
        from poolscope.host_verb import VERBS
        from poolscope.stage import Stage

        self._source = source
        self._stage = Stage(folder)
        self._callers = Callers()
        self._verbs = {**VERBS, "lock": Holders().obey}
        self._queue: SimpleQueue[Command] = SimpleQueue()

    def obey(self) -> NoReturn:
        """Carry out what is queued, for ever; the reader ends the process."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()
        while True:
            try:
                command = self._queue.get(timeout=_WAKE_S)
            except Empty:
                continue
            self._carry_out(command)

    # The reader

    def _read(self) -> None:
        rest = b""
        # os.read and no buffered file: a forked worker must not inherit a held buffer lock.
        while data := os.read(self._source, _READ):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(line)
            if len(rest) > MAX_LINE:
                self._take(rest)
                break
        leave(0)

    def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        number = 0
        try:
            if len(line) > MAX_LINE:
                raise RefusedError(f"A command is longer than {MAX_LINE:,} bytes; the host ends.")
            command = commands.parsed(line)
            number = command.id
        except RefusedError as refusal:
            commands.began(number, line)
            commands.ended(number, {"error": str(refusal), "field": refusal.field}, failed=True)
            return
        commands.began(number, line)
        if command.do == "quit":
            commands.ended(number, {}, failed=False)
            leave(0)
        if _at_once(command):
            self._carry_out(command)
        else:
            self._queue.put(command)

    # Carrying out

    def _carry_out(self, command: Command) -> None:
        def act() -> dict[str, Any] | Later:
            verb = self._verbs.get(command.do)
            if verb is None:
                known = ", ".join((*self._verbs, "quit"))
                raise RefusedError(f"There is no verb {command.do!r}; there are: {known}.", "do")
            return verb(self._stage, command)

        later = _answered(command, act)
        if not isinstance(later, Later):
            return

        def rest() -> None:
            if _answered(command, later.act) and later.after is not None:
                later.after()

        try:
            if later.caller:
                self._callers.run(rest)
            else:
                threading.Thread(target=rest, name=command.do, daemon=True).start()
        except (
            RefusedError,
            RuntimeError,
        ) as error:  # RuntimeError: the system has no more threads
            commands.ended(command.id, {"error": str(error), "field": ""}, failed=True)


def _at_once(command: Command) -> bool:
    if command.do == "cancel":
        # "all" means all that were submitted before it, and those may still be queued.
        return command.fields.get("tasks") != "all"
    return command.do == "tasks" or (
        command.do == "lock" and command.fields.get("action") == "release"
    )


def _answered(command: Command, act: Callable[[], dict[str, Any] | Later]) -> Later | bool:
    """Do ``act`` and record its answer: whether it succeeded; or what is to be done ``Later``."""
    from poolscope.host_wait import CutShortError

    try:
        answer = act()
    except RefusedError as refusal:
        failure = {"error": str(refusal), "field": refusal.field}
    except CutShortError as error:
        failure = {"error": str(error), "field": error.field, **error.answer}
    except Exception as error:  # noqa: BLE001  whatever it is, the command must be answered
        # Not foreseen here: a user's initializer, a pool that could not start its workers ...
        traceback.print_exc()
        failure = {"error": f"{command.do}: {error_text(error)}", "field": ""}
    else:
        if isinstance(answer, Later):
            return answer
        commands.ended(command.id, answer, failed=False)
        return True
    commands.ended(command.id, failure, failed=True)
    return False


def leave(status: int) -> NoReturn:
    """End this process now, from any thread, its trace closed and its workers gone."""
    try:
        _close()
    finally:
        os._exit(status)


def _close() -> None:
    _recorder.stop()
    # The guard would end them as well, but a little later: each would complain that its pool is
    # gone.
    processes = sys.modules.get("multiprocessing")
    if processes is not None:
        for worker in processes.active_children():
            worker.kill()
    sys.stdout.flush()


def _own_input() -> int:
    """Standard input under another number; tasks that read find it empty."""
    source = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return source


def _interactive(folder: Path, quota: int | None) -> NoReturn:
    group.lead()
    source = _own_input()
    guard.start(source)
    # From here on the pipe's end is the host's and the guard's alone, also after a fork. (It is
    # not inheritable, so a spawned worker never gets it.)
    os.register_at_fork(after_in_child=lambda: os.close(source))
    # Ctrl+C in the viewer's terminal is the viewer's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    # What it says of semaphores that a killed host left is expected; it inherits this as -W.
    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")
    _recorder.start(folder, role="host", quota_bytes=quota)
    _recorder.name_thread("main", Role.MAIN)
    Host(folder, source).obey()


def _terminated(number: int, frame: object) -> None:  # noqa: ARG001
    """Close the trace and end as one that never handled the signal."""
    _close()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The host's own command line; does not return."""
    parser = argparse.ArgumentParser(prog="python -m poolscope.host", allow_abbrev=False)
    parser.add_argument("--trace", type=Path, required=True, help="folder to record into")
    parser.add_argument("--quota", type=int, help="bytes that the trace may take")
    said = parser.parse_args(arguments)
    _interactive(said.trace, said.quota)


if __name__ == "__main__":
    main()
