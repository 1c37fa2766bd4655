"""How a host is started: the command line for a child Python that finds this very engine.

Poolscope may be installed, or run from a checkout; the child's interpreter may be another one that
has never heard of it. So the child is told where the engine lies, and puts that place *last* on its
path, where it hides nothing. (``PYTHONPATH`` would be first, and would be inherited by every
program that the script starts.)
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

__all__ = ["How", "finder", "host", "said", "script", "viewer"]

_SOURCE_ROOT: Final = str(Path(__file__).resolve().parent.parent)
# Asked last, and for one name alone. The folder itself on the path, even at its end, would lend
# the program all that lies beside an installed Poolscope.
_FINDER: Final = """
def _last(root):
    from _frozen_importlib_external import PathFinder
    class PoolscopeLast:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "poolscope":
                return PathFinder.find_spec(name, [root])
    if not any(finder.__class__ is type and finder.__name__ == "PoolscopeLast"
               for finder in sys.meta_path):
        sys.meta_path.append(PoolscopeLast)
_last({root!r})
del _last
"""
# "-c" puts the current folder first on the path, where a user's argparse.py would hide Python's;
# and Python 3.13 shows its lines as those of whatever is called "<string>", as by exec().
_BOOT: Final = (
    "import sys\nif sys.path[:1] == ['']: del sys.path[0]\n"
    + "getattr(sys.modules.get('linecache'), 'cache', {{}}).pop('<string>', None)\n"
    + _FINDER
    + "from poolscope.{module} import main\nsys.exit(main())"
)


class How(NamedTuple):
    """How a program is to be run and watched.

    Attributes:
        module: it is named as ``python -m`` takes it, not by its file.
        python: the interpreter; Poolscope need not be installed there.
        all_locks: also see the locks that the standard library makes for itself.
        engine: ``"poolscope"`` has it run on our pools in place of the standard library's.
    """

    module: bool = False
    python: str = sys.executable
    all_locks: bool = False
    engine: str = "stdlib"


AS_IS: Final = How()


def finder() -> str:
    """Python code that makes Poolscope importable where it is not installed, shadowing nothing.

    It needs ``sys`` imported.
    """
    return _FINDER.format(root=_SOURCE_ROOT)


def host(
    trace: str | os.PathLike[str], *, quota_bytes: int | None = None, python: str = sys.executable
) -> list[str]:
    """The command that starts an interactive host recording into ``trace``."""
    start = [*_start(python, "host"), "--trace", _absolute(trace)]
    return start if quota_bytes is None else [*start, "--quota", str(quota_bytes)]


def script(
    trace: str | os.PathLike[str],
    program: str | os.PathLike[str],
    arguments: Sequence[str],
    *,
    how: How = AS_IS,
    viewer: int = 0,
    live_output: bool = False,
    quota_bytes: int | None = None,
) -> list[str]:
    """The command that runs ``program``, a script or a module, and records it into ``trace``.

    ``viewer``: a process; the program leads a process group of its own, so that all of it can be
    ended at once, and ends when that process has gone.
    ``live_output``: it prints each line at once, also into a pipe.
    """
    told = said(trace, how=how, viewer=viewer, live_output=live_output, quota_bytes=quota_bytes)
    return [*_start(how.python, "script"), json.dumps(told), os.fspath(program), *arguments]


def said(
    trace: str | os.PathLike[str],
    *,
    how: How,
    viewer: int = 0,
    live_output: bool = False,
    quota_bytes: int | None = None,
) -> dict[str, Any]:
    """What ``poolscope.script`` is told of the program that it is to run."""
    return {
        "trace": _absolute(trace),
        "quota": quota_bytes,
        "module": how.module,
        "viewer": viewer,
        "live_output": live_output,
        "all_locks": how.all_locks,
        "engine": how.engine,
    }


def viewer(trace: str | os.PathLike[str]) -> list[str]:
    """The arguments that have a Python in which the window is installed open ``trace`` in it."""
    boot = (
        "import sys\nif sys.path[:1] == ['']: del sys.path[0]\n"
        f"sys.path[:0] = {[place for place in sys.path if place]!r}\n"
        "from poolscope_gui.cli import main\nsys.exit(main())"
    )
    return ["-c", boot, "open", _absolute(trace)]


def _start(python: str, module: str) -> tuple[str, ...]:
    return python, "-c", _BOOT.format(root=_SOURCE_ROOT, module=module)


def _absolute(trace: str | os.PathLike[str]) -> str:
    # A script may change its folder, and its workers start later.
    return str(Path(trace).absolute())
