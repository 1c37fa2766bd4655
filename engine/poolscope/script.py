"""Running somebody's program as Python itself runs it, except that it is watched and recorded.

``sys.argv``, ``sys.path``, ``__main__``, tracebacks and exit status are the program's own; a child
that ``spawn`` starts imports the script by its file, as without us.
"""

from __future__ import annotations

import atexit
import builtins
import os
import sys
import types
from _frozen_importlib_external import MAGIC_NUMBER
from collections.abc import Callable
from importlib.machinery import SourceFileLoader, SourcelessFileLoader
from typing import Any, Final

from poolscope import instrument, shadow
from poolscope.trace import recorder as _recorder

__all__ = ["fork", "main", "run", "run_module"]

_PYC_HEADER_BYTES: Final = 16


def main() -> int:
    """Run and record what the command line says; see ``launch.script``. Gives the exit status."""
    import json

    said: dict[str, Any] = json.loads(sys.argv[1])
    return _begin(said, sys.argv[2], sys.argv[3:])


def fork(said: dict[str, Any], program: str, arguments: list[str]) -> int:
    """The same in a fork of the command line: first take away what is only ours in it."""
    if not sys.flags.safe_path:
        del sys.path[0]  # our own place, or that from which we were called
    for name in [name for name in sys.modules if name.partition(".")[0] == "poolscope_gui"]:
        del sys.modules[name]
    return _begin(said, program, arguments)


def _begin(said: dict[str, Any], program: str, arguments: list[str]) -> int:
    if said["viewer"]:
        from poolscope import group

        group.follow(said["viewer"])
    if said["live_output"]:
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    # Where Python has put them; what we ran before is nobody's business.
    sys.orig_argv[:] = [sys.orig_argv[0], *(["-m"] if said["module"] else []), program, *arguments]
    sys.argv = [program, *arguments]
    try:
        _recorder.start(said["trace"], role="script", quota_bytes=said["quota"])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        print(
            f"poolscope: no trace can be begun in {said['trace']} ({why}): name another place; the "
            "script was not run",
            file=sys.stderr,
        )
        return 1
    # Registered first, so called last: what the script does at its exit is recorded.
    atexit.register(_recorder.stop)
    instrument.install(all_locks=said["all_locks"], engine=said["engine"])
    return run_module(program) if said["module"] else run(program)


def run(path: str) -> int:
    """Run a script, or a folder or zip file with a ``__main__`` in it; what it raises leaves this
    function, to be printed by ``sys.excepthook`` without our frames. Returns 0 at its end, 2 when
    it cannot be read (Python's own status)."""
    absolute = os.path.abspath(path)  # noqa: PTH100  as __file__ is: links are not resolved
    if _can_be_imported_from(absolute):
        sys.path.insert(0, absolute)
        shadow.give_way(absolute)
        _run_as_main("__main__", alter_argv=False)
        return 0
    # Python looks beside the script itself, not beside a link to it.
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))  # noqa: PTH120
        shadow.give_way(sys.path[0])
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            source = file.read()
    except OSError as error:
        why = f"[Errno {error.errno}] {error.strerror}"
        print(f"{sys.executable}: can't open file {absolute!r}: {why}", file=sys.stderr)
        return 2
    main = _fresh_main()
    main.__file__ = absolute
    globals_ = vars(main)
    globals_["__cached__"] = None
    compiled = path.endswith(".pyc") or source.startswith(MAGIC_NUMBER)
    make = _unpacked if compiled else _compiled
    main.__loader__ = (SourcelessFileLoader if compiled else SourceFileLoader)("__main__", absolute)
    _watched(
        lambda: exec(make(source, absolute), globals_),
        lambda trace: trace.tb_frame.f_globals is globals_,
    )
    return 0


def run_module(name: str) -> int:
    """Run a module as ``python -m`` does; else as ``run``."""
    if not sys.flags.safe_path:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109  as Python has it
        shadow.give_way(sys.path[0])
    _run_as_main(name, alter_argv=True)
    return 0


def _run_as_main(name: str, *, alter_argv: bool) -> None:
    import runpy

    _fresh_main()
    run: Callable[..., Any] = runpy._run_module_as_main  # type: ignore[attr-defined]
    _watched(
        lambda: run(name, alter_argv),
        lambda trace: trace.tb_frame.f_code is run.__code__,
    )


def _can_be_imported_from(place: str) -> bool:
    """Whether it is a folder or a zip file: Python asks the same of all that it is to run."""
    found = None
    for hook in sys.path_hooks:
        try:
            found = hook(place)
        except ImportError:
            continue
        break
    sys.path_importer_cache[place] = found
    return found is not None


def _compiled(source: bytes, absolute: str) -> types.CodeType:
    code: types.CodeType = compile(source, absolute, "exec", dont_inherit=True)
    return code


def _unpacked(compiled: bytes, absolute: str) -> types.CodeType:  # noqa: ARG001
    """The code in a ``.pyc``; what is wrong with it in Python's own words."""
    import marshal

    if not compiled.startswith(MAGIC_NUMBER):
        raise RuntimeError("Bad magic number in .pyc file")
    code = marshal.loads(compiled[_PYC_HEADER_BYTES:])
    if not isinstance(code, types.CodeType):
        raise RuntimeError("Bad code object in .pyc file")
    return code


def _fresh_main() -> types.ModuleType:
    main = types.ModuleType("__main__")
    main.__builtins__ = builtins  # type: ignore[attr-defined]
    vars(main)["__annotations__"] = {}
    sys.modules["__main__"] = main
    return main


def _watched(
    program: Callable[[], object], is_theirs: Callable[[types.TracebackType], bool]
) -> None:
    try:
        program()
    except SystemExit:
        raise
    except BaseException:
        _leave_out_our_frames(is_theirs)
        raise


def _leave_out_our_frames(is_theirs: Callable[[types.TracebackType], bool]) -> None:
    """Let the hook that prints an uncaught exception, the user's own too, see only their frames."""
    hook = sys.excepthook
    ours = _watched.__code__

    def without_ours(
        kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
    ) -> None:
        sys.excepthook = hook
        # We may have been called by what is theirs, below us: runpy is.
        while trace is not None and trace.tb_frame.f_code is not ours:
            trace = trace.tb_next
        while trace is not None and not is_theirs(trace):
            trace = trace.tb_next
        hook(kind, error.with_traceback(trace), trace)

    sys.excepthook = without_ours
