"""What a program prints, as plain text: escape sequences removed, carriage returns obeyed."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|[PX^_][^\x1b]*\x1b\\"  # DCS, SOS, PM, APC
    r"|[ -/]*[0-~])"  # two-character ones
)
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*|[PX^_][^\x1b]*|[ -/]*)?$")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_ESCAPE: Final = 4096


class PlainText:
    """Turns pieces of a stream into plain text; a sequence cut in two waits for its other half."""

    def __init__(self) -> None:
        self._kept = ""

    def feed(self, piece: str) -> str:
        text = self._kept + piece
        self._kept = ""
        cut = _UNFINISHED.search(text)
        if cut and len(text) - cut.start() < _LONGEST_ESCAPE:
            self._kept = text[cut.start() :]
            text = text[: cut.start()]
        if text.endswith("\r"):  # perhaps half of a \r\n
            self._kept = "\r" + self._kept
            text = text[:-1]
        text = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
        return _CONTROL.sub("", text)
