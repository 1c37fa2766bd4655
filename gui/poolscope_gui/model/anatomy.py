"""What a task of a process pool was made of beside its run, as narrow bars where there is room.

    lower edge   |pickle|pipe ////|unpickle|[== the bar: its run ==]
    upper edge                                                    |pickle|pipe //////|settle|

Each part lies where the clock of the process in which it happened says: what is sent by the parent
and received by the child begins with the one's word and ends with the other's (it is one clock for
all processes of a machine). The standard library's pools say that a call is sent before it is
pickled: it waits for that, and then goes into the pipe. What was sent ahead waits in the pipe
behind the task before it; its parts begin where that one's pipe was over. They unpickle what has
come before anybody can hear of it: that is in the pipe's part, which says so.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from poolscope_gui.model import palette
from poolscope_gui.model.chart import Lane
from poolscope_gui.model.drawing import HATCHED, STRIPES, UNDER, Drawing
from poolscope_gui.model.layout import Bands
from poolscope_gui.model.ops import Rects
from poolscope_gui.model.tracks import NEVER, Times

TALL_FROM: Final = 14.0  # a bar that is lower has no room
ROOM: Final = 24.0  # pixels from the sending to the settling
MOST: Final = 400  # tasks of one lane
LABEL: Final = 14.0  # the middle of a bar is its name's
TALL_MOST: Final = 16.0
WORDS_FROM: Final = 42.0

PICKLING, PICKLED, SENT, WAITED, AWAY, RECEIVED, STARTED, RETURNED, RESULT_SENT = range(9)
RESULT_RECEIVED, FINISHED = 9, 10
# What, from when, until when, whether on the way back, whether in a pipe.
PARTS: Final = (
    (("waits to be pickled", "waits"), SENT, WAITED, False, True),
    (("on the way", "pipe"), AWAY, RECEIVED, False, True),
    (("pickled", "pickle"), PICKLING, PICKLED, False, False),
    (("unpickled", "unpickle"), RECEIVED, STARTED, False, False),
    (("result pickled", "pickle"), RETURNED, RESULT_SENT, True, False),
    (("on the way back", "pipe"), RESULT_SENT, RESULT_RECEIVED, True, True),
    (("settled", "settle"), RESULT_RECEIVED, FINISHED, True, False),
)
# What a pipe's part is called where it ends with what would come after it.
UNPICKLED_UNSEEN: Final = {
    RECEIVED: ("on the way, unpickled", "pipe"),
    RESULT_RECEIVED: ("on the way back, unpickled", "pipe"),
}
_NONE: Times = np.empty(0, np.int64)


def lane(drawing: Drawing, shown: Lane, y: float, band: Bands) -> Times:
    """The parts of the tasks that have room for them; returns the rows of those tasks."""
    scene, track = drawing.scene, shown.tasks.track
    # Threads are sent nothing.
    if not len(shown.sent.track) or band.bar_h < TALL_FROM or _hidden(drawing):
        return _NONE
    numbers = _numbers(drawing, shown)
    rows = track.ref[numbers].astype(np.int64)
    moments = scene.chart.anatomy(rows)
    if not len(moments):
        return _NONE
    begin, end = moments[:, SENT], moments.max(axis=1)
    some = (begin != NEVER) & (end - begin >= ROOM * scene.ratio * scene.view.unit)
    numbers, rows, moments = numbers[some][:MOST], rows[some][:MOST], moments[some][:MOST]
    if not len(rows):
        return _NONE
    before = track.start[np.maximum(numbers - 1, 0)]
    for first in (PICKLING, SENT, AWAY):
        known = (numbers > 0) & (moments[:, first] != NEVER)
        moments[known, first] = np.maximum(moments[known, first], before[known])
    height = min(max(4.0, (band.bar_h - LABEL) / 2), TALL_MOST)
    upper, lower = y + band.bar_y, y + band.bar_y + band.bar_h - height
    for words, first, last, back, pipe in PARTS:
        start, until = moments[:, first], moments[:, last]
        known = (start != NEVER) & (until > start)
        if last in UNPICKLED_UNSEEN and (moments[known, last + 1] == until[known]).all():
            words = UNPICKLED_UNSEEN[last]
        place = upper if back else lower
        boxes = scene.boxes(start[known], until[known], place, height, 0)
        _part(drawing, boxes, words, pipe=pipe)
    return np.asarray(rows, np.int64)


def _hidden(drawing: Drawing) -> bool:
    return palette.STATES[palette.SENT] in drawing.scene.hidden


def _numbers(drawing: Drawing, shown: Lane) -> Times:
    """The tasks in view whose bar, or whose way to the worker, is seen by itself."""
    scene, track = drawing.scene, shown.tasks.track
    wide = drawing.seen(shown.tasks, scene.columns(shown.tasks))
    sent = drawing.seen(shown.sent, scene.columns(shown.sent))
    begun = np.searchsorted(track.start, shown.sent.track.end[sent])
    after = wide[-1:] + 1  # it waits in the pipe meanwhile, also where its own bar is out of view
    found = np.concatenate((wide[-MOST:], after, begun[-MOST:])).astype(np.int64)
    return np.unique(found[found < len(track)])


def _part(drawing: Drawing, boxes: Rects, words: tuple[str, ...], *, pipe: bool) -> None:
    look, layers = drawing.scene.theme.states[palette.SENT], drawing.layers
    if pipe:
        layers.add(UNDER, look.body, boxes)
        layers.add(HATCHED, look.edge, boxes)
    else:
        layers.add(STRIPES, look.edge, boxes)
    for box in boxes[boxes[:, 2] >= WORDS_FROM]:
        drawing.plated(box, lambda _: words, NEVER)
