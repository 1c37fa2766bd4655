"""The tooltip's words as rich text. Everything in it is escaped: labels are users' texts."""

from __future__ import annotations

from html import escape

from poolscope_gui.model.chart import Facts

LONGEST = 220
LINES = 12


def rich(facts: Facts) -> str:
    """A head line and a table of names and values."""
    state = f" &nbsp;<i>{escape(facts.state)}</i>" if facts.state else ""
    rows = "".join(
        f"<tr><td style='padding-right:10px'>{escape(name)}</td><td>{_value(value)}</td></tr>"
        for name, value in facts.pairs
        if value
    )
    return f"<b>{escape(_cut(facts.title))}</b>{state}<table>{rows}</table>"


def plain(facts: Facts) -> str:
    """The same in one line, for a screen reader."""
    pairs = "; ".join(f"{name} {value}" for name, value in facts.pairs if value)
    return ". ".join(part for part in (facts.title, facts.state, pairs) if part)


def _value(text: str) -> str:
    lines = [escape(_cut(line)) for line in text.splitlines()]
    if len(lines) > LINES:
        lines = [*lines[: LINES // 2], "…", *lines[-LINES // 2 :]]
    return "<br>".join(line.replace("  ", "&nbsp; ") for line in lines)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
