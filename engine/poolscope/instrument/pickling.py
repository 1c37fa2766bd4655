"""How large is what goes from process to process: a face before multiprocessing's pickler."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import connection, queues
from multiprocessing.reduction import ForkingPickler
from time import perf_counter_ns
from typing import Any, Final

from poolscope.instrument.context import call
from poolscope.own_frames import hide

__all__ = ["before", "install", "notices"]

before: Final[dict[type, Callable[[Any], None]]] = {}
"""By the type of a thing that is in ``notices``: whom to tell that it is about to be pickled."""

notices: Final[dict[type, Callable[[Any, int, int], None]]] = {}
"""By the type of a thing: whom to tell of it when it has been pickled: its size in bytes, and the
clock when that began."""

_dumps: Final = ForkingPickler.dumps
_loads: Final = ForkingPickler.loads


class _Pickler(ForkingPickler):
    """``ForkingPickler`` as ``multiprocessing.queues`` and ``.connection`` use it, observed."""

    @classmethod
    def dumps(cls, obj: Any, protocol: Any = None) -> Any:
        try:
            notice = notices.get(type(obj))
            if notice is None:
                return _dumps(obj, protocol)
            if before and (soon := before.get(type(obj))) is not None:
                soon(obj)
            since = perf_counter_ns()
            data = _dumps(obj, protocol)
        except BaseException as error:
            hide(error)
            raise
        notice(obj, len(data), since)
        return data

    @staticmethod
    def loads(data: Any, /, **options: Any) -> Any:  # type: ignore[override]
        call.__dict__["received"] = len(data)  # as call.received, at half the cost
        try:
            return _loads(data, **options) if options else _loads(data)
        except BaseException as error:
            hide(error)
            raise


def install() -> bool:
    """Put it in place; ``False`` if this Python has another arrangement."""
    for module in (queues, connection):
        if getattr(module, "_ForkingPickler", None) not in (ForkingPickler, _Pickler):
            return False
        module._ForkingPickler = _Pickler  # type: ignore[attr-defined]
    return True
