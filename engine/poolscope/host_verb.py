"""What each verb of the host does: ``VERBS[verb](stage, command)``.

A verb gives its answer, or ``Later`` with the part that may take long. It raises ``RefusedError``
for what cannot be done. Answers name at most ``SHOWN`` tasks and carry counts beside them, because
a trace's texts are bounded.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import BrokenExecutor
from typing import Any, Final

from poolscope import call_text, tasks
from poolscope.command import Command, Later
from poolscope.future import Future
from poolscope.host_wait import as_completed, consumed, exception, result, wait
from poolscope.kept_pool import KeptThreadPool
from poolscope.naming import short_repr
from poolscope.refusal import RefusedError
from poolscope.stage import Stage, ids
from poolscope.trace.schema import MAX_TEXT_BYTES
from poolscope.typed_code import described

__all__ = ["VERBS", "Verb"]

Answer = dict[str, Any]
Verb = Callable[[Stage, Command], "Answer | Later"]

SHOWN: Final = 200
MAX_THREADS: Final = 1_024
MAX_PROCESSES: Final = 64
MAX_COUNT: Final = 100_000


def create(stage: Stage, command: Command) -> Answer:
    kind = command.choice("kind", {"thread": "thread", "process": "process"})
    threads = kind == "thread"
    workers = command.whole("max_workers", 1, MAX_THREADS if threads else MAX_PROCESSES)
    name = command.text("name", "").strip() or stage.free_name(
        "threads" if threads else "processes"
    )
    named = command.text("initializer", "").strip()
    initializer = stage.function(named, "initializer") if named else None
    if initializer is not None:
        call_text.fit(initializer, ((), {}), "initializer")
    if threads:
        pool: Any = KeptThreadPool(stage, workers, name, initializer=initializer)
    else:
        methods = {method: method for method in multiprocessing.get_all_start_methods()}
        method = command.choice("start_method", methods, multiprocessing.get_start_method())
        limit = command.optional_whole("max_tasks_per_child", 1, 1_000_000)
        if limit is not None and method == "fork":
            raise RefusedError(
                "create: max_tasks_per_child needs the start method spawn or forkserver: a new"
                " worker forked out of a process with threads could hang.",
                "max_tasks_per_child",
            )
        # Late: see kept_process_pool.
        from poolscope.kept_process_pool import KeptProcessPool

        pool = KeptProcessPool(stage, workers, name, method, initializer, max_tasks_per_child=limit)
    return {"pool": str(pool._id), "name": name}


def submit(stage: Stage, command: Command) -> Answer:
    pool, function = _pool_and_function(stage, command)
    call = call_text.arguments(command.text("arguments", ""), _naming(stage, command))
    call_text.fit(function, call)
    count = command.whole("count", 1, MAX_COUNT, 1)
    futures: list[Future[Any]] = []
    with _Taking(pool, futures):
        for _ in range(count):
            futures.append(pool.submit(function, *call[0], **call[1]))
    return {"tasks": ids(futures[:SHOWN]), "count": count}


class _Taking:
    """Turns what a pool that takes nothing raises into a sentence."""

    def __init__(self, pool: Any, taken: list[Future[Any]]) -> None:
        self._pool = pool
        self._taken = taken

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if not isinstance(error, RuntimeError):
            return
        state = "is broken" if isinstance(error, BrokenExecutor) else "takes no more tasks"
        some = f" ({len(self._taken)} were taken before)" if self._taken else ""
        raise RefusedError(
            f"The pool {state}: {error}{some}. Create another one.", "pool"
        ) from error


def _pool_and_function(stage: Stage, command: Command) -> tuple[Any, Callable[..., Any]]:
    return stage.pool(command.text("pool")), stage.function(command.text("task"))


def _naming(stage: Stage, command: Command) -> Callable[[int], Future[Any]]:
    """What ``#7`` stands for: the task that a viewer shows as 7, if it says which; else ours."""
    named = command.fields.get("named")
    ids: Mapping[str, object] = named if isinstance(named, dict) else {}

    def future(number: int) -> Future[Any]:
        called = ids.get(str(number))
        known = isinstance(called, str) and called.isdecimal() and len(called) < 30
        return stage.future(int(str(called)) if known else number, shown=number)

    return future


def map_over(stage: Stage, command: Command) -> Later:
    pool, function = _pool_and_function(stage, command)
    text = command.text("iterables")
    iterables, named = call_text.arguments(text, _naming(stage, command), "iterables")
    if named or not iterables:
        raise RefusedError("map: write iterables, as in [1, 2, 3], range(3).", "iterables")
    for given in iterables:
        if not isinstance(given, Iterable):
            raise RefusedError(
                f"map: {short_repr(given)} cannot be iterated over; write [{short_repr(given)}].",
                "iterables",
            )
    call_text.fit(function, (tuple(range(len(iterables))), {}), "iterables")
    timeout = command.seconds("timeout")
    chunksize = command.whole("chunksize", 1, 1_000_000, 1)
    buffersize = command.optional_whole("buffersize", 1, 1_000_000)
    began = time.monotonic()
    with _Taking(pool, []):
        shape = {"timeout": timeout, "chunksize": chunksize, "buffersize": buffersize}
        results = pool.map(function, *iterables, **shape)
    return Later(lambda: consumed(results, began, timeout))


def cancel(stage: Stage, command: Command) -> Answer:
    chosen = stage.chosen(command.fields.get("tasks"))
    if command.fields.get("tasks") == "all":
        chosen = [future for future in chosen if not future.done()]
    results = {str(future._id): future.cancel() for future in chosen}
    said = list(results.values())
    return {
        "results": dict(list(results.items())[:SHOWN]),
        "cancelled": said.count(True),
        "refused": said.count(False),
    }


def shutdown(stage: Stage, command: Command) -> Answer | Later:
    pool = stage.pool(command.text("pool"))
    wait_for_it = command.flag("wait", True)
    cancel_futures = command.flag("cancel_futures", False)

    def act() -> Answer:
        pool.shutdown(wait=wait_for_it, cancel_futures=cancel_futures)
        return {"pool": str(pool._id)}

    return Later(act) if wait_for_it else act()


def define(stage: Stage, command: Command) -> Later:
    source = command.text("source")

    def act() -> Answer:
        functions = stage.typed.define(source)
        stage.typed_functions.update(functions)
        shown = [described(name, value) for name, value in functions.items()]
        return {"functions": _as_many_as_fit(shown)}

    return Later(act, caller=False)


def library(stage: Stage, command: Command) -> Answer:  # noqa: ARG001
    # What the user typed last goes last, the newest first: the oldest is what does not fit.
    typed = stage.typed_functions
    names = [*(name for name in tasks.LIBRARY if name not in typed), *reversed(typed)]
    shown = [
        described(name, stage.function(name))
        | {"arguments": tasks.EXAMPLES.get(name, ""), "typed": name in typed}
        for name in names
    ]
    return {"functions": _as_many_as_fit(shown)}


def _as_many_as_fit(functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    room = MAX_TEXT_BYTES - 1_000
    fitting = []
    for function in functions:
        room -= len(json.dumps(function)) + 2
        if room > 0:
            fitting.append(function)
    return fitting


def run_demo(stage: Stage, command: Command) -> Later:  # noqa: ARG001
    from poolscope import demo

    return Later(lambda: demo.run(stage))


VERBS: Final[Mapping[str, Verb]] = {
    "create": create,
    "submit": submit,
    "map": map_over,
    "cancel": cancel,
    "wait": wait,
    "as_completed": as_completed,
    "result": result,
    "exception": exception,
    "shutdown": shutdown,
    "define": define,
    "tasks": library,
    "demo": run_demo,
}
