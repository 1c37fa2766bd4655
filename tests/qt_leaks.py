"""What of Qt still lives: windows, running timers, threads. For tests/conftest.py alone."""

from __future__ import annotations

import gc
import weakref

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QProcess, QThread, QTimer
from PySide6.QtWidgets import QApplication

_LIVELY = (QTimer, QThread, QProcess)
_frozen: list[weakref.ref[object]] = []


def freeze() -> None:
    """Leave all that lives now out of every look for garbage, and so of ours: only Qt's is noted.

    What was imported stays for good: a quarter of a million objects by the collection of the tests
    alone. To go through them took 0.1 to 0.25 s, four times for each test of a window, and twice
    for each of a process pool. What a test makes itself is looked at as ever.
    """
    gc.collect()
    _frozen.extend(weakref.ref(thing) for thing in _lively())
    gc.freeze()


def standing() -> set[int]:
    """The ids of what lives now, to be left out of account later."""
    return {id(thing) for thing in _living()}


def left_over(before: set[int]) -> list[str]:
    """A line for each thing that lives and did not in ``before``."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if not _new(before):
        return []
    # Only what no one refers to any more, in a cycle, is collected here; the rest is a leak.
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return [_describe(thing) for thing in _new(before)]


def _new(before: set[int]) -> list[object]:
    return [thing for thing in _living() if id(thing) not in before]


def _lively() -> list[object]:
    kinds = set(_LIVELY)
    new = list(_LIVELY)
    while new:
        new = [kind for base in new for kind in base.__subclasses__() if kind not in kinds]
        kinds.update(new)
    return [thing for thing in gc.get_objects() if type(thing) in kinds]


def _living() -> list[object]:
    found: list[object] = list(QApplication.topLevelWidgets())
    for thing in (*_lively(), *(frozen() for frozen in _frozen)):
        if thing is None or not shiboken6.isValid(thing):
            continue
        if (
            (isinstance(thing, QTimer) and thing.isActive())
            or (isinstance(thing, QThread) and thing.isRunning())
            or (isinstance(thing, QProcess) and thing.state() != QProcess.ProcessState.NotRunning)
        ):
            found.append(thing)
    return found


def _describe(thing: object) -> str:
    name = getattr(thing, "objectName", str)()
    parent = getattr(thing, "parent", lambda: None)()
    return f"{type(thing).__name__} {name!r} of {type(parent).__name__}"
