"""What each verb of the command line does.

Whatever needs Qt or numpy is imported by the verb that needs it: ``record`` needs neither.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import display

if TYPE_CHECKING:
    import argparse

    from poolscope.analysis.store import Store
    from poolscope.launch import How

OLDEST: Final = (3, 11)  # Python that the engine runs on
WRONG_USE: Final = 2
FAILED: Final = 1
RECORDS_AT_ONCE: Final = 1 << 18  # taken in together: a long trace is never in memory as a whole


class Failure(Exception):
    """A verb could not be carried out: one sentence for the person, and the exit status."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


def complain(sentence: str) -> None:
    """Say it on standard error; where that is closed nobody is told, least of all who reads
    standard output, to which ``print`` would go instead."""
    if sys.stderr is not None:
        print(f"poolscope: {sentence}", file=sys.stderr)


def window(said: argparse.Namespace) -> int:
    """The window on a fresh host; with no display, the demo without one."""
    if not display.available():
        from . import headless

        print("No display (neither DISPLAY nor WAYLAND_DISPLAY is set): running the demo headless.")
        return headless.demo(Path("poolscope-demo.png"))
    from . import opening

    return opening.host(demo=said.demo)


def run(said: argparse.Namespace) -> int:
    """Run a program under the window."""
    how = _how(said)
    _need_display("`poolscope record` runs a program with no window")
    from . import opening

    return opening.script(Path(said.program), said.arguments, how)


def record(said: argparse.Namespace) -> int:
    """Run a program with no window. Its output, input and exit status are its own."""
    how = _how(said)
    from poolscope import supervisor

    fork = said.alone and said.python is None and supervisor.may_fork()
    try:
        return supervisor.record(
            said.trace, said.program, said.arguments, said.limit, how=how, fork=fork
        )
    except ValueError as error:
        raise Failure(str(error), WRONG_USE) from error
    except OSError as error:
        raise Failure(str(error)) from error


def _how(said: argparse.Namespace) -> How:
    """How the program is to be run; wrong use is found before anything is started."""
    if not said.module:
        _check_script(Path(said.program))
    from poolscope.launch import How

    python = sys.executable if said.python is None else _interpreter(said.python)
    return How(said.module, python, said.all_locks, said.engine)


def _interpreter(named: str) -> str:
    """The path of the Python that ``--python`` names."""
    import shutil
    import subprocess

    found = shutil.which(named)
    if found is None:
        raise Failure(f"no interpreter {named!r}: name a Python, or its path", WRONG_USE)
    # In words that Python 2 understands, to be told of it too.
    asked = [found, "-E", "-s", "-S", "-c", "import sys; print('%d %d' % sys.version_info[:2])"]
    try:
        said = subprocess.run(asked, capture_output=True, check=True).stdout.split()
        version = int(said[0]), int(said[1])
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError) as error:
        raise Failure(
            f"{named!r} is not a Python: it does not say its version", WRONG_USE
        ) from error
    if version < OLDEST:
        raise Failure(too_old(named, version), WRONG_USE)
    return found


def too_old(python: str, version: Sequence[int]) -> str:
    """That ``python`` cannot be used, in a sentence."""
    wanted = ".".join(map(str, OLDEST))
    return f"{python!r} is Python {version[0]}.{version[1]}; needed is {wanted} or newer"


def lesson(said: argparse.Namespace) -> int:
    """List the lessons, or run one under the window."""
    from . import bundled

    known = bundled.lessons()
    if said.name is None:
        for name, path in known.items():
            print(f"{name:<12} {bundled.title(path)}")
        return 0
    if said.name not in known:
        raise Failure(f"no lesson {said.name!r}: there are {', '.join(known)}", WRONG_USE)
    _need_display("`poolscope record` runs a program with no window")
    from . import opening

    return opening.script(known[said.name], [])


def open_trace(said: argparse.Namespace) -> int:
    """Open a trace in the window, finished or still growing."""
    _check_trace(said.trace)
    _need_display("`poolscope report` and `poolscope render` need none")
    from poolscope.trace.reader import TraceError

    from . import opening

    try:
        return opening.trace(said.trace)
    except (TraceError, OSError) as error:
        raise Failure(str(error)) from error


def report(said: argparse.Namespace) -> int:
    """Say what happened, for people or for scripts."""
    if sys.stdout is None:
        raise Failure("standard output is closed: nobody would read the report")
    with _loaded(said.trace) as store:
        from poolscope.analysis import report as reporting

        facts = reporting.facts(store)
    if said.json:
        from poolscope.analysis import report_json

        report_json.write(facts, sys.stdout)
    else:
        from . import page

        page.write(facts, sys.stdout)
    return 0


def render(said: argparse.Namespace) -> int:
    """Draw the chart of a trace into a picture."""
    with _loaded(said.trace) as store:
        display.go_without()
        from . import render as rendering

        try:
            left_out = rendering.render(store, said.output, said.size, said.theme)
        except ValueError as error:
            raise Failure(str(error), WRONG_USE) from error
    if left_out:
        complain(left_out)
    return 0


def export(said: argparse.Namespace) -> int:
    """Write a trace for another program."""
    with _loaded(said.trace) as store:
        from poolscope.analysis import export as exporting

        exporting.export(store, said.output)
    return 0


@contextmanager
def _loaded(trace: Path) -> Iterator[Store]:
    """The whole of a trace; a failure to read or write becomes one sentence."""
    _check_trace(trace)
    from poolscope.analysis import rooms
    from poolscope.analysis.store import Store
    from poolscope.trace.reader import Reader, TraceError

    try:
        reader = Reader(trace)
        try:
            store = Store.of(reader)
            while store.take(reader, RECORDS_AT_ONCE):
                pass
            if trace.is_dir() and not store.finished and store.root_pid not in store.exits:
                _lasts(store, reader.meta)
            for sentence in [*reader.errors, *rooms.complaints()]:
                complain(sentence)
            yield store
        finally:
            reader.close()
    except (TraceError, OSError) as error:
        raise Failure(str(error)) from error


def _lasts(store: Store, meta: Mapping[str, Any]) -> None:
    """While its program runs, what is open lasts until now: one that hangs records nothing.
    If it does not, nobody noted its end.
    """
    import time

    from .program import Program

    if Program(meta).runs():
        store.now_ns = max(store.now_ns, time.perf_counter_ns() - store.origin_ns)
    else:
        store.breaks_off = True


def _check_trace(trace: Path) -> None:
    if not trace.exists():
        raise Failure(f"no trace {str(trace)!r}: there is no such file or folder", WRONG_USE)


def _check_script(script: Path) -> None:
    if not script.exists():
        raise Failure(f"no script {str(script)!r}: there is no such file", WRONG_USE)


def _need_display(instead: str) -> None:
    if not display.available():
        raise Failure(f"no display to open a window on; {instead}")
