"""A report that is written piece by piece is the report."""

from __future__ import annotations

import io
import json

from poolscope.analysis import report_json
from poolscope.analysis.report import Each, facts, report
from poolscope.analysis.store import Store
from tests.analysis.test_report import Story
from tests.analysis.traces import ORIGIN


def written(store: Store) -> str:
    out = io.StringIO()
    report_json.write(facts(store), out)
    return out.getvalue()


def test_what_is_written_is_the_report() -> None:
    store = Story().store()
    told = report(store)
    assert told["tasks"]
    assert told["waits"]
    assert json.loads(written(store)) == json.loads(json.dumps(told))
    assert list(json.loads(written(store))) == list(told)


def test_of_a_trace_with_nothing_in_it_it_is_whole_too() -> None:
    store = Store(ORIGIN)
    assert json.loads(written(store)) == json.loads(json.dumps(report(store)))


def test_tasks_and_waits_are_told_one_by_one_and_again() -> None:
    told = facts(Story().store())
    for name in ("tasks", "waits"):
        assert isinstance(told[name], Each)
        assert list(told[name]) == list(told[name])
        first = next(iter(told[name]))
        assert first == next(iter(told[name]))
        assert first is not next(iter(told[name]))
