"""Of a result, and of arguments, that cannot be pickled: what is told, of real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from poolscope.analysis.findings import findings
from poolscope.analysis.store import Store
from poolscope.trace.reader import Reader
from poolscope_gui.model import stories, story
from poolscope_gui.model.source import ChartSource
from poolscope_gui.model.story import Goal
from tests.harmless import runs

PROGRAM = """
import multiprocessing, sys, threading
from concurrent.futures import ProcessPoolExecutor
def give(number): return lambda: number
def take(lock): return 1
def fail(number): raise ValueError(number)
def main(kind):
    context = multiprocessing.get_context("fork")
    calls = (give, 1), (take, threading.Lock()), (fail, 1)
    if kind == "executor":
        with ProcessPoolExecutor(1, context) as pool:
            # One after the other: a result that comes when all is over is not asked for.
            for fn, argument in calls: pool.submit(fn, argument).exception()
            pool.submit(*calls[0])
    else:
        with context.Pool(1) as pool:
            for fn, argument in calls:
                result = pool.apply_async(fn, (argument,))
                result.wait()
if __name__ == "__main__":
    main(sys.argv[1])
"""


def told(store: Store, row: int) -> str:
    return story.plain(stories.story(ChartSource(store), Goal("task", row)))


@pytest.mark.parametrize(
    ("engine", "kind"),
    [("stdlib", "executor"), ("stdlib", "multiprocessing"), ("poolscope", "executor")],
)
def test_what_could_not_be_sent_is_told_as_that(tmp_path: Path, engine: str, kind: str) -> None:
    script, trace = tmp_path / "program.py", tmp_path / "trace"
    script.write_text(PROGRAM)
    ran = runs.outcome([*runs.record(trace, "--engine", engine), str(script), kind])
    assert (ran.status, ran.err) == (0, b"")
    with Reader(trace) as reader:
        store = Store.of(reader)
        while store.take(reader):
            pass
    give, take, fail = (told(store, row) for row in range(3))
    assert "Returned at " in give
    assert "but its result could not be handed back: " in give
    assert "Can't pickle" in give
    assert "It never ran, as it could not be sent to a worker: TypeError: cannot pickle" in take
    assert "Raised ValueError: 1 at " in fail
    said = [each.text for each in findings(store) if each.kind == "unread-exception"]
    if kind == "executor":
        assert [text.partition("(Attr")[0] for text in said] == [
            "give(1) returned, but its result could not be handed back "
        ]
