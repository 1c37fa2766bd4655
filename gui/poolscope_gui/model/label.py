"""Words on boxes: gathered with a lane's boxes, and placed anew in each frame.

A label stands at the visible left end of its box and reaches no further than the box can be seen.
So it moves within its box when the view scrolls, and what was gathered once is true for many
frames: pixels of the boxes become pixels of the frame by a ``Shift``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from poolscope_gui.model.ops import Font, Rounded, Text, Texts
from poolscope_gui.model.palette import with_alpha

if TYPE_CHECKING:
    from poolscope_gui.model.scene import Ops, Scene

PAD: Final = 6.0
PLATE_FROM: Final = 14.0  # the height of a box from which on it has words
DIM: Final = 0x50  # how opaque the words are of what is veiled


class Shift(NamedTuple):
    """From the pixels of a picture that was made before to those of this frame."""

    scale: float
    offset: float
    down: float

    def x(self, x: float) -> float:
        return x * self.scale + self.offset


AS_IT_IS: Final = Shift(1.0, 0.0, 0.0)


class Label(NamedTuple):
    """The words of one box; asked for only when there is room."""

    begin: float  # x of the box, and of where something else lies on it, or of its end
    until: float
    middle: float  # y
    words: Callable[[int], tuple[str, ...]]  # of ``ref``: from the longest to the shortest
    ref: int
    font: Font
    colour: int
    least: int = 6  # letters that must stay of the last one, see ``Fitter.choose``
    pad: tuple[float, float] = (PAD, PAD)
    plate: float = 0.0  # half the height of a ground of its own, to be read on a hatch; 0: none
    dim: bool = False  # what it is of lies under a veil


def placed(scene: Scene, found: Iterable[tuple[Shift, list[Label]]]) -> Ops:
    """The words of all labels that have room, and the plates that they stand on."""
    left, right = scene.layout.left, scene.layout.left + scene.view.width / scene.ratio
    right = min(right, scene.x(scene.now))  # a box that is open was gathered as going on for ever
    choose, measure = scene.fitter.choose, scene.fitter.width
    texts, plates = [], []
    for shift, labels in found:
        for label in labels:
            before, after = label.pad
            x = max(shift.x(label.begin), left) + before
            room = min(shift.x(label.until), right) - after - x
            if room <= 0:
                continue
            text = choose(label.words(label.ref), room, label.font, label.least)
            if not text:
                continue
            colour = with_alpha(label.colour, DIM) if label.dim else label.colour
            y = label.middle + shift.down
            texts.append(Text(x, y, text, label.font, colour))
            if label.plate:
                wide = measure(text, label.font) + 6
                plates.append((x - 3, y - label.plate, wide, 2 * label.plate))
    out: Ops = []
    if plates:
        out.append(Rounded(with_alpha(scene.theme.lane, 0xE6), np.array(plates), 3.0))
    if texts:
        out.append(Texts(texts))
    return out
