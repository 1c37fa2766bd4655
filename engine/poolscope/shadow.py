"""A program's own module that is called like one of the library's: it is found, as without us.

Python looks for a module beside the script before it looks in the library. Those of the library
that we need are imported already when the program begins, and would be found in its place.
"""

from __future__ import annotations

import os
import sys
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
    hidden = ours & _modules(place) - {"poolscope", "__main__"}
    for name in names:
        if name.partition(".")[0] in hidden:
            del sys.modules[name]


def _modules(place: str) -> set[str]:
    """What can be imported from a folder."""
    try:
        entries = list(os.scandir(place or os.curdir))
    except OSError:
        return set()  # a zip file, or nothing
    found = set()
    for entry in entries:
        name, dot, _ = entry.name.partition(".")
        if dot and entry.name[len(name) :] in _SUFFIXES:
            found.add(name)
        elif not dot and entry.is_dir() and _has_code(entry.path):
            found.add(name)  # a folder that is no package is found last, after the library
    return found


def _has_code(package: str) -> bool:
    start = os.path.join(package, "__init__")  # noqa: PTH118
    return any(os.path.exists(start + suffix) for suffix in _SUFFIXES)  # noqa: PTH110
