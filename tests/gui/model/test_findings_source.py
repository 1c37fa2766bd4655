"""The findings as rows, worked out a check at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from poolscope.analysis.findings.finding import Case, Finding, Mark, Place
from poolscope_gui.model import finding_rows, findings_source
from poolscope_gui.model.finding_rows import MOST_OF_KIND, FindingRow
from poolscope_gui.model.findings_source import FindingsSource
from poolscope_gui.model.source import ChartSource
from tests.gui.deadlocks import Ring
from tests.gui.made_traces import MS, every_state


def worked_out(found: FindingsSource) -> list[FindingRow]:
    assert found.begin()
    while found.step():
        pass
    return found.rows


def test_a_round_is_made_of_steps_and_begins_only_for_something_new() -> None:
    run = Ring()
    run.close()
    chart = ChartSource(run.take())
    found = FindingsSource(chart)
    steps = 0
    assert found.begin()
    while found.step():
        steps += 1
        assert found.rows == [], "nothing half done is shown"
    assert steps > 5
    assert not found.begin(), "nothing is new"
    run.time_goes_by(40)
    run.take()
    chart.update()
    assert "deadlock" in [row.kind for row in worked_out(found)]


class Dear:
    """A check that takes long, by a clock of its own."""

    kind = "dear"
    now = 0.0
    asked = 0

    def check(self, case: Case) -> Iterator[Finding]:  # noqa: ARG002 - the face of a check
        Dear.now += 0.2
        Dear.asked += 1
        yield Finding("dear", "It is so.", [], 0)


def test_a_check_that_takes_long_is_made_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_source, "CHECKS", (Dear,))
    monkeypatch.setattr(Dear, "now", 0.0)
    monkeypatch.setattr(Dear, "asked", 0)
    run = every_state()
    chart = ChartSource(run.take())
    found = FindingsSource(chart, lambda: Dear.now)
    for at in range(10):
        run.submit(200 + at)
        run.take()
        chart.update()
        assert [row.kind for row in worked_out(found)] == ["dear"], "what it said stands"
        Dear.now += 1.0
    assert Dear.asked == 1
    Dear.now += 20.0
    run.submit(300)
    run.take()
    chart.update()
    worked_out(found)
    assert Dear.asked == 2


def rows_of(*found: Finding) -> list[FindingRow]:
    return finding_rows.rows(every_state().take(), found)


def test_the_worst_comes_first_and_what_is_over_last() -> None:
    made = rows_of(
        Finding("idle-workers", "n", [], 9, "note"),
        Finding("convoy", "w", [], 8),
        Finding("near-deadlock", "o", [], 7, end_ns=2_100_000_007),
        Finding("deadlock", "d", [], 1, "deadlock"),
    )
    assert [row.text for row in made] == ["d", "w", "n", "o"]
    assert made[-1].when == "0.000 s, lasted 2.10 s"
    assert made[0].when == "0.000 s"


def test_when_the_run_is_over_so_is_all_and_notes_come_last() -> None:
    found = [
        Finding("idle-workers", "n", [], 9, "note"),
        Finding("near-deadlock", "o", [], 7, end_ns=2_100_000_007),
        Finding("convoy", "w", [], 8),
    ]
    store = every_state().take()
    store.finished = True
    assert [row.text for row in finding_rows.rows(store, found)] == ["w", "o", "n"]


def test_many_of_a_kind_are_put_together() -> None:
    made = rows_of(*(Finding("lost-update", f"{n}", [], n * MS) for n in range(50)))
    assert len(made) == MOST_OF_KIND + 1
    assert made[0].text == "49", "the newest"
    assert made[-1].text == f"{50 - MOST_OF_KIND} more findings of this kind: the first is here."
    assert made[-1].at == 0


def test_where_a_finding_leads() -> None:
    run = every_state()
    task = int(run.take().tasks.id[2])
    (row,) = finding_rows.rows(
        run.store, [Finding("x", "t", [], 5 * MS, place=Place(("worker", 3), task))]
    )
    assert (row.lane, row.task) == (("worker", 3), 2)
    begin, end = row.stretch(100 * MS)
    assert begin < 5 * MS < end
    marks = (Mark(("worker", 3), 10 * MS, "read"), Mark(("worker", 3), 30 * MS, "write"))
    (row,) = rows_of(Finding("lost-update", "t", [], 30 * MS, marks=marks))
    begin, end = row.stretch(100 * MS)
    assert (begin, end) == (5 * MS, 35 * MS), "its marks, and some room"


def test_source_lines_have_no_folders() -> None:
    (row,) = rows_of(Finding("deadlock", "t", [], 0, lines=("io_0 wants A at /home/me/x.py:7",)))
    assert row.lines == ("io_0 wants A at x.py:7",)
