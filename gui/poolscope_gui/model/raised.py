"""In which function and at which line an exception was raised, from its printed traceback.

The frames of a traceback stand indented between its heading and the line of the exception. What
follows is the message: it may hold another traceback, of a server or a worker, say.
"""

from __future__ import annotations

import re
from typing import Final

_HEADING: Final = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):")
_FRAME: Final = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)')
_CUT: Final = "\N{HORIZONTAL ELLIPSIS}"
_OF_GROUP: Final = re.compile(r"^  [|+] ", re.M)  # before each line of a group's own


def raised_in(trace: str, error: str) -> str:
    """``fetch, jobs.py:12``; "" if it is not told. ``error``: ``Type: message``, perhaps cut."""
    lines = _OF_GROUP.sub("", trace).splitlines()
    error = error.partition("\n")[0].rstrip(_CUT)
    headings = [at for at, line in enumerate(lines) if _HEADING.fullmatch(line)]
    found = last = ""
    for heading in headings or [0]:  # without one its begin was cut off
        frames, end = "", heading + 1
        while end < len(lines) and lines[end].startswith(" "):
            if frame := _FRAME.fullmatch(lines[end]):
                frames = f"{frame['name']}, {frame['file']}:{frame['line']}"
            end += 1
        last = frames or last
        if end < len(lines) and error and _says(lines[end], error):
            found = frames or found
    return found or last  # what some exceptions print is not their text


def _says(line: str, error: str) -> bool:
    module, said, _ = line.partition(error)
    return bool(said) and (not module or module.endswith("."))
