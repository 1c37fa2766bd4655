"""An object's own ``repr``, which may do anything at all: take long, wait, raise, submit tasks."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

from poolscope.asking import WouldWaitError, inside

__all__ = ["guarded"]

# A repr that is slow (a table's, of milliseconds; one that asks a database) so often in a row is
# not asked for any more, one that is very slow never again: the program must not notice us.
_SLOW_NS: Final = 1_000_000
_VERY_SLOW_NS: Final = 100_000_000
_OFTEN: Final = 8
_slow: Final[dict[int, int]] = {}  # by the id of a type: how often in a row its repr was slow
_MOST_TYPES: Final = 1_000


def guarded(value: object) -> str:
    """``repr(value)``, or what became of it; raises what is a ``KeyboardInterrupt`` alone."""
    kind = type(value)
    if inside.active or _slow.get(id(kind), 0) >= _OFTEN:
        # A repr that submits a task, whose label asks for a repr, and so on without end.
        return f"<{kind.__name__}>"
    inside.active = True
    begin = perf_counter_ns()
    try:
        return repr(value)
    except KeyboardInterrupt:
        raise
    except WouldWaitError:
        return f"<{kind.__name__}: repr would wait for a lock>"
    except BaseException as error:  # noqa: BLE001  the user's program must not notice us
        return f"<{kind.__name__}: repr raised {type(error).__name__}>"
    finally:
        inside.active = False
        took = perf_counter_ns() - begin
        if took > _SLOW_NS or _slow:
            _note_slowness(id(kind), took)


def _note_slowness(kind: int, took: int) -> None:
    if took <= _SLOW_NS:
        _slow.pop(kind, None)  # it had only been interrupted
        return
    if len(_slow) >= _MOST_TYPES:
        _slow.clear()
    _slow[kind] = _OFTEN if took > _VERY_SLOW_NS else _slow.get(kind, 0) + 1
