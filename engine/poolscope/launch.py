"""How a host is started: the command line for a child Python that finds this very engine.

Poolscope may be installed, or run from a checkout; the child's interpreter may be another one that
has never heard of it. So the child is told where the engine lies, and puts that place *last* on its
path, where it hides nothing. (``PYTHONPATH`` would be first, and would be inherited by every
program that the script starts.)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["host", "script"]

_SOURCE_ROOT: Final = str(Path(__file__).resolve().parent.parent)
# "-c" puts the current folder first on the path, where a user's argparse.py would hide Python's.
_BOOT: Final = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; root = sys.argv.pop(1);"
    " root in sys.path or sys.path.append(root);"
    " from poolscope.host import main; sys.exit(main())"
)


def host(
    trace: str | os.PathLike[str], *, quota_bytes: int | None = None, python: str = sys.executable
) -> list[str]:
    """The command that starts an interactive host recording into ``trace``."""
    return [*_start(python, trace, quota_bytes)]


def script(
    trace: str | os.PathLike[str],
    path: str | os.PathLike[str],
    arguments: Sequence[str],
    *,
    viewer: int = 0,
    live_output: bool = False,
    quota_bytes: int | None = None,
    python: str = sys.executable,
) -> list[str]:
    """The command that runs the script ``path`` and records it into ``trace``.

    ``viewer``: a process; the script leads a process group of its own, so that all of it can be
    ended at once, and ends when that process has gone.
    ``live_output``: it prints each line at once, also into a pipe.
    """
    options = ["--viewer", str(viewer)] if viewer else []
    options += ["--live-output"] * live_output
    return [
        *_start(python, trace, quota_bytes),
        *options,
        "--script",
        os.fspath(path),
        *arguments,
    ]


def _start(python: str, trace: str | os.PathLike[str], quota_bytes: int | None) -> tuple[str, ...]:
    # Absolute: a script may change its folder, and its workers start later.
    start = (python, "-c", _BOOT, _SOURCE_ROOT, "--trace", str(Path(trace).absolute()))
    return start if quota_bytes is None else (*start, "--quota", str(quota_bytes))
