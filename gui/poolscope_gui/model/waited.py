"""In which parts of its calls a thread really waited for futures.

``as_completed`` hands a future out, and its thread goes on with it: the call lasts, nobody waits::

    the call     |------------------------------|
    handed out         1    2        3
    away               |-|  |-----|  |----------|   until it comes back, or the call ends
    waited       |-----| |--|     |--|
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from poolscope.trace.schema import WaitKind
from poolscope_gui.model.tracks import NEVER, Times

if TYPE_CHECKING:
    from poolscope.analysis.store import Store


class Pieces(NamedTuple):
    """Parts of calls, by call and time; ``call`` is the place in what was asked for."""

    call: Times
    begin: Times
    end: Times


def pieces(store: Store, refs: Times, begin: Times, end: Times) -> Pieces:
    """Where the thread waited in some waits (rows), each from ``begin`` to ``end``."""
    whole = Pieces(np.arange(len(refs)), begin, end)
    yields = store.waits.yields
    if not len(yields) or not (store.waits.kind[refs] == WaitKind.AS_COMPLETED).any():
        return whole
    some = np.flatnonzero(np.isin(yields.wait, refs))
    order = np.argsort(refs, kind="stable")
    call = order[np.searchsorted(refs[order], yields.wait[some])]
    left, back = np.minimum(yields.begin[some], end[call]), yields.end[some]
    back = np.where(back == NEVER, end[call], np.minimum(back, end[call]))
    # A part begins with the call, or where its thread came back; it ends at the next hand-out.
    calls = np.concatenate((whole.call, call))
    begins, ends = np.concatenate((begin, back)), np.concatenate((end, left))
    first, last = np.lexsort((begins, calls)), np.lexsort((ends, calls))
    found = Pieces(calls[first], begins[first], ends[last])
    waited = found.end > found.begin
    return Pieces(*(column[waited] for column in found))
