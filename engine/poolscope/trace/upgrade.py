"""From format to format: one function a step, from each older version to the next.

A trace of an older format is brought up to date when it is opened; nothing is written to it.
A sample of every version is kept in ``resources/samples``, and the tests open each.

To add a step: raise ``schema.FORMAT_VERSION``, add ``_from_5`` to ``_STEPS``, record a sample, add
a line to the list in FORMAT.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from poolscope.trace import schema

Meta = dict[str, Any]


class TraceError(ValueError):
    """A trace that cannot be opened: one sentence with the file, what was expected, what to do."""


def _from_1(meta: Meta) -> Meta:
    """Format 2 added kinds and flags; whatever format 1 can say it says with the same bytes.

    What it cannot say stays unsaid: its LOCK_WANTED does not tell whether there was a timeout.
    """
    return meta


def _from_2(meta: Meta) -> Meta:
    """Format 3 added places and how long a pickling took, in fields that were 0 until then.

    What format 2 cannot say stays unsaid: a place of 0 is none, and a pickling of 0 ns unknown.
    """
    return meta


def _from_3(meta: Meta) -> Meta:
    """Format 4 added kinds that say in one cell what format 3 says in two, with a text."""
    return meta


def _from_4(meta: Meta) -> Meta:
    """Format 5 added kinds: of strings of the program's, and of an initializer that raised."""
    return meta


_STEPS: Final[dict[int, Callable[[Meta], Meta]]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}


def upgraded_meta(meta: Meta, path: Path) -> Meta:
    """``meta.json`` as the newest format has it.

    Args:
        path: the file it was read from, for the sentence.

    Raises:
        TraceError: its format is not known here.
    """
    found = meta.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise TraceError(f"{path} names no trace format (it has {found!r}): it is not a trace")
    if found > schema.FORMAT_VERSION:
        raise TraceError(
            f"{path} is of trace format {found}, this version of Poolscope knows up to "
            f"{schema.FORMAT_VERSION}: open it with a newer version"
        )
    for version in range(found, schema.FORMAT_VERSION):
        meta = {**_STEPS[version](meta), "format": version + 1}
    return meta
