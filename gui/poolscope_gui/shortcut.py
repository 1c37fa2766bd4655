"""The usual ``record`` command lines, read by hand: building the whole language takes longer than
all else that happens before the program runs.

Only what is certain is read here, and read just as ``language`` would; the rest is left to it,
wrong use too, so that there is one source of each message.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from . import verbs

__all__ = ["parsed"]

_FLAGS: Final = {"-m": "module", "--all-locks": "all_locks"}
_WITH_VALUE: Final = {"-o": "trace", "--python": "python"}


def parsed(arguments: Sequence[str]) -> Any:
    """What ``language.build_parser()`` makes of ``arguments``; None: that must be asked."""
    if not arguments or arguments[0] != "record" or "--" in arguments:
        return None
    said: dict[str, Any] = {
        "module": False, "all_locks": False, "python": None, "trace": None, "limit": None,
        "engine": "stdlib", "demo": False, "verb": verbs.record,
    }  # fmt: skip
    words = iter(arguments[1:])
    for word in words:
        if word in _FLAGS:
            said[_FLAGS[word]] = True
        elif word in _WITH_VALUE:
            value = next(words, "")
            if not value or value.startswith("-"):
                return None
            said[_WITH_VALUE[word]] = value
        elif not word or word.startswith("-") or said["trace"] is None:
            return None
        else:
            said.update(trace=Path(said["trace"]), program=word, arguments=list(words))
            return SimpleNamespace(**said)
    return None
