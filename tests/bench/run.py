"""Measures the figures we promise: ``python tests/bench/run.py [--only NAME] [--json] [--list]``.

Nothing here is a test: a busy machine misses a figure that a quiet one meets. Run it alone. What
a read of the clock took just before and after (the mean) stands beside each figure: 50 to 55 ns on
the machine for which the targets were set; where it takes twice that, so does much else. The exit
status is 0 when everything asked for could be measured, whatever the verdicts.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "engine"), str(ROOT / "gui")]

from poolscope_gui import display  # noqa: E402

if not display.available():
    display.go_without()  # what paints is in this process; what needs a screen brings one

from tests.bench import (  # noqa: E402
    alarm,
    engine,
    following,
    instrument,
    live,
    locking,
    opening,
    painting,
    process_locks,
    recording,
    replay,
    rings,
    startup,
    window,
)
from tests.bench.figure import Figure, clock_ns  # noqa: E402

FIGURES = [
    *recording.FIGURES,
    *locking.FIGURES,
    *process_locks.FIGURES,
    *startup.FIGURES,
    *live.FIGURES,
    *alarm.FIGURES,
    *rings.FIGURES,
    *painting.FIGURES,
    *following.FIGURES,
    *opening.FIGURES,
    *window.FIGURES,
    *engine.FIGURES,
    *instrument.FIGURES,
    *replay.FIGURES,
]
ROW = "{:<24} {:<58} {:>12} {:>12}  {:<12} {}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", help="this figure (repeatable)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--list", action="store_true", help="name the figures, measure nothing")
    said = parser.parse_args()

    unknown = set(said.only or ()) - {figure.name for figure in FIGURES}
    if unknown:
        parser.error(f"no figure {', '.join(sorted(unknown))}; --list names them")
    chosen = [figure for figure in FIGURES if not said.only or figure.name in said.only]
    if said.list:
        for figure in chosen:
            print(f"{figure.name:<24} {figure.what}")
        return 0

    if not said.json:
        print(ROW.format("figure", "what", "target", "measured", "verdict", "a clock"))
    rows = [row(figure, quiet=said.json) for figure in chosen]
    if said.json:
        json.dump({"schema": 1, "figures": rows}, sys.stdout, indent=1)
        print()
    return 0 if all(found["verdict"] != "not measured" for found in rows) else 1


def row(figure: Figure, *, quiet: bool) -> dict[str, object]:
    """Measure one figure and say so."""
    value: float | None = None
    clock = clock_ns()
    try:
        value = figure.measure()
        verdict = "met" if figure.met_by(value) else "MISSED"
    except Exception:  # noqa: BLE001 - one figure that fails must not take the others with it
        traceback.print_exc()
        verdict = "not measured"
    clock = round((clock + clock_ns()) / 2, 1)
    if not quiet:
        target = f"{figure.sense} {figure.target:g} {figure.unit}"
        measured = "-" if value is None else f"{value:.4g} {figure.unit}"
        print(
            ROW.format(figure.name, figure.what, target, measured, verdict, f"{clock:g} ns"),
            flush=True,
        )
    return {
        "name": figure.name,
        "what": figure.what,
        "unit": figure.unit,
        "sense": figure.sense,
        "target": figure.target,
        "measured": value,
        "verdict": verdict,
        "clock_ns": clock,
    }


if __name__ == "__main__":
    sys.exit(main())
