"""What the host answered, in sentences: made from the commands in the trace, replays too.

A sentence is HTML with a link for each task, ``task:ROW``, so that a click can show it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from poolscope_gui.model.quantities import plural

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

NumberOf = Callable[[str], int]  # a task's row by the id of the host's answer, or -1
_MOST_LINKS: Final = 24
# These stand for a while: that they began is worth a line of its own.
_LONG: Final = frozenset(
    ("wait", "as_completed", "result", "exception", "shutdown", "lock", "map", "demo")
)
_SILENT: Final = frozenset(("tasks", "quit"))


class Line(NamedTuple):
    """A line of the log: when (ns since the start), HTML, and how it looks."""

    at: int
    text: str
    failed: bool = False
    quiet: bool = False  # it only says that something began


class AnswerLog:
    """Turns a store's commands into lines, each command once when it begins and when it ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = 0
        self._open: list[int] = []

    def new_lines(self) -> list[Line]:
        """The lines that were not there before, in the order of their times."""
        commands = self._store.commands
        lines = []
        fresh = range(self._seen, len(commands))
        self._seen = len(commands)
        for row in fresh:
            if commands[row].end < 0:
                asked = self._asked(commands[row].text)
                if asked.get("do") in _LONG:
                    sentence = f"{_call(asked, self._row)} began"
                    lines.append(Line(commands[row].begin, sentence, quiet=True))
        still = []
        for row in [*self._open, *fresh]:
            command = commands[row]
            if command.end < 0:
                still.append(row)
                continue
            asked, answer = self._asked(command.text), _object(command.answer)
            text = sentence_of(asked, answer, failed=command.failed, row_of=self._row)
            if text:
                lines.append(Line(command.end, text, command.failed))
        self._open = still
        return sorted(lines, key=lambda line: line.at)

    def _asked(self, text: str) -> dict[str, Any]:
        """What was asked; a pool by its name."""
        asked = _object(text)
        names = {str(pool.id): pool.name for pool in self._store.pools}
        if "pool" in asked:
            asked["pool"] = names.get(str(asked["pool"]), asked["pool"])
        return asked

    def _row(self, task: str) -> int:
        return self._store.row_of_task(int(task)) if task.isdecimal() else -1


def sentence_of(
    asked: Mapping[str, Any], answer: Mapping[str, Any], *, failed: bool, row_of: NumberOf
) -> str:
    """One command and its answer as a sentence; "" for those that are nobody's business."""
    verb = str(asked.get("do", "?"))
    if failed:
        error = html.escape(str(answer.get("error", "it failed, and did not say why")))
        before = ""
        if "order" in answer:
            before = f"; {_said_order(asked, answer, row_of)} before"
        elif "results" in answer:
            before = f"; it {_said_map(asked, answer, row_of)} before"
        return f"{_call(asked, row_of)} failed: {error}{before}"
    if verb in _SILENT:
        return ""
    if answer.get("cut"):
        return f"{_call(asked, row_of)}: done; the answer is too long to show in full"
    said = _SAID.get(verb)
    what = said(asked, answer, row_of) if said else ""
    return f"{_call(asked, row_of)}: {what or 'done'}"


def links(tasks: Sequence[str], row_of: NumberOf, more: int = 0) -> str:
    """Task numbers as links, in the order given; runs of neighbours as ``#3 to #9``. ``more`` are
    not named in ``tasks``, and counted."""
    rows = [row_of(str(task)) for task in tasks]
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][-1] >= 0 and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    parts = []
    for run in runs[:_MOST_LINKS]:
        if len(run) > 2:
            parts.append(f"{_link(run[0])} to {_link(run[-1])}")
        else:
            parts += [_link(row) for row in run]
    more += sum(map(len, runs[_MOST_LINKS:]))
    return ", ".join(parts) + (f" and {more:,} more" if more else "")


def _link(row: int) -> str:
    return f'<a href="task:{row}">#{row + 1}</a>' if row >= 0 else "a task not seen yet"


def _call(asked: Mapping[str, Any], row_of: NumberOf) -> str:
    """The command as a call: ``wait(#3, #4, return_when=FIRST_COMPLETED, timeout=2.5)``."""
    verb = str(asked.get("do", "?"))
    parts = []
    if "task" in asked and verb in ("result", "exception"):
        return f"{_one(asked, row_of)}.<b>{verb}</b>({_limit(asked, alone=True)})"
    if verb in ("submit", "map"):
        inner = str(asked.get("arguments", asked.get("iterables", "")))
        parts = [str(asked.get("task", "?")), *([inner] if inner else [])]
        parts += [limit] if (limit := _limit(asked)) else []
        if asked.get("chunksize", 1) != 1:
            parts.append(f"chunksize={asked['chunksize']}")
        times = asked.get("count", 1)
        call = f"<b>{verb}</b>({html.escape(', '.join(parts))})"
        many = isinstance(times, int) and times > 1
        return f"{call} \N{MULTIPLICATION SIGN} {times:,}" if many else call
    if verb == "create":
        size = asked.get("max_workers")
        kind = html.escape(str(asked.get("kind", "?")))
        return f"<b>create</b> a {kind} pool of {size}" if size else "<b>create</b>"
    if verb == "lock":
        action, name = (html.escape(str(asked.get(key, "?"))) for key in ("action", "name"))
        return f"<b>{action}</b> lock {name}"
    if verb == "define":
        return "<b>define</b>"
    tasks = asked.get("tasks")
    if tasks == "all":
        parts.append("all tasks")
    elif isinstance(tasks, list):
        parts.append(links(tasks, row_of) if len(tasks) <= 6 else plural(len(tasks), "task"))
    for name in ("return_when", "wait", "cancel_futures"):
        if name in asked:
            parts.append(f"{name}={html.escape(str(asked[name]))}")
    parts += [limit] if (limit := _limit(asked)) else []
    of = f" of {html.escape(str(asked['pool']))}" if "pool" in asked else ""
    return f"<b>{html.escape(verb)}</b>({', '.join(parts)}){of}"


def _one(asked: Mapping[str, Any], row_of: NumberOf) -> str:
    return _link(row_of(str(asked.get("task", ""))))


def _limit(asked: Mapping[str, Any], *, alone: bool = False) -> str:
    timeout = asked.get("timeout")
    if not isinstance(timeout, int | float):
        return ""
    return f"{timeout:g}" if alone else f"timeout={timeout:g}"


def _listed(answer: Mapping[str, Any], name: str) -> list[str]:
    found = answer.get(name)
    return [str(task) for task in found] if isinstance(found, list) else []


def _more(answer: Mapping[str, Any], name: str, shown: int) -> int:
    """How many it did not name: the host names a few hundred tasks at most, and counts all."""
    total = answer.get(name)
    return max(total - shown, 0) if isinstance(total, int) else 0


def _said_submit(_: Mapping[str, Any], answer: Mapping[str, Any], row_of: NumberOf) -> str:
    tasks = _listed(answer, "tasks")
    return links(tasks, row_of, _more(answer, "count", len(tasks)))


def _said_cancel(_: Mapping[str, Any], answer: Mapping[str, Any], row_of: NumberOf) -> str:
    results = answer.get("results")
    if not isinstance(results, dict):
        return ""
    parts = []
    for wanted, count, word in (
        (True, "cancelled", "cancelled"),
        (False, "refused", "too late: already sent, running or done"),
    ):
        tasks = [str(task) for task, result in results.items() if result is wanted]
        more = _more(answer, count, len(tasks))
        if tasks or more:
            which = links(tasks, row_of, more) if tasks else plural(more, "other task")
            parts.append(f"<b>{wanted}</b> for {which} ({word})")
    return "; ".join(parts) if parts else "there was nothing left to cancel"


def _said_wait(_: Mapping[str, Any], answer: Mapping[str, Any], row_of: NumberOf) -> str:
    parts = []
    for name in ("done", "not_done"):
        tasks = _listed(answer, name)
        more = _more(answer, f"{name}_count", len(tasks))
        inner = links(tasks, row_of, more) if tasks else "nothing"
        parts.append(f"<b>{name}</b> = {{ {inner} }}")
    return ", ".join(parts)


def _said_order(_: Mapping[str, Any], answer: Mapping[str, Any], row_of: NumberOf) -> str:
    tasks = _listed(answer, "order")
    if not tasks:
        return "it gave nothing"
    return f"it gave {links(tasks, row_of, _more(answer, 'count', len(tasks)))}, in this order"


def _said_result(_: Mapping[str, Any], answer: Mapping[str, Any], _row: NumberOf) -> str:
    for name in ("result", "exception"):
        if name in answer:
            return f"returned {html.escape(str(answer[name]))}"
    return ""


def _said_define(_: Mapping[str, Any], answer: Mapping[str, Any], _row: NumberOf) -> str:
    functions = answer.get("functions")
    if not isinstance(functions, list):
        return ""
    names = [f"{f.get('name')}{f.get('signature', '')}" for f in functions if isinstance(f, dict)]
    return html.escape(", ".join(names)) + " can be submitted now"


def _said_map(_: Mapping[str, Any], answer: Mapping[str, Any], _row: NumberOf) -> str:
    shown = _listed(answer, "results")
    text, more = html.escape(", ".join(shown)), _more(answer, "count", len(shown))
    return f"gave {text}{f' and {more:,} more' if more else ''}" if shown else "gave nothing"


def _said_create(_: Mapping[str, Any], answer: Mapping[str, Any], _row: NumberOf) -> str:
    return f"pool {html.escape(str(answer.get('name', '')))} is ready for tasks"


def _said_lock(_: Mapping[str, Any], answer: Mapping[str, Any], _row: NumberOf) -> str:
    for name in ("acquired", "released"):
        if answer.get(name):
            return name
    return ""


_SAID: Final[dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], NumberOf], str]]] = {
    "create": _said_create,
    "submit": _said_submit,
    "cancel": _said_cancel,
    "wait": _said_wait,
    "as_completed": _said_order,
    "result": _said_result,
    "exception": _said_result,
    "define": _said_define,
    "map": _said_map,
    "lock": _said_lock,
}


def _object(text: str) -> dict[str, Any]:
    """The JSON object in ``text``; an empty one when it holds none (it may have been cut)."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
