"""Functions that the user typed, as real modules that every worker can import.

A worker process unpickles a function by importing its module, under each start method. So what was
typed becomes a file in a folder that is on ``sys.path``, of the host and hence of its workers. Each
definition is a new module: tasks of the old one, queued or running, keep the code they were
submitted with.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import linecache
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from poolscope.naming import cut, error_text
from poolscope.refusal import RefusedError

__all__ = ["TypedCode", "described"]

MAX_CHARACTERS: Final = 1_000_000
_PREFIX: Final = "poolscope_typed_"


class TypedCode:
    """The folder of typed modules. ``define`` runs the module's top level: on a thread of its own,
    the user's code may take for ever."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        # Now, so that a worker that starts before anything was typed finds it later; and last:
        # what is in this folder must never hide a module of the user's or of Python.
        folder.mkdir(parents=True, exist_ok=True)
        sys.path.append(str(folder))

    def define(self, source: str) -> dict[str, Callable[..., Any]]:
        """The public functions that ``source`` defines, by name, in the order of the text.

        Raises ``RefusedError``, with the line, when it cannot be compiled or its top level raises,
        and when it defines no function.
        """
        self._check(source)
        name = f"{_PREFIX}{next(self._numbers)}"
        path = self._folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        linecache.checkcache(str(path))
        importlib.invalidate_caches()
        try:
            module = importlib.import_module(name)
        except BaseException as error:
            sys.modules.pop(name, None)
            if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                raise
            raise RefusedError(
                f"The code raised {error_text(error)}{_line_of(error, path)}, before any function"
                " of it could be called.",
                "source",
            ) from error
        return self._functions(module)

    def _check(self, source: str) -> None:
        if len(source) > MAX_CHARACTERS:
            raise RefusedError(
                f"The code is {len(source):,} characters long; at most {MAX_CHARACTERS:,}.",
                "source",
            )
        try:
            compile(source, "<typed>", "exec", dont_inherit=True)
        except SyntaxError as error:
            text = (error.text or "").strip()
            shown = f": {text}" if text else ""
            raise RefusedError(f"Line {error.lineno or 1}: {error.msg}{shown}", "source") from error
        except (ValueError, MemoryError, RecursionError, OverflowError) as error:
            raise RefusedError(
                f"The code cannot be compiled: {error_text(error)}.", "source"
            ) from error

    def _functions(self, module: types.ModuleType) -> dict[str, Callable[..., Any]]:
        functions: dict[str, Callable[..., Any]] = {
            name: value
            for name, value in vars(module).items()
            if inspect.isfunction(value)
            and value.__module__ == module.__name__
            and not name.startswith("_")
            # Only what pickle finds again under its own name can go to a worker process.
            and value.__qualname__ == name
        }
        if not functions:
            raise RefusedError(
                "The code defines no function. Write one, as in: def double(n): return 2 * n",
                "source",
            )
        return functions


def _line_of(error: BaseException, path: Path) -> str:
    """Where in the typed text it was raised, as a reader would look for it."""
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" at line {line}" if line else ""


def described(name: str, function: Callable[..., Any]) -> dict[str, str]:
    """What a window shows of a function: its name, signature and docstring, a paragraph a line."""
    signature = "(...)"
    try:
        signature = str(inspect.signature(function))
        # Without the quotes that annotations have under `from __future__ import annotations`;
        # evaluating them runs the user's code, which may raise anything.
        signature = str(inspect.signature(function, eval_str=True))
    except Exception:  # noqa: BLE001, S110  the last signature that could be had is shown
        pass
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    doc = "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return {"name": name, "signature": cut(signature, 200), "doc": cut(doc, 500)}
