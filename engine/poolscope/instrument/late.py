"""Hooks that come into a program that runs already: what it has, and what cannot be seen of it."""

from __future__ import annotations

import gc
import queue
import sys
import threading
from typing import Any

from poolscope.instrument import origin
from poolscope.own_frames import OURS
from poolscope.trace import recorder as _recorder
from poolscope.trace.schema import Kind

__all__ = ["rebind", "say"]


def rebind() -> None:
    """Have names that the program's modules took from the library lead to what is hooked now.

    ``from threading import Lock`` and ``from concurrent.futures import wait`` before the hooks.
    """
    hooked: dict[int, Any] = {}
    for module in ("threading", "concurrent.futures"):
        for name in ("Lock", "RLock", "wait", "as_completed"):
            found = vars(sys.modules.get(module, sys)).get(name)
            original = getattr(found, "__wrapped__", None) or getattr(found, "_original", None)
            if original is not None:
                hooked[id(original)] = found
    for module_ in list(sys.modules.values()):
        file = getattr(module_, "__file__", None) or "<stdin>"
        if not isinstance(file, str) or origin.is_library(file) or file.startswith(OURS):
            continue
        for name, value in list(vars(module_).items()):
            if id(value) in hooked:
                setattr(module_, name, hooked[id(value)])


def say() -> None:
    """Record what was there before, and is not seen."""
    declare = _recorder.declare
    if declare is None:
        return
    kinds = (threading.Event, threading.Semaphore, threading.Barrier, queue.Queue)
    threads = threading.enumerate()
    known = {id(thread._started) for thread in threads}  # type: ignore[attr-defined]
    things = gc.get_objects()
    before = [
        thing
        for thing in things
        if type(thing) in kinds and id(thing) not in known and thing._poolscope is None
    ]
    if before:
        count = len(before)
        text = (
            f"{count} events, semaphores, barriers and queues were made before the recording "
            "began: what happens to them is not seen, nor to locks and conditions from before."
        )
    else:
        count = 0
        text = "Locks and conditions that were made before the recording began are not seen."
    declare(Kind.UNSEEN, count, 0, text, 0)
    # Python itself may freeze what it starts with; who froze ``threading``'s was the program.
    main = threading.main_thread()
    if gc.get_freeze_count() and all(thing is not main for thing in things):
        text = (
            "The program had called gc.freeze(): events, semaphores, barriers, queues and "
            "multiprocessing.Pools from before that cannot be counted; they are not seen either."
        )
        declare(Kind.UNSEEN, 0, 0, text, 0)
    kind = getattr(sys.modules.get("multiprocessing.pool"), "Pool", None)
    # By their types: what a stand-in says of its class is code of the user's.
    pools = [] if kind is None else [thing for thing in things if issubclass(type(thing), kind)]
    handlers = [getattr(pool, "_worker_handler", None) for pool in pools if pool._poolscope is None]
    if any(handler is not None and handler.is_alive() for handler in handlers):
        text = "A multiprocessing.Pool was made before the recording began: its tasks are not seen."
        declare(Kind.UNSEEN, 0, 0, text, 0)
    others = len(threads) - 1
    if others > 0:
        text = f"{others} threads ran already: of each, what it does from now on is seen."
        declare(Kind.UNSEEN, others, 0, text, 0)
    processes = sys.modules.get("multiprocessing.process")
    children = len(processes._children) if processes is not None else 0
    if children:
        text = f"{children} child processes ran already: what they do is not seen."
        declare(Kind.UNSEEN, children, 0, text, 0)
