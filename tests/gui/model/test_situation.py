"""What can act, and what the rest says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poolscope_gui.model.situation import (
    CONTROLS,
    HostState,
    Situation,
    nothing_to_show,
    pool_lines,
    why_not,
)
from tests.gui.made_traces import MadeRun

HOSTS: tuple[HostState, ...] = (
    "none", "starting", "running", "script", "stopping", "ended", "attached", "trace",
)  # fmt: skip


def living(run: MadeRun) -> Situation:
    lines = pool_lines(run.take())
    return Situation(host="running", pools=lines, target=str(run.pool), tasks=3, selected=1)


@pytest.mark.parametrize("host", HOSTS)
def test_every_control_has_a_reason_or_acts(host: HostState) -> None:
    reasons = why_not(replace(living(MadeRun()), host=host))
    assert set(reasons) == set(CONTROLS)
    commanding = {name for name in CONTROLS if not reasons[name]} - {
        "stop", "restart", "run_script", "save", "freeze", "zoom_selection",
    }  # fmt: skip
    assert bool(commanding) == (host == "running")
    assert all(reason.endswith((".", "")) and "\n" not in reason for reason in reasons.values())


def test_what_was_not_started_here_cannot_be_begun_afresh() -> None:
    opened = Situation(host="trace", started=False)
    assert "Nothing was started here" in why_not(opened)["restart"]
    assert why_not(replace(opened, started=True))["restart"] == ""


def test_a_program_that_is_attached_can_be_frozen_but_not_told_or_stopped() -> None:
    reasons = why_not(Situation(host="attached"))
    assert reasons["freeze"] == ""
    assert "watched" in reasons["submit"]
    assert "where it was started" in reasons["stop"]


def test_a_pool_that_takes_nothing_says_so() -> None:
    run = MadeRun()
    assert why_not(living(run))["submit"] == ""
    run.shut_down(9)
    facts = living(run)
    assert "io is shut down" in why_not(facts)["submit"]
    assert "io is shut down" in why_not(facts)["shutdown"]
    assert facts.pools[0].title == "io · 2 threads · shut down"
    assert "Create one" in why_not(replace(facts, pools=()))["map"]


def test_selection_and_scope() -> None:
    facts = replace(living(MadeRun()), selected=0)
    reasons = why_not(facts)
    assert "selected" in reasons["cancel"]
    assert "selected" in reasons["wait"]
    assert why_not(replace(facts, scope_all=True))["wait"] == ""
    assert "submitted" in why_not(replace(facts, scope_all=True, tasks=0))["as_completed"]
    assert "one Future" in why_not(replace(facts, selected=2))["result"]
    assert why_not(replace(facts, selected=2))["cancel"] == ""


@pytest.mark.parametrize("host", HOSTS)
def test_an_empty_chart_says_what_to_do_next(host: HostState) -> None:
    head, _, rest = nothing_to_show(host, reading=False).partition(". ")
    assert head
    ways = ("Press", "Create", "create", "open", "Ctrl+O", "Stop", "Restart")
    assert any(way in rest for way in ways)
    others = {nothing_to_show(other, reading=False) for other in HOSTS if other != host}
    assert nothing_to_show(host, reading=False) not in others
    assert (nothing_to_show(host, reading=True) != nothing_to_show(host, reading=False)) == (
        host == "trace"
    )
