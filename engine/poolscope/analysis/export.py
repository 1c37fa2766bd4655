"""A trace as a file for another program.

====================  ====================================================================
``FILE.csv``          the tasks; beside it ``FILE-waits.csv``, ``FILE-locks.csv`` and
                      ``FILE-workers.csv``. Times are ns, a cell not known is empty.
``FILE.json``         the Trace Event Format that Chrome, Speedscope and Perfetto open
``FILE.pftrace``      Perfetto's own: tracks, slices, counters, flows from submit to start
====================  ====================================================================

Files are written as a stream beside their place and moved there when they are whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from poolscope.analysis.export_csv import write_csv
from poolscope.analysis.export_json import write_json
from poolscope.analysis.export_perfetto import write_perfetto
from poolscope.analysis.whole_file import ExportError

if TYPE_CHECKING:
    from poolscope.analysis.store import Store

__all__ = ["ENDINGS", "ExportError", "export"]

_WRITERS: Final[dict[str, Callable[[Store, Path], list[Path]]]] = {
    ".csv": write_csv,
    ".json": write_json,
    ".pftrace": write_perfetto,
}
ENDINGS: Final = tuple(_WRITERS)


def export(store: Store, path: str | Path) -> list[Path]:
    """Write a trace to ``path``, in the format of its ending; return the files written.

    Raises:
        ValueError: the ending is none of ``ENDINGS``.
        ExportError: a file could not be written; it is an ``OSError``.
    """
    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        endings = ", ".join(ENDINGS)
        raise ValueError(f"{target} ends in {target.suffix!r}; what can be written is {endings}")
    return writer(store, target)
