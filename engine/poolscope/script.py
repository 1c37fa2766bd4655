"""Running somebody's script as ``python SCRIPT ARG ...`` does, except that it is recorded.

``sys.argv``, ``sys.path[0]``, ``__main__``, tracebacks and exit status are the script's own; a
child that ``spawn`` starts imports the script by its file, as without us.
"""

from __future__ import annotations

import builtins
import os
import sys
import types
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path

__all__ = ["run"]


def run(path: str, arguments: Sequence[str]) -> int:
    """Run the script; what it raises leaves this function, to be printed by ``sys.excepthook``
    without our frames. Returns 0 at its end, 2 when it cannot be read (Python's own status)."""
    # Python looks beside the script itself, not beside a link to it.
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))  # noqa: PTH120
    sys.argv = [path, *arguments]
    absolute = os.path.abspath(path)  # noqa: PTH100  as __file__ is: links are not resolved
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        why = f"[Errno {error.errno}] {error.strerror}"
        print(f"{sys.executable}: can't open file {absolute!r}: {why}", file=sys.stderr)
        return 2
    main = types.ModuleType("__main__")
    main.__file__ = absolute
    main.__builtins__ = builtins  # type: ignore[attr-defined]
    main.__loader__ = SourceFileLoader("__main__", absolute)
    vars(main).update({"__annotations__": {}, "__cached__": None})
    sys.modules["__main__"] = main
    try:
        exec(compile(source, absolute, "exec", dont_inherit=True), vars(main))
    except SystemExit:
        raise
    except BaseException:
        _leave_out_our_frames(vars(main))
        raise
    return 0


def _leave_out_our_frames(theirs: dict[str, object]) -> None:
    """Let the hook that prints an uncaught exception, the user's own too, see only their frames."""
    hook = sys.excepthook

    def without_ours(
        kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
    ) -> None:
        sys.excepthook = hook
        while trace is not None and trace.tb_frame.f_globals is not theirs:
            trace = trace.tb_next
        hook(kind, error.with_traceback(trace), trace)

    sys.excepthook = without_ours
