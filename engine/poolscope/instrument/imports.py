"""Hooking a module when the program imports it, and not before."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from poolscope.instrument.origin import is_library
from poolscope.own_frames import OURS, hide

__all__ = ["when_imported"]

_awaited: Final[dict[str, list[Callable[[], None]]]] = {}


def when_imported(name: str, act: Callable[[], None]) -> None:
    """Call ``act`` when the module ``name`` has been imported; now, if it has been already.

    A module of the program's own under that name, a ``queue.py`` beside it, is none to hook.
    """
    if name in sys.modules:
        if _to_be_hooked(getattr(sys.modules[name], "__spec__", None)):
            act()
        return
    _awaited.setdefault(name, []).append(act)
    if not isinstance(sys.meta_path[0], _Finder):
        sys.meta_path.insert(0, _Finder())


def _to_be_hooked(spec: Any) -> bool:
    place = getattr(spec, "origin", None)
    return place is not None and (is_library(place) or place.startswith(OURS))


class _Finder:
    """Lets the others find what is awaited, and looks on while it is loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in _awaited:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec: Any = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and _to_be_hooked(spec):
                    spec.loader = _Loader(spec.loader, name)
                return spec
        return None


class _Loader:
    """Stands before a loader until the module is there."""

    def __init__(self, loader: Any, name: str) -> None:
        self._loader = loader
        self._name = name

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        # The module shall find itself loaded by its own loader.
        module.__spec__.loader = module.__loader__ = self._loader
        try:
            self._loader.exec_module(module)
        except BaseException as error:
            hide(error)  # else Python would leave its own frames beside it, too
            raise
        for act in _awaited.pop(self._name, ()):
            act()
        if not _awaited:
            sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, _Finder)]
