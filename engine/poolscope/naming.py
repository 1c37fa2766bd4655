"""What a task, a value or an error is called in a trace: short, bounded, harmless.

Called while recording only. Nothing here raises because of a user's object (its ``repr`` may
raise, recurse or be endless), and no text is longer than its stated limit.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from poolscope.asking import WouldWaitError, inside
from poolscope.guarded import guarded
from poolscope.trace.literal import ELLIPSIS, LABEL_LIMIT, REPR_LIMIT, cut
from poolscope.wrapped_call import called

__all__ = [
    "ELLIPSIS",
    "ERROR_LIMIT",
    "LABEL_LIMIT",
    "MAX_LABELS",
    "PLAIN_INT",
    "REPR_LIMIT",
    "TRACEBACK_LIMIT",
    "bare_labels",
    "cut",
    "error_text",
    "function_name",
    "head",
    "heads",
    "label",
    "short_head",
    "short_repr",
    "traceback_text",
]

ERROR_LIMIT: Final = 500  # characters of "Type: message"
TRACEBACK_LIMIT: Final = 8_000  # characters; the end is kept, it says what went wrong
_MAX_ITEMS: Final = 6  # of a container
_MAX_DEPTH: Final = 3
MAX_LABELS: Final = 1_000  # remembered; a program may make functions without end
_MAX_INT_BITS: Final = 4 * REPR_LIMIT
_PLAIN: Final = frozenset({int, str, bytes, float, bool, type(None)})
_CONSTANTS: Final = frozenset({float, bool, type(None)})
_OF_OBJECT: Final[object] = object.__repr__
_CONTAINERS: Final = frozenset({tuple, list, set, frozenset})
PLAIN_INT: Final = 10**18  # below that an int is short, and its text no matter


def short_repr(value: Any, limit: int = REPR_LIMIT) -> str:
    """``repr(value)`` in at most ``limit`` characters (24 or more), whatever it is; never raises.

    A ``KeyboardInterrupt`` that comes meanwhile is the user's, and goes on.
    """
    if value is None:
        return "None"  # what most calls return
    kind = type(value)
    if kind in _PLAIN:
        # The commonest, without a further call: a str or int that is short, None, a float.
        if kind is str or kind is bytes:
            if len(value) < limit - 2:
                text = repr(value)
                return text if len(text) <= limit else cut(text, limit)
        elif kind is not int or -PLAIN_INT < value < PLAIN_INT:
            return repr(value)
    elif kind is tuple and len(value) <= _MAX_ITEMS and _are_plain(value):
        text = repr(value)
        return text if len(text) <= limit else cut(text, limit)
    elif kind.__repr__ is _OF_OBJECT:
        return cut(object.__repr__(value), limit)
    return cut(_value(value, limit, _MAX_DEPTH), limit)


def _are_plain(values: Iterable[object]) -> bool:
    """Whether the ``repr`` of each calls no code of the user's, and is short."""
    for value in values:
        kind = type(value)
        if kind is str or kind is bytes:
            if len(value) > REPR_LIMIT:  # type: ignore[arg-type]
                return False
        elif kind is int:
            if not -PLAIN_INT < value < PLAIN_INT:  # type: ignore[operator]
                return False
        elif kind not in _CONSTANTS:
            return False
    return True


def _int(value: int) -> str:
    # repr of a long int is quadratic and, past 4,300 digits, an error.
    bits = value.bit_length()
    return int.__repr__(value) if bits <= _MAX_INT_BITS else f"<int of {bits} bits>"


def _value(value: Any, limit: int, depth: int) -> str:
    kind = type(value)
    if kind is str or kind is bytes or kind is bytearray:
        # Slicing first: the repr of a gigabyte is a gigabyte.
        return repr(value if len(value) <= limit else value[:limit])
    if kind is int:
        return _int(value)
    # A subclass that kept the container's repr would print all its items just as well.
    show: object = kind.__repr__
    if show is tuple.__repr__:
        return _items(value, "(", ",)" if len(value) == 1 else ")", limit, depth)
    if show is list.__repr__:
        return _items(value, "[", "]", limit, depth)
    if show is dict.__repr__:
        return _mapping(value, limit, depth)
    if show is set.__repr__ or show is frozenset.__repr__:
        if not value:
            return kind.__name__ + "()"
        return _items(value, "{", "}", limit, depth)
    if show is _OF_OBJECT:
        return cut(object.__repr__(value), limit)
    return cut(guarded(value), limit)


def _items(value: Any, left: str, right: str, limit: int, depth: int) -> str:
    if depth == 0:
        return left + ELLIPSIS + right
    if type(value) in _CONTAINERS and len(value) <= _MAX_ITEMS:
        values = tuple(value)
        if _are_plain(values):
            return left + repr(values)[1 : -2 if len(values) == 1 else -1] + right
    parts: list[str] = []
    length = 0
    try:
        for item in value:
            if len(parts) == _MAX_ITEMS or length > limit:
                parts.append(ELLIPSIS)
                right = right.lstrip(",")
                break
            parts.append(_value(item, limit, depth - 1))
            length += len(parts[-1]) + 2
    except RuntimeError:
        # Another thread changed the set or dict meanwhile: say so, it is not our business.
        parts.append(ELLIPSIS)
    return left + ", ".join(parts) + right


def _mapping(value: Any, limit: int, depth: int) -> str:
    if depth == 0:
        return "{" + ELLIPSIS + "}"
    if type(value) is dict and len(value) <= _MAX_ITEMS:
        same = value.copy()  # another thread may change the other
        if _are_plain(same) and _are_plain(same.values()):
            return repr(same)
    parts: list[str] = []
    length = 0
    try:
        for key, item in dict.items(value):
            if len(parts) == _MAX_ITEMS or length > limit:
                parts.append(ELLIPSIS)
                break
            parts.append(f"{_value(key, limit, depth - 1)}: {_value(item, limit, depth - 1)}")
            length += len(parts[-1]) + 2
    except RuntimeError:
        parts.append(ELLIPSIS)
    return "{" + ", ".join(parts) + "}"


def function_name(function: Callable[..., object]) -> str:
    """The name that a reader knows ``function`` by: its qualified name without ``<locals>``."""
    if type(function) is FunctionType:
        name = function.__qualname__
        return name.rpartition("<locals>.")[2] if "<locals>" in name else name
    try:
        name = function.__qualname__
    except Exception:  # noqa: BLE001  a property of the user's own class may raise anything
        if isinstance(function, functools.partial):
            return function_name(function.func)
        return type(function).__name__
    if type(name) is not str:
        return type(function).__name__
    return name.rpartition("<locals>.")[2] if "<locals>" in name else name


def label(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object] | None
) -> str:
    """``name(arguments)`` of a submitted call, in at most ``LABEL_LIMIT`` characters."""
    if type(function) is functools.partial:
        return label(*called(function, args, kwargs))
    if not args and not kwargs:
        known = bare_labels.get(function.__qualname__) if type(function) is FunctionType else None
        return known or _bare_label(function)
    known = heads.get(function.__qualname__) if type(function) is FunctionType else None
    text = f"{known or head(function)}{_arguments(args, kwargs)})"
    return text if len(text) <= LABEL_LIMIT else cut(text, LABEL_LIMIT)


def _arguments(args: Sequence[object], kwargs: Mapping[str, object] | None) -> str:
    """What a label has in its parentheses, or of it more than a label has room for."""
    if len(args) == 1 and not kwargs:
        return short_repr(args[0])
    if _are_plain(args) and (not kwargs or _are_plain(kwargs.values())):
        text = repr(args[0]) if len(args) == 1 else repr(tuple(args))[1:-1]
        if kwargs:
            named = ", ".join([f"{key}={value!r}" for key, value in kwargs.items()])
            text = f"{text}, {named}" if args else named
        if len(text) <= REPR_LIMIT:
            return text
    return _one_by_one(args, kwargs)


def _one_by_one(args: Sequence[object], kwargs: Mapping[str, object] | None) -> str:
    parts: list[str] = []
    room = LABEL_LIMIT
    for value in args:
        parts.append(short_repr(value))
        room -= len(parts[-1]) + 2
        if room < 0:
            break
    if kwargs and room > 0:
        for key, value in kwargs.items():
            parts.append(f"{key}={short_repr(value)}")
            room -= len(parts[-1]) + 2
            if room < 0:
                break
    return ", ".join(parts)


bare_labels: dict[str, str] = {}  # of plain functions, by qualified name; the same text each time
heads: dict[str, str] = {}  # up to the arguments, of plain functions with short names in ASCII


def head(function: Callable[..., object]) -> str:
    """A label up to its arguments; kept in ``heads``, if it can be."""
    if type(function) is FunctionType and (short := short_head(function.__qualname__)):
        if len(heads) >= MAX_LABELS:
            heads.clear()
        heads[function.__qualname__] = short
        return short
    return function_name(function) + "("


def short_head(qualified_name: str) -> str:
    """A label of a function up to its arguments; ``""`` for a name that is long or not ASCII."""
    name = qualified_name.rpartition("<locals>.")[2]
    return name + "(" if name.isascii() and len(name) < LABEL_LIMIT - REPR_LIMIT else ""


def _bare_label(function: Callable[..., object]) -> str:
    text = cut(function_name(function), LABEL_LIMIT - 2) + "()"
    if type(function) is FunctionType:
        if len(bare_labels) >= MAX_LABELS:
            bare_labels.clear()
        bare_labels[function.__qualname__] = text
    return text


def error_text(error: BaseException) -> str:
    """``Type: message`` in at most ``ERROR_LIMIT`` characters; never raises."""
    kind = type(error).__name__
    outer, inside.active = inside.active, True
    try:
        message = str(error)
    except KeyboardInterrupt:
        raise
    except WouldWaitError:
        message = "<str would wait for a lock>"
    except BaseException as second:  # noqa: BLE001  a user's __str__ may raise anything
        message = f"<str raised {type(second).__name__}>"
    finally:
        inside.active = outer
    return cut(f"{kind}: {message}" if message else kind, ERROR_LIMIT)


def traceback_text(error: BaseException, skip: int = 0) -> str:
    """The printed traceback, its last ``TRACEBACK_LIMIT`` characters; never raises.

    Leaves out the first ``skip`` frames: the pool's own, if others follow.
    """
    frames = error.__traceback__
    for _ in range(skip):
        if frames is not None and frames.tb_next is not None:
            frames = frames.tb_next
    outer, inside.active = inside.active, True
    try:
        text = "".join(traceback.format_exception(type(error), error, frames))
    except KeyboardInterrupt:
        raise
    except WouldWaitError:
        return "<the traceback cannot be printed: str would wait for a lock>"
    except BaseException as second:  # noqa: BLE001  printing calls the user's __str__
        return f"<the traceback cannot be printed: {type(second).__name__}>"
    finally:
        inside.active = outer
    if len(text) <= TRACEBACK_LIMIT:
        return text
    return ELLIPSIS + text[-(TRACEBACK_LIMIT - 1) :]
