"""What a chart counts over time, beside the queue's depth; worked out once it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poolscope.analysis.rewrites import Rewrites
from poolscope_gui.model.tracks import Times

if TYPE_CHECKING:
    from poolscope_gui.model.chart import Lane

_NONE: Times = np.empty(0, dtype=np.int64)


class Counted:
    """Counts nothing; a chart that follows a store overrides it."""

    def busy_counts(self) -> tuple[Times, Times]:
        """How many workers ran a task: from which times on, how many."""
        return _NONE, _NONE

    def peaks(self, name: str) -> Times | None:  # noqa: ARG002 - for subclasses
        """Of the depth of the queue, or of the busy workers, the greatest of each block of
        ``poolscope.analysis.peaks``; None: they are not known, and to be looked for."""
        return None

    def rewrites(self, name: str) -> Rewrites | None:  # noqa: ARG002 - for subclasses
        """Of the same two: from when on they have changed; None: nobody knows."""
        return None

    def on_cpu(self, lane: Lane, edges: Times) -> NDArray[np.float64] | None:  # noqa: ARG002
        """For how long, ns, a lane's thread had been on a processor at each edge, NaN where it is
        not known; None: nothing is."""
        return None

    def done_times(self) -> Times:
        """When futures were done, sorted."""
        return _NONE

    def oldest_ages(self, edges: Times) -> Times:
        """The age of the oldest queued future, its greatest and last between neighbouring edges."""
        return np.zeros((len(edges) - 1, 2), dtype=np.int64)
