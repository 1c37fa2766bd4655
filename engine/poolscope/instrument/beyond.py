"""What a program starts in ways that no hook is on is said, once: silence would mean rest."""

from __future__ import annotations

import os
import re
import sys
from pathlib import PurePath
from types import FrameType
from typing import Any, Final

from poolscope.instrument.faces import hook
from poolscope.own_frames import OURS, hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = [
    "has_queues_of_its_own",
    "install",
    "say",
    "starts_in_its_own_way",
    "tell_of_forks",
    "tell_of_other_programs",
]

_PYTHON: Final = re.compile(r"(python|pypy)[\d.]*t?")
_PROGRAMS: Final = (
    "Python programs that are started by subprocess are not followed: what they do is not seen."
)
_REPLACED: Final = (
    "A process became another Python program (os.exec): what that does is not seen, and the "
    "threads and pools from before are gone from then on."
)
_COPY_FORKS: Final = os.sep + "popen_fork.py"
_said: Final[set[tuple[str, str]]] = set()  # in which trace, what


def say(text: str) -> None:
    """Have the trace say, once, what is not in it."""
    declare, folder = _recorder.declare, str(_recorder.folder())
    if declare is not None and (folder, text) not in _said:
        _said.add((folder, text))
        declare(Kind.UNSEEN, 0, 0, text, 0)


def starts_in_its_own_way(process: Any) -> None:
    """Say so of a kind of ``multiprocessing``'s processes, if it does: as loky's, joblib's."""
    how = str(getattr(process._Popen, "__module__", None))
    if not how.startswith(("multiprocessing.", "poolscope.")):
        say(
            f"{_name(process)} starts processes in a way of its own: what they do, and which pool "
            "they work for, is not seen."
        )


def has_queues_of_its_own(pool: Any) -> None:
    """Say so of a kind of ``multiprocessing.Pool``."""
    say(f"{_name(pool)} has queues of its own: its tasks are not seen.")


def tell_of_forks() -> None:
    """Say so of a library that is a copy of ``multiprocessing``, once it starts a process."""
    os.register_at_fork(after_in_parent=_forked)


def tell_of_other_programs() -> None:
    """Say so of a process that becomes another Python program: all of ``os.exec*`` do so here."""
    hook(os, "execv", _exec)
    takes_files = os.execve in os.supports_fd
    hook(os, "execve", _exec)
    if takes_files:
        os.supports_fd.add(os.execve)


def _exec(original: Any) -> Any:
    def exec_(*args: Any, **kwargs: Any) -> Any:
        try:
            path = args[0] if args else kwargs.get("path")
            if _recorder.emit is not None and isinstance(path, (str, bytes, PurePath)):
                # Before, as it does not come back; of one that will fail nothing may be said.
                there = os.path.isfile(path) and os.access(path, os.X_OK)  # noqa: PTH113
                if there and _is_python(path):
                    say(_REPLACED)
            return original(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return exec_


def _forked() -> None:
    forks = sys._getframe().f_back  # none where C forks by itself
    if forks is None or _recorder.emit is None:
        return
    # Copies keep the names of the files: multiprocess (pathos, datasets), billiard (celery).
    if forks.f_code.co_filename.endswith(_COPY_FORKS):
        library = str(forks.f_globals.get("__name__")).partition(".")[0]
        if library != "multiprocessing":
            say(f"The pools of {library}, and who works for them, are not seen.")


def _name(thing: Any) -> str:
    kind = type(thing)
    return f"{kind.__module__}.{kind.__qualname__}"


def install() -> None:
    """Put the hook on ``subprocess`` in place.

    On the step that starts the program: ``Popen`` itself looks for the line that called it.
    """
    hook(sys.modules["subprocess"].Popen, "_execute_child", _execute_child)


def _execute_child(original: Any) -> Any:
    def _execute_child(self: Any, args: Any, executable: Any, *rest: Any) -> Any:
        try:
            if _recorder.emit is not None and _is_python(executable or args):
                _say_of_programs(sys._getframe(2))
            return original(self, args, executable, *rest)
        except BaseException as error:
            hide(error)
            raise

    return _execute_child


def _say_of_programs(caller: FrameType) -> None:
    if not caller.f_code.co_filename.startswith(OURS):  # which open our window, for watch()
        say(_PROGRAMS)


def _is_python(program: Any) -> bool:
    # What else is allowed there is used up by looking, or has code of its own.
    if type(program) in (list, tuple) and program:
        program = program[0]
    if not isinstance(program, (str, bytes, PurePath)):
        return False
    path = os.fsdecode(program)
    return path == sys.executable or _PYTHON.fullmatch(path.rpartition(os.sep)[2]) is not None
