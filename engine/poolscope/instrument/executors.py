"""Hooks on what both executors of ``concurrent.futures`` share: ``map``, ``submit``, the end."""

from __future__ import annotations

from concurrent.futures import _base
from types import FunctionType
from typing import Any, Final

from poolscope import naming, wait_notes
from poolscope.instrument import origin
from poolscope.instrument.context import call
from poolscope.instrument.faces import hook
from poolscope.named_call import function
from poolscope.numbered_places import submitting
from poolscope.own_frames import hide
from poolscope.trace import recorder as _recorder
from poolscope.trace.literal import SHORT
from poolscope.trace.schema import SUBMITTED_BY_MAP
from poolscope.traced import plain

__all__ = ["install", "shutdown_hook", "submit_hook"]


_MOST: Final = naming.PLAIN_INT
mapping: Final[list[None]] = []
"""One for each thread that is inside a ``map``: else there is nothing to look up in ``call``."""
_hooked: Final[list[Any]] = []


def install() -> None:
    """Put the hooks in place."""
    hook(_base.Executor, "map", _map)


def submit_hook(introduce: Any) -> Any:
    """A hook for an executor's ``submit``; ``introduce`` makes its ``Pool``."""

    def make(original: Any) -> Any:
        origin.submits.append(plain(original).__code__)

        def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            before = None
            try:
                emit_as: Any = _recorder.emit_text
                if emit_as is None:
                    return original(self, fn, *args, **kwargs)
                what = (pool := self._poolscope or introduce(self)).id
                # The label calls the arguments' repr, user code: under no lock of the pool's.
                named = fn if type(fn) is FunctionType else function(fn)
                if named is None:
                    named, text = fn, naming.label(fn, args, kwargs)
                elif kwargs or len(args) > 1:
                    text = naming.label(named, args, kwargs)
                elif args:  # each of a map; over a range, as a rule
                    value, text = args[0], pool.calls[named.__qualname__]
                    if text and type(value) is int and -_MOST < value < _MOST:
                        what, emit_as = value, _recorder.emit_call
                    elif text and type(value) is str and len(value) < SHORT:
                        what, emit_as = value, _recorder.emit_call_string
                    else:
                        text = naming.label(named, args, kwargs)
                else:
                    text = naming.bare_labels.get(fn.__qualname__) or naming.label(named, (), None)
                before = (own := call.__dict__).get("pending")  # of a submit interrupted by it
                if mapping and (where := own.get("by_map", 0)):
                    own["pending"] = what, text, where, emit_as, own.get("alone") is fn
                else:
                    own["pending"] = what, text, submitting(named, 1), emit_as, False
                if before is not None or kwargs or len(args) > 1:  # few: cheaper not packed
                    future = original(self, fn, *args, **kwargs)
                    own["pending"] = before
                    return future
                return original(self, fn, args[0]) if args else original(self, fn)
            except BaseException as error:
                call.pending = before
                hide(error)
                raise

        _hooked.append(submit)
        return submit

    return make


def _map(original: Any) -> Any:
    def map(self: Any, fn: Any, *iterables: Any, **options: Any) -> Any:
        recorded = _recorder.emit is not None
        # What is mapped over may submit or map itself, and a subclass keep what it submits.
        before = call.by_map, call.alone
        call.by_map = SUBMITTED_BY_MAP | (submitting(fn, 1) if recorded else 0)
        mapping.append(None)
        try:
            # Not its __dict__, which would make every look into the executor dearer.
            call.alone = fn if getattr(self.submit, "__func__", None) in _hooked else None
            return original(self, fn, *iterables, **options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            call.by_map, call.alone = before
            mapping.pop()

    return map


def shutdown_hook(original: Any) -> Any:
    """A hook for an executor's ``shutdown``."""

    def shutdown(self: Any, wait: bool = True, *, cancel_futures: bool = False) -> None:
        note = 0
        pool = self._poolscope
        try:
            if pool is None or _recorder.emit is None:
                original(self, wait, cancel_futures=cancel_futures)
                return
            pool.shutdown(wait, cancel_futures)
            if wait and pool.workers:
                note = wait_notes.began(wait_notes.SHUTDOWN, None, (), 0)
            original(self, wait, cancel_futures=cancel_futures)
            wait_notes.ended(note, wait_notes.SATISFIED, 0)
            pool.end_if_empty()
        except BaseException as error:
            wait_notes.ended(note, wait_notes.ERROR, 0)
            hide(error)
            raise

    return shutdown
