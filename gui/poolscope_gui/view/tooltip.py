"""The tooltip's words as rich text. Everything in it is escaped: labels are users' texts.

Qt takes a text for rich if it looks like that, as a page does that a task has returned; and it
wraps rich text alone, between words, so that one long word makes a tooltip as wide as the screen.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import Qt

if TYPE_CHECKING:  # numpy comes with it, and this is imported before the window is shown
    from poolscope_gui.model.chart import Facts

LONGEST: Final = 220
WHOLE: Final = 600  # letters of a line that a cell shows the beginning of
LINES: Final = 12
PLAIN: Final = 100  # letters of a line that needs no wrapping
CODE: Final = 100  # letters of a line of code: it is not wrapped, for carets point at the one above
_LONG_WORD: Final = re.compile(r"\S{50}(?=\S)")
_BREAK: Final = "\u200b"  # here a word may be broken
_TRACEBACK: Final = "traceback"


def rich(facts: Facts) -> str:
    """A head line and a table of names and values."""
    state = f" &nbsp;<i>{escape(facts.state)}</i>" if facts.state else ""
    rows = "".join(
        f"<tr><td style='padding-right:10px'>{escape(name)}</td>"
        f"<td>{_value(value, code=name == _TRACEBACK)}</td></tr>"
        for name, value in facts.pairs
        if value
    )
    return f"<b>{_line(facts.title)}</b>{state}<table>{rows}</table>"


def told(text: str, traceback: str = "", *, lines: int = LINES) -> str:
    """A text that may be of any kind, and a traceback below it, for a tooltip."""
    found = text.splitlines()
    small = len(found) <= lines and all(len(line) <= PLAIN for line in found)
    if small and not traceback and not Qt.mightBeRichText(text):
        return text
    below = f"<br>{_value(traceback, code=True)}" if traceback else ""
    return f"<div>{_value(text, lines, WHOLE)}{below}</div>"


def plain(facts: Facts) -> str:
    """The same in one line, for a screen reader."""
    pairs = "; ".join(f"{name} {value}" for name, value in facts.pairs if value)
    return ". ".join(part for part in (facts.title, facts.state, pairs) if part)


def _value(text: str, most: int = LINES, longest: int = LONGEST, *, code: bool = False) -> str:
    lines = text.strip("\n").splitlines()
    if len(lines) > most:
        lines = [*lines[: most // 2], "…", *lines[-most // 2 :]]
    if code:
        whole = "\n".join(escape(_cut(line.expandtabs(), CODE)) for line in lines)
        return f"<pre style='margin:0'>{whole}</pre>"
    return "<br>".join(_line(line, longest) for line in lines)


def _line(text: str, longest: int = LONGEST) -> str:
    broken = _LONG_WORD.sub(rf"\g<0>{_BREAK}", _cut(text.expandtabs(), longest))
    return escape(broken).replace("  ", "&nbsp; ")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
