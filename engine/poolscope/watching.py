"""watch: open the window on the program that calls it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from poolscope import instrument, launch
from poolscope.trace import recorder as _recorder

__all__ = ["watch"]

_NEEDED = ("poolscope_gui", "PySide6", "numpy", "pyqtgraph")


def watch(folder: str | os.PathLike[str] | None = None, *, all_locks: bool = False) -> Path:
    """Record this program from now on, and open the window on it; gives the trace's folder.

    The program goes on meanwhile, also from a REPL or a notebook; closing the window does not
    end it. Pools and locks that were made before are seen as far as they can be; what cannot is
    said in the report. Called again, it opens another window on the same recording; in a child of
    the program, which may import the line that calls it, it opens none.

    Args:
        folder: where the trace goes; by default a new temporary one. One that records already
            keeps its own.
        all_locks: also see the locks that the standard library makes for itself.

    Raises:
        RuntimeError: there is no window to be opened here: Poolscope's is not installed, or there
            is no display. Nothing is recorded then; ``poolscope.record(folder, watch=True)`` needs
            neither.
        OSError, ValueError: no trace can be begun in ``folder``.
    """
    recorded = _recorder.folder()
    if recorded is not None and _recorder.role() == _recorder.CHILD:
        return recorded
    _check()
    if recorded is None:
        recorded = Path(folder or tempfile.mkdtemp(prefix="poolscope-watch-")).absolute()
        # The hooks first: what they say at the start of a recording belongs into it.
        instrument.install(all_locks=all_locks, late=True)
        _recorder.start(recorded, role="main")
    # Its own session: Ctrl+C in this terminal is for the program.
    subprocess.Popen(
        [sys.executable, *launch.viewer(recorded)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return recorded


def _check() -> None:
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        raise RuntimeError(
            f"watch() opens Poolscope's window, which is not installed for {sys.executable} "
            f"(missing: {', '.join(lacking)}): pip install poolscope there, or use "
            "poolscope.record(folder, watch=True) and open the folder elsewhere"
        )
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
        or os.environ.get("QT_QPA_PLATFORM")
    ):
        raise RuntimeError(
            "watch() opens a window, and there is no display (neither DISPLAY nor WAYLAND_DISPLAY "
            "is set): use poolscope.record(folder, watch=True) and open the folder elsewhere"
        )
