"""Python in colour: keywords, strings, numbers, comments and names that are defined."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Final

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from poolscope_gui.model.palette import THEMES, ThemeName, mix

_WORDS: Final = "|".join((*keyword.kwlist, "match", "case"))
_BUILTINS: Final = "|".join(name for name in dir(builtins) if name.islower())
_TOKEN: Final = re.compile(
    rf"(?P<comment>\#.*)"
    rf"|(?P<string>[rRbBfFuU]{{0,2}}(?:\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    rf"|(?<=\bdef )\s*(?P<name>\w+)|(?<=\bclass )\s*(?P<kind>\w+)"
    rf"|(?P<decorator>@\w[\w.]*)"
    rf"|\b(?P<keyword>{_WORDS})\b|\b(?P<builtin>{_BUILTINS})\b(?=\()"
    rf"|\b(?P<number>0[xob][\da-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)\b"
)
_QUOTES: Final = ('"""', "'''")
_OPENING: Final = re.compile(r"\"\"\"|'''")


class PythonHighlighter(QSyntaxHighlighter):
    """Colours a document as it is typed. A block's state says in which long string it ends."""

    def __init__(self, document: QTextDocument, theme: ThemeName) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, name: ThemeName) -> None:
        theme = THEMES[name]
        colours = {
            "comment": theme.muted,
            "string": mix(theme.states[3].body, theme.text, 0.75),
            "name": theme.accent,
            "kind": theme.accent,
            "decorator": mix(theme.states[5].body, theme.text, 0.7),
            "keyword": mix(theme.accent, theme.text, 0.8),
            "builtin": mix(theme.accent, theme.text, 0.55),
            "number": mix(theme.states[4].body, theme.text, 0.75),
        }
        self._formats = {}
        for group, value in colours.items():
            made = QTextCharFormat()
            made.setForeground(QColor.fromRgba(value))
            if group in ("keyword", "name"):
                made.setFontWeight(QFont.Weight.DemiBold)
            made.setFontItalic(group == "comment")
            self._formats[group] = made
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        at = 0
        quote = self.previousBlockState() - 1  # Qt's "no state" is -1
        self.setCurrentBlockState(0)
        while at < len(text) or quote >= 0:
            if quote >= 0:
                end = text.find(_QUOTES[quote], at)
                stop = len(text) if end < 0 else end + 3
                self.setFormat(at, stop - at, self._formats["string"])
                if end < 0:
                    self.setCurrentBlockState(quote + 1)
                    return
                at, quote = stop, -1
                continue
            opening = _OPENING.search(text, at)
            stop = self._plain(text, at, opening.start() if opening else len(text))
            if opening and stop == opening.start():
                quote = _QUOTES.index(opening[0])
                self.setFormat(stop, 3, self._formats["string"])
                stop += 3
            at = stop
            if not opening:
                return

    def _plain(self, text: str, begin: int, end: int) -> int:
        """Colour a part with no long string in it; where it really ends (a comment takes all)."""
        for found in _TOKEN.finditer(text, begin):
            if found.start() >= end:
                break
            group = found.lastgroup or ""
            if group == "string" and found.start() + len(found[0]) > end:
                break
            self.setFormat(found.start(group), len(found[group]), self._formats[group])
            if group == "comment":
                return len(text)
        return end
