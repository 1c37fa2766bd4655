"""Whatever is wrong with a command is one sentence in the trace, and the field where it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.far_end import FarEnd, until

POOL: dict[str, Any] = {"pool": "t"}
SUBMIT = {"do": "submit", **POOL, "task": "fib"}

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"do": "dance"}, "do", "no verb 'dance'"),
    ({"do": "create", "kind": "fiber", "max_workers": 1}, "kind", "one of thread, process"),
    ({"do": "create", "kind": "thread", "max_workers": 0}, "max_workers", "from 1 to"),
    ({"do": "create", "kind": "thread", "max_workers": "two"}, "max_workers", '"two"'),
    ({"do": "create", "kind": "thread", "max_workers": True}, "max_workers", "true"),
    ({"do": "create", "kind": "thread"}, "max_workers", "missing"),
    (
        {"do": "create", "kind": "process", "max_workers": 1, "start_method": "teleport"},
        "start_method",
        "expected one of",
    ),
    (
        {"do": "create", "kind": "process", "max_workers": 1, "start_method": "fork",
         "max_tasks_per_child": 3},
        "max_tasks_per_child",
        "spawn",
    ),
    (
        {"do": "create", "kind": "thread", "max_workers": 1, "initializer": "no_such"},
        "initializer",
        "no task called 'no_such'",
    ),
    ({"do": "submit", "task": "fib"}, "pool", "missing"),
    ({"do": "submit", "pool": "17", "task": "fib"}, "pool", "there are: t"),
    ({**SUBMIT, "task": "fibb"}, "task", "no task called 'fibb'"),
    ({**SUBMIT, "arguments": "x"}, "arguments", "write 'x'"),
    ({**SUBMIT, "arguments": "1, 2, 3"}, "arguments", "too many positional"),
    ({**SUBMIT, "arguments": "m=1"}, "arguments", "unexpected keyword"),
    ({**SUBMIT, "arguments": "#99"}, "tasks", "no task #99"),
    ({**SUBMIT, "arguments": 5}, "arguments", "a text is needed"),
    ({**SUBMIT, "count": 0}, "count", "from 1 to 100,000"),
    ({**SUBMIT, "count": 10**9}, "count", "from 1 to 100,000"),
    ({"do": "map", **POOL, "task": "fib", "iterables": "5"}, "iterables", "write [5]"),
    ({"do": "map", **POOL, "task": "fib", "iterables": "[1], [2]"}, "iterables", "does not fit"),
    ({"do": "map", **POOL, "task": "fib", "iterables": " "}, "iterables", "text is needed"),
    (
        {"do": "map", **POOL, "task": "fib", "iterables": "[1]", "buffersize": 0},
        "buffersize",
        "from 1",
    ),
    ({"do": "cancel"}, "tasks", "No task is chosen"),
    ({"do": "cancel", "tasks": ["seven"]}, "tasks", "'seven'"),
    ({"do": "cancel", "tasks": ["123456789"]}, "tasks", "no task #123456789"),
    ({"do": "wait", "tasks": []}, "tasks", "No task is chosen"),
    ({"do": "wait", "tasks": "all", "timeout": -1}, "timeout", "seconds from 0"),
    ({"do": "wait", "tasks": "all", "return_when": "SOON"}, "return_when", "ALL_COMPLETED"),
    ({"do": "result", "task": 5}, "tasks", "quotes"),
    ({"do": "shutdown", "pool": "t", "wait": "yes"}, "wait", "true or false"),
    ({"do": "lock", "name": "", "action": "create"}, "name", "text is needed"),
    ({"do": "lock", "name": "L", "action": "eat"}, "action", "create, acquire, release"),
    ({"do": "lock", "name": "L", "action": "create", "kind": "Mutex"}, "kind", "Lock, RLock"),
    ({"do": "define", "source": ""}, "source", "text is needed"),
    ({"do": "define", "source": "x = 1"}, "source", "defines no function"),
    ({"do": "define", "source": "def f(:\n  pass"}, "source", "Line 1: "),
    ({"do": "define", "source": "\ndef f():\nreturn 1"}, "source", "Line 3: "),
    ({"do": "define", "source": "def f():\n  pass\n1/0\n"}, "source", "ZeroDivisionError"),
    ({"do": "define", "source": "def f():\n  pass\n1/0\n"}, "source", "at line 3"),
    ({"do": "define", "source": "import sys\nsys.exit(4)"}, "source", "SystemExit"),
    ({"do": "define", "source": "def f(): pass\0"}, "source", "null bytes"),
]  # fmt: skip


def test_each_wrong_command_says_why_and_where(host: FarEnd) -> None:
    host.ask("create", kind="thread", max_workers=1, name="t")
    asked = [(host.send(**fields), fields, field, said) for fields, field, said in WRONG]
    for number, fields, field, said in asked:
        answer, failed = host.answer(number)
        assert failed, fields
        assert said in answer["error"], (fields, answer)
        assert answer["field"] == field, (fields, answer)
    assert host.ask("submit", pool="t", task="fib", arguments="1")["count"] == 1


@pytest.mark.parametrize(
    "line", ["garbage", "[1]", '{"do": "tasks"}', '{"id": 0, "do": "x"}', "\0"]
)
def test_a_line_that_is_no_command_is_answered_as_command_0(host: FarEnd, line: str) -> None:
    host.line(line)
    until(lambda: any(command.id == 0 for command in host.store.commands), "command 0")
    answer, failed = host.answer(0)
    assert failed
    assert answer["error"]
    assert host.ask("tasks")["functions"]


def test_a_code_that_never_ends_does_not_stop_the_host(host: FarEnd) -> None:
    asked = host.send("define", source="while True: pass")
    assert host.ask("tasks")["functions"]
    assert host.ask("create", kind="thread", max_workers=1)["pool"]
    assert host.ended(asked) is None


def test_answers_are_whole_json_however_much_there_is_to_say(host: FarEnd) -> None:
    pool = host.ask("create", kind="thread", max_workers=1)["pool"]
    host.ask("lock", name="gate", action="acquire")
    submitted = host.ask("submit", pool=pool, task="hold_lock", arguments="'gate', 0", count=3_000)
    assert submitted["count"] == 3_000
    cancelled = host.ask("cancel", tasks="all")
    assert cancelled["cancelled"] >= 2_999
    assert len(cancelled["results"]) == 200
    host.ask("lock", name="gate", action="release")
    waited = host.ask("wait", tasks="all")
    assert (waited["done_count"], waited["not_done_count"]) == (3_000, 0)
    long = json.dumps("é" * 60_000)
    host.ask("define", source=f"def shout():\n    raise ValueError({long})\n")
    assert "ValueError" in host.refused("result", task=_only(host, pool))["error"]


def _only(host: FarEnd, pool: str) -> str:
    return str(host.ask("submit", pool=pool, task="shout")["tasks"][0])
