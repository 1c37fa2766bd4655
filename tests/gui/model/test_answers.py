"""The log of answers: each command once when it begins, if it stands, and once when it ends."""

from __future__ import annotations

import json
import re

from poolscope_gui.model.answers import AnswerLog, sentence_of
from tests.gui.made_traces import MadeRun, every_state


def row_of(task: str) -> int:
    return int(task)


def plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


def said(asked: dict[str, object], answer: dict[str, object], *, failed: bool = False) -> str:
    return plain(sentence_of(asked, answer, failed=failed, row_of=row_of))


def test_each_result_of_cancel() -> None:
    asked = {"do": "cancel", "tasks": ["3", "4"]}
    answer = {"results": {"3": True, "4": False}, "cancelled": 1, "refused": 1}
    assert said(asked, answer) == (
        "cancel(#4, #5): True for #4 (cancelled);"
        " False for #5 (too late: already sent, running or done)"
    )


def test_both_sets_of_wait() -> None:
    asked = {"do": "wait", "tasks": "all", "return_when": "FIRST_COMPLETED", "timeout": 2.5}
    answer = {"done": ["0"], "not_done": ["1", "2", "3"], "done_count": 1, "not_done_count": 300}
    assert said(asked, answer) == (
        "wait(all tasks, return_when=FIRST_COMPLETED, timeout=2.5):"
        " done = { #1 }, not_done = { #2 to #4 and 297 more }"
    )


def test_a_timeout_of_as_completed_keeps_what_came_before() -> None:
    asked = {"do": "as_completed", "tasks": ["0", "1"], "timeout": 0.1}
    answer = {"error": "TimeoutError: 1 (of 2) futures unfinished", "order": ["1"], "count": 1}
    text = said(asked, answer, failed=True)
    assert "failed: TimeoutError: 1 (of 2)" in text
    assert text.endswith("it gave #2, in this order before")


def test_nothing_typed_becomes_markup() -> None:
    asked = {"do": "submit", "task": "f", "arguments": "'<b>'", "count": 3}
    html = sentence_of(asked, {"tasks": ["1"], "count": 1}, failed=False, row_of=row_of)
    assert "<b>'" not in html
    assert said(asked, {"tasks": [], "count": 0}).startswith("submit(f, &#x27;&lt;b&gt;&#x27;)")


def test_the_library_and_what_is_not_json_say_nothing_or_something() -> None:
    assert said({"do": "tasks"}, {"functions": []}) == ""
    assert said({}, {}) == "?(): done"
    assert said({"do": "wait"}, {"cut": True}).endswith("too long to show in full")
    assert said({"do": "wait"}, {"done": 3, "not_done": None}).endswith(
        "done = { nothing }, not_done = { nothing }"
    )


def test_a_log_follows_the_store() -> None:
    run: MadeRun = every_state()
    log = AnswerLog(run.store)
    tasks = [str(int(key)) for key in run.store.tasks.id]
    run.command(1, 110, json.dumps({"id": 1, "do": "wait", "tasks": tasks[:2]}))
    run.command(2, 111, json.dumps({"id": 2, "do": "tasks"}), json.dumps({"functions": []}))
    run.take()
    began = log.new_lines()
    assert [(plain(line.text), line.quiet) for line in began] == [("wait(#1, #2) began", True)]
    assert log.new_lines() == []
    run.answer(1, 120, json.dumps({"done": tasks[:2], "not_done": []}))
    run.take()
    (ended,) = log.new_lines()
    assert 'href="task:1"' in ended.text
    assert not ended.failed
    assert log.new_lines() == []


def test_what_is_not_named_is_counted_once() -> None:
    scattered = [str(row) for row in range(0, 100, 2)]
    text = said({"do": "as_completed", "tasks": "all"}, {"order": scattered, "count": 500})
    assert text.endswith("#47 and 476 more, in this order")
    assert text.count("more") == 1


def test_cancel_tells_those_that_the_host_does_not_name() -> None:
    asked = {"do": "cancel", "tasks": "all"}
    refused = {str(row): False for row in range(200)}
    text = said(asked, {"results": refused, "cancelled": 300, "refused": 200})
    assert text == (
        "cancel(all tasks): True for 300 other tasks (cancelled);"
        " False for #1 to #200 (too late: already sent, running or done)"
    )


def test_map_says_how_it_was_called_and_what_came_before_it_failed() -> None:
    asked = {"do": "map", "task": "f", "iterables": "[1, 2]", "timeout": 0.5, "chunksize": 2}
    answer = {"error": "TimeoutError after 0.5 s", "results": ["1"], "count": 1}
    assert said(asked, answer, failed=True) == (
        "map(f, [1, 2], timeout=0.5, chunksize=2) failed: TimeoutError after 0.5 s;"
        " it gave 1 before"
    )
    assert said({**asked, "chunksize": 1, "timeout": None}, answer).startswith("map(f, [1, 2]): ")


def test_thousands_are_parted_in_a_count() -> None:
    many = {"do": "submit", "task": "f", "count": 20_000}
    assert said(many, {"tasks": ["0"], "count": 20_000}).startswith("submit(f) × 20,000: #1")  # noqa: RUF001


def test_a_shutdown_says_of_which_pool() -> None:
    run: MadeRun = every_state()
    log = AnswerLog(run.store)
    pool = run.store.pools[0]
    asked = {"id": 1, "do": "shutdown", "pool": str(pool.id), "wait": True, "cancel_futures": False}
    run.command(1, 110, json.dumps(asked))
    run.take()
    (began,) = log.new_lines()
    assert plain(began.text) == f"shutdown(wait=True, cancel_futures=False) of {pool.name} began"


def test_a_task_not_seen_yet_is_in_no_row_of_neighbours() -> None:
    answer = {"order": ["-1", "0", "1"], "count": 3}
    text = plain(
        sentence_of({"do": "as_completed"}, answer, failed=False, row_of=lambda task: int(task))
    )
    assert "a task not seen yet, #1, #2" in text
