"""A program's own module that is called like one of the library's: it is found, as without us.

Python looks for a module beside the script before it looks in the library. Those of the library
that we need are imported already when the program begins, and would be found in its place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import all_suffixes
from typing import Final

__all__ = ["give_way"]

_SUFFIXES: Final = frozenset(all_suffixes())


def give_way(place: str) -> None:
    """Have the program import anew what we have imported and what lies in ``place``, a folder."""
    names = list(sys.modules)
    # Nothing hides what Python itself needs to start; that comes before ``site``.
    if "site" not in names:
        return
    ours = {name for name in names[names.index("site") + 1 :] if "." not in name}
    ours -= {"poolscope", "__main__"}
    hidden = {name for name, file in _modules(place, ours) if not _is_from(name, file)}
    for name in names:
        if name.partition(".")[0] in hidden:
            del sys.modules[name]


def _is_from(name: str, file: str) -> bool:
    """Whether a module is of that file: the program is one of the library's own, and lies there."""
    try:
        return os.path.samefile(sys.modules[name].__spec__.origin, file)  # type: ignore[union-attr, arg-type]  # noqa: PTH121
    except (AttributeError, OSError, TypeError):
        return False


def _modules(place: str, called: set[str]) -> Iterator[tuple[str, str]]:
    """What can be imported from a folder and is called so, and the file of each."""
    try:
        entries = list(os.scandir(place or os.curdir))
    except OSError:
        return  # a zip file, or nothing
    for entry in entries:
        name, dot, _ = entry.name.partition(".")
        if name not in called:
            continue
        if dot and entry.name[len(name) :] in _SUFFIXES:
            yield name, entry.path
        elif not dot and entry.is_dir():
            for suffix in _SUFFIXES:  # a folder without is found last, after the library
                start = os.path.join(entry.path, "__init__" + suffix)  # noqa: PTH118
                if os.path.exists(start):  # noqa: PTH110
                    yield name, start
