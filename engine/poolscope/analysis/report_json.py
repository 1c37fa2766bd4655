"""A report as JSON, a line for each task, wait, lock ...: of millions none is kept in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

from poolscope.analysis.report import Each


def write(facts: Mapping[str, Any], out: TextIO) -> None:
    """Write them as one object, followed by a new line."""
    encode = json.JSONEncoder().encode  # the one in C: it does not indent
    for place, (name, value) in enumerate(facts.items()):
        out.write(f"{',' if place else '{'}\n {encode(name)}: ")
        if not isinstance(value, list | Each):
            out.write(encode(value))
            continue
        between = "[\n  "
        for each in value:
            out.write(between)
            out.write(encode(each))
            between = ",\n  "
        out.write("[]" if between.startswith("[") else "\n ]")
    out.write("\n}\n")
