"""ARCHITECTURE.md draws the lives that states.py has. Run as a program, it draws them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from poolscope import states
from poolscope.trace.schema import Kind

PAGE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
PLACE = re.compile(r"(<!-- lives: [^\n]*-->\n).*?(<!-- end of lives -->)", re.DOTALL)


def future_event(_state: str, to: str) -> str:
    event = Kind(states.EVENT_OF[to]).name
    return f"{event} or {Kind(states.SENT_EVENT).name}" if to == states.RUNNING else event


def worker_event(state: str, to: str) -> str:
    event = states.WORKER_EVENT_OF.get((state, to))
    return "" if event is None else Kind(event).name


def drawn(
    what: str, lives: Mapping[str, frozenset[str]], event: Callable[[str, str], str]
) -> list[str]:
    """A life as Mermaid: the first state of its table begins, those that nothing follows end."""
    lines = [f"    state {what} {{", f"        [*] --> {next(iter(lives))}"]
    for state, following in lives.items():
        for to in (other for other in lives if other in following):  # a set has no order
            said = event(state, to)
            lines.append(f"        {state} --> {to}" + (f" : {said}" if said else ""))
        if not following:
            lines.append(f"        {state} --> [*]")
    return [*lines, "    }"]


def diagram() -> str:
    lines = [
        "```mermaid",
        "stateDiagram-v2",
        *drawn("future", states.FUTURE_LIVES, future_event),
        *drawn("worker", states.WORKER_LIVES, worker_event),
        "```",
    ]
    return "\n".join(lines) + "\n"


def with_diagram(page: str) -> str:
    assert PLACE.search(page)
    return PLACE.sub(lambda found: found[1] + diagram() + found[2], page)


def test_the_page_draws_what_the_table_holds() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_diagram(page), "run: PYTHONPATH=engine:. python tests/engine/test_lives.py"


def test_the_drawing_follows_the_table() -> None:
    lives = {"A": frozenset({"C", "B"}), "B": frozenset({"A"}), "C": frozenset[str]()}
    assert drawn("it", lives, lambda _state, to: "back" if to == "A" else "")[1:-1] == [
        "        [*] --> A",
        "        A --> B",
        "        A --> C",
        "        B --> A : back",
        "        C --> [*]",
    ]


if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
