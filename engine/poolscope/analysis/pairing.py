"""Finding, for each record that opens something, the one that closes it.

::

    key    L L L M L M L          rows of one stream lie in its own order
    opens  1 0 1 1 0 0 1
           +-+ +---+     ?        '?' stays open until a later intake
                 +---+
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poolscope.analysis.column import Array, Bools, Ints

NONE = -1


class Pairs(NamedTuple):
    """Indices into the records given to ``pair``."""

    openers: Ints
    closers: Ints  # of each opener: the next record of its key, if that closes; else NONE
    renewed: Ints  # of each opener: the next record of its key, if that opens again; else NONE
    strays: Ints  # closers with no opener before them here: they close something older
    firsts: Ints  # openers that are the first of their key here


def pair(keys: Array, opens: Bools) -> Pairs:
    """Pair openers with closers of the same key.

    ``keys``: what belongs together; records of one key in the order in which they happened.
    Costs one stable sort; a closer after a closer is dropped.
    """
    count = len(keys)
    order = np.argsort(keys, kind="stable")
    keys, opens = keys[order], opens[order]
    same = keys[1:] == keys[:-1]
    following = np.full(count, NONE)
    following[:-1][same] = np.arange(1, count)[same]
    leading = np.ones(count, np.bool_)
    leading[1:] = ~same
    at = np.flatnonzero(opens)
    after = following[at]
    followed = after != NONE
    reopened = followed & opens[after]
    closed = followed & ~opens[after]
    return Pairs(
        order[at],
        np.where(closed, order[after], NONE),
        np.where(reopened, order[after], NONE),
        order[np.flatnonzero(leading & ~opens)],
        order[np.flatnonzero(leading & opens)],
    )
