"""The verbs that wait. Each runs on a caller thread, so that its blocking is seen as it is.

The futures are chosen when the command is taken, in order; the waiting itself comes ``Later``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import poolscope
from poolscope.command import Command, Later
from poolscope.naming import error_text, short_repr
from poolscope.refusal import RefusedError
from poolscope.stage import Stage, ids

__all__ = ["CutShortError", "as_completed", "consumed", "exception", "result", "wait"]

SHOWN: Final = 200
_RETURN_WHEN: Final = {
    name: name
    for name in (
        poolscope.ALL_COMPLETED,
        poolscope.FIRST_COMPLETED,
        poolscope.FIRST_EXCEPTION,
    )
}


class CutShortError(Exception):
    """What gave some and then raised: ``answer`` is what came before. ``field``: as for what is
    refused; "timeout" where its time was up."""

    def __init__(self, sentence: str, field: str, **answer: Any) -> None:
        super().__init__(sentence)
        self.field = field
        self.answer = answer


def wait(stage: Stage, command: Command) -> Later:
    chosen = stage.chosen(command.fields.get("tasks"))
    timeout = command.seconds("timeout")
    return_when = command.choice("return_when", _RETURN_WHEN, poolscope.ALL_COMPLETED)

    def act() -> dict[str, Any]:
        done, not_done = poolscope.wait(chosen, timeout, return_when)
        # In the order of submission: sets have none, and a person compares two lists.
        ordered = list(dict.fromkeys(chosen))
        finished = [future for future in ordered if future in done]
        unfinished = [future for future in ordered if future in not_done]
        return {
            "done": ids(finished[:SHOWN]),
            "not_done": ids(unfinished[:SHOWN]),
            "done_count": len(done),
            "not_done_count": len(not_done),
        }

    return Later(act)


def as_completed(stage: Stage, command: Command) -> Later:
    chosen = stage.chosen(command.fields.get("tasks"))
    timeout = command.seconds("timeout")

    def act() -> dict[str, Any]:
        order: list[Any] = []
        try:
            for future in poolscope.as_completed(chosen, timeout):
                order.append(future)  # one by one: what came before a timeout is kept
        except TimeoutError as error:
            sentence = f"TimeoutError: {error}"
            came = {"order": ids(order[:SHOWN]), "count": len(order)}
            raise CutShortError(sentence, "timeout", **came) from error
        return {"order": ids(order[:SHOWN]), "count": len(order)}

    return Later(act)


def consumed(results: Iterator[Any], began: float, timeout: float | None) -> dict[str, Any]:
    """What a ``map`` gave that was called at ``began``, by ``time.monotonic()``, one by one: what
    came before a time-out or an exception is kept."""
    shown: list[str] = []
    count = 0
    try:
        for value in results:
            count += 1
            if count <= SHOWN // 4:
                shown.append(short_repr(value))
    except BaseException as error:
        took = time.monotonic() - began
        ours = isinstance(error, TimeoutError) and timeout is not None and took >= timeout
        sentence = error_text(error) + (f" after {took:.3g} s" if ours else "")
        came = {"results": shown, "count": count}
        raise CutShortError(sentence, "timeout" if ours else "", **came) from error
    return {"results": shown, "count": count}


def result(stage: Stage, command: Command) -> Later:
    return _read(stage, command, "result")


def exception(stage: Stage, command: Command) -> Later:
    return _read(stage, command, "exception")


def _read(stage: Stage, command: Command, what: str) -> Later:
    (future,) = stage.chosen([command.fields.get("task")])
    timeout = command.seconds("timeout")

    def act() -> dict[str, Any]:
        began = time.monotonic()
        try:
            value = future.result(timeout) if what == "result" else future.exception(timeout)
        except BaseException as error:
            ours = isinstance(error, TimeoutError) and not future.done()
            waited = f" after {time.monotonic() - began:.3g} s" if ours else ""
            raise RefusedError(error_text(error) + waited, "timeout" if ours else "") from error
        shown = None if what == "exception" and value is None else short_repr(value, 500)
        return {"task": str(future._id), what: shown}

    return Later(act)
