"""Operations of the last frame, for a frame that would make the same: as the mouse moves over a
chart that stands, all but what is under it comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolscope_gui.model.scene import Ops


class Repeat:
    """Remembers one frame."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Ops]] = {}

    def of(self, name: str, key: object, make: Callable[[], Ops]) -> Ops:
        """What ``make`` gives; the same as the last time as long as ``key`` is, on all of which it
        must depend."""
        known = self._known.get(name)
        if known is None or known[0] != key:
            known = self._known[name] = (key, make())
        return known[1]
