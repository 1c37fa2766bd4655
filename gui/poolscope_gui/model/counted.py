"""What a chart counts over time, beside the queue's depth; worked out once it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
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

    def on_cpu(
        self,
        lanes: Sequence[Lane],  # noqa: ARG002 - for subclasses
        edges: Times,  # noqa: ARG002
    ) -> tuple[list[int], NDArray[np.float64]] | None:
        """Of which of these lanes' threads it is known, and (a row each) for how long, ns, they had
        been on a processor at each edge; NaN where that is not known. None: of no lane."""
        return None

    def cpu_known(self) -> tuple[object, int] | None:
        """Something that is another one whenever ``on_cpu`` may have more to tell, and until when,
        ns, it knows anything; None: nothing is known."""
        return None

    def done_times(self) -> Times:
        """When futures were done, sorted."""
        return _NONE

    def oldest_ages(self, edges: Times) -> Times:
        """The age of the oldest queued future, its greatest and last between neighbouring edges."""
        return np.zeros((len(edges) - 1, 2), dtype=np.int64)
