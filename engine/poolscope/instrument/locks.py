"""``threading.Lock`` and ``RLock`` as a watched program finds them: the engine's, in their clothes.

The library's are C types, which cannot be hooked; so the names in ``threading`` lead here. What is
made here looks like theirs: ``repr``, ``isinstance``, no pickling, no attributes. For the library's
own modules the very originals are made.
"""

from __future__ import annotations

import _thread
import copyreg
import functools
import sys
import threading
from types import FrameType
from typing import Any, Final

from poolscope import locks, places
from poolscope.instrument import origin
from poolscope.own_frames import hide
from poolscope.traced_lock import TracedLock

__all__ = ["install", "replaced"]

_PLAIN_LOCK: Final = _thread.LockType
_PLAIN_RLOCK: Final = _thread.RLock
_allocate: Final = _thread.allocate_lock
_original_lock: Final[Any] = threading.Lock
_original_rlock: Final = threading.RLock


def _refuse_pickling(self: Any, protocol: Any) -> Any:  # noqa: ARG001
    try:
        raise TypeError(f"cannot pickle '_thread.{type(self).__name__}' object")
    except TypeError as error:
        hide(error)
        raise


def _repr(self: Any) -> str:
    return repr(self._block).replace(hex(id(self._block)), hex(id(self)))


class _Clothes(type):
    """Of a class that stands for a C type: the type's ``repr``, and its instances are instances.

    It is that type to whoever looks up what to do with it, as a pickler that can do locks does.
    """

    _stands_for: type

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, cls._stands_for)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls._stands_for) or type.__subclasscheck__(cls, other)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls._stands_for

    def __hash__(cls) -> int:
        return hash(cls._stands_for)


class lock(locks.Lock, metaclass=_Clothes):  # noqa: N801  as the type is called
    __doc__ = _PLAIN_LOCK.__doc__
    __slots__ = ()
    __module__ = "_thread"
    _stands_for = _PLAIN_LOCK
    _original = _original_lock if isinstance(_original_lock, type) else staticmethod(_original_lock)

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or origin.left_out(sys._getframe(1)):
            try:
                return _original_lock(*args, **kwargs)
            except TypeError as error:  # in the original's own words
                hide(error)
                raise
        return object.__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        try:
            raise TypeError(f"type '_thread.{lock.__name__}' is not an acceptable base type")
        except TypeError as error:
            hide(error)
            raise

    def __init__(self) -> None:
        TracedLock.__init__(self, _allocate(), "", sys._getframe(1))

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _PLAIN_LOCK

    __repr__ = _repr
    __reduce_ex__ = _refuse_pickling
    acquire_lock = locks.Lock.acquire
    release_lock = locks.Lock.release
    locked_lock = locks.Lock.locked


class RLock(locks.RLock, metaclass=_Clothes):
    __doc__ = _PLAIN_RLOCK.__doc__
    __slots__ = ()
    __module__ = "_thread"
    _stands_for = _PLAIN_RLOCK
    _original = _PLAIN_RLOCK

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG004  C's takes any, too
        return cls._of(sys._getframe(1))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    @classmethod
    def _of(cls, frame: FrameType) -> Any:  # who makes it
        made = object.__new__(cls)
        TracedLock.__init__(made, _PLAIN_RLOCK(), "", frame)
        made._begin_depth()
        return made

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _PLAIN_RLOCK

    __repr__ = _repr
    __reduce_ex__ = _refuse_pickling


def replaced() -> bool:
    """Whether the program has other re-entrant locks made, as gevent does for its greenlets."""
    module: Any = threading
    return getattr(module, "_CRLock", 0) is not _PLAIN_RLOCK or module.RLock is not _rlock


def _rlock(*args: Any, **kwargs: Any) -> Any:
    frame = sys._getframe(1)
    if args or kwargs or replaced() or origin.left_out(frame):
        return _original_rlock(*args, **kwargs)
    return RLock._of(frame)


def _reduce_to_original(kind: Any) -> Any:
    import pickle  # whoever asks has it

    return pickle.loads, (pickle.dumps(kind._original),)


def install() -> None:
    """Have the names in ``threading`` lead here."""
    module: Any = threading
    module.Lock = lock
    # Who sends the type to another process (a manager does) sends the original.
    copyreg.pickle(_Clothes, _reduce_to_original)
    module.RLock = functools.update_wrapper(_rlock, _original_rlock)
    places.pass_by()
